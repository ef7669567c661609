"""venture: grants for public-interest venture (公益创投) rounds, from the call to what each yuan yielded."""

from flask_migrate import Migrate

from venture import config, door, errors, numbering, web
from venture import db as database
from venture.applications import views as applications
from venture.budget import views as budget
from venture.db import db
from venture.deliberation import views as deliberation
from venture.delivery import views as delivery
from venture.demo import is_demonstration
from venture.demo import views as demo
from venture.desk import views as desk
from venture.impact import views as impact
from venture.past import views as past
from venture.people import access as people_access
from venture.people import proofs
from venture.people import queries as people_queries
from venture.people import views as people
from venture.review import views as review
from venture.rounds import views as rounds

STAGES = (people, rounds, past, applications, review, budget, delivery, deliberation, impact, desk)


def create_app(settings: config.Settings | None = None) -> web.Venture:
    """The application, ready to serve. Raises BadSetting or RuntimeError rather than start in a doubtful state."""
    settings = settings or config.from_environment()
    app = web.Venture(__name__, template_folder=str(config.ROOT / "templates"))
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url.replace(
        "postgresql://", "postgresql+psycopg://"
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(settings.database_url)
    app.config["UPLOADS"] = settings.uploads
    web.start(app, settings)
    errors.start(app)
    proofs.weigh(settings.password_memory)
    numbering.belong_to(settings.letters)
    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True, compare_type=True)
    door.known_by(people_queries.person_by_id, people_access.may_view_as)
    for stage in STAGES:
        app.register_blueprint(stage.bp)
    if settings.demo:
        app.register_blueprint(demo.bp)
        with app.app_context():
            if not is_demonstration():
                raise config.BadSetting(
                    "VENTURE_DEMO is set, but this database was not made by «venture demo»"
                )
    web.seal(app)
    return app


def serve(settings: config.Settings | None = None) -> web.Venture:
    """What a server starts. Raises BadSetting also when the database is not at the schema of this program."""
    app = create_app(settings)
    with app.app_context():
        reason = database.unready()
        db.engine.dispose()
    if reason:
        raise config.BadSetting(reason)
    return app
