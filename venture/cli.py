"""Commands: prepare the database, load the demonstration, serve, write a sheet, check, back up and restore."""

import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from flask_migrate import upgrade

from venture import (
    backup,
    chunks,
    clock,
    config,
    create_app,
    files,
    invariants,
    permissions,
    replay,
    scanner,
    trail,
    web,
)
from venture.config import ROOT
from venture.db import db, grants, read_only
from venture.demo import load
from venture.demo.story import STAGES
from venture.desk.post import send_due
from venture.desk.reports import SHEETS
from venture.people import actions as people
from venture.refusal import Refused
from venture.rounds import queries as rounds
from venture.web import LOCALES

Result = TypeVar("Result")


@contextmanager
def at_work(app: web.Venture) -> Iterator[None]:
    """Work with the app's database, and let go of it afterwards."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@click.group()
def main() -> None:
    """Grants for public-interest venture rounds."""


@main.command()
def migrate() -> None:
    """Bring the database to the present schema."""
    with at_work(create_app()):
        upgrade()


@main.command()
@click.option("--at", "stage", default="review", help="call, review, notice, payment or closing")
def demo(stage: str) -> None:
    """Load the Haimen demonstration into an empty database."""
    with at_work(create_app()):
        upgrade()
        click.echo(tell(stage))


def tell(stage: str) -> str:
    """Load the demonstration and end the transaction; raises ClickException where that cannot be."""
    reasons = {
        "demo.other_data": "This database holds other data; the demonstration needs an empty one.",
        "demo.no_stage": f"--at is one of {', '.join(STAGES)}.",
    }
    try:
        said = load(stage)
    except Refused as refused:
        raise click.ClickException(reasons.get(refused.blockers[0].code, str(refused.blockers))) from None
    web.commit()
    return said


@main.command()
@click.option(
    "--demo", "with_demo", is_flag=True, help="load the demonstration first, if the database is empty"
)
@click.option("--at", "stage", default="review", help="the stage of the demonstration's present round")
def run(with_demo: bool, stage: str) -> None:
    """Migrate, and serve on 127.0.0.1 (PORT, default 8000) with two workers."""
    port = os.environ.get("PORT", "8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            raise click.ClickException(f"Port {port} is in use. Choose another: PORT=8001 make run") from None
    if with_demo:
        os.environ["VENTURE_DEMO"] = "1"
    click.echo("Preparing the database …")
    with at_work(create_app()):
        upgrade()
        if with_demo:
            click.echo("Loading the demonstration, where it is not there yet …")
            click.echo(tell(stage))
    click.echo(f"Open http://127.0.0.1:{port}/ (Ctrl+C ends it)")
    if with_demo:
        click.echo("The first page has one card per role: press one to enter.")
    sys.stdout.flush()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--no-control-socket"]
    os.execv(gunicorn, [gunicorn, *options, "--log-level", "warning", "venture:serve()"])


@main.group("trail")
def trail_group() -> None:
    """The record of who did what."""


@trail_group.command()
@click.option(
    "--checkpoints",
    "kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a copy kept elsewhere, instead of the file of this place",
)
@click.option("--proof", help="what stands in the foot of a printed sheet")
def verify(kept: Path | None, proof: str | None) -> None:
    """Check the chain against the checkpoints; name the first wrong place."""
    app = create_app()
    settings = replace(app.settings, given_checkpoints=kept) if kept else app.settings
    try:
        printed = [trail.read_proof(proof, key=settings.trail_key)] if proof else []
    except trail.NotSigned as wrong:
        raise click.ClickException(str(wrong)) from None
    with at_work(app), read_only():
        found = invariants.broken_trail(settings, printed)
        end = trail.checkpoint(db.session(), key=settings.trail_key, at=clock.now())
    if found:
        raise click.ClickException(found[0])
    seen = len(trail.checkpoints(settings.checkpoints, key=settings.trail_key)) + len(printed)
    click.echo(f"The trail is whole: {end.count} events, as {seen} outside it have seen them.")


@trail_group.command()
def checkpoint() -> None:
    """Sign the chain's end and append it to the checkpoints, once the chain was found whole."""
    app = create_app()
    settings = app.settings
    with at_work(app), read_only():
        if wrong := invariants.broken_trail(settings):
            raise click.ClickException(wrong[0])
        made = trail.checkpoint(db.session(), key=settings.trail_key, at=clock.now())
        printed = trail.foot(db.session(), key=settings.trail_key)
    trail.keep_checkpoint(made, settings.checkpoints)
    click.echo(printed)


@main.command()
@click.argument("name", type=click.Choice(list(SHEETS)))
@click.option("--round", "year", type=int, required=True, help="the round's year")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="the xlsx to write"
)
def sheet(name: str, year: int, out: Path) -> None:
    """Write an official sheet: notice, award, disbursement, scores or ledger."""
    with at_work(create_app()), read_only():
        round = rounds.by_year(year)
        if round is None:
            raise click.ClickException(f"There is no round of {year}.")
        try:
            content = SHEETS[name][1](round)
        except Refused as refused:
            raise click.ClickException(f"This sheet cannot be written yet: {refused}") from None
    out.write_bytes(content)
    click.echo(f"{out}: {len(content)} bytes")


@main.command()
@click.option("--files", "hashes", is_flag=True, help="read each uploaded file and compare its hash")
def check(hashes: bool) -> None:
    """Check the named invariants and the trail; exit 1 with the rows at fault."""
    app = create_app()
    with at_work(app), read_only():
        found = invariants.broken(app.settings, hashes=hashes)
    for line in found:
        click.echo(line, err=True)
    if found:
        sys.exit(1)
    click.echo("All invariants hold and the trail is whole.")


@main.command()
@click.option("--again", is_flag=True, help="ask about every file anew, for example with newer signatures")
def scan(again: bool) -> None:
    """Ask the virus scanner about every file that it has not judged; exit 1 where it gave no answer."""
    app = create_app()
    if not app.settings.clamd:
        raise click.ClickException("No scanner is set up: VENTURE_CLAMD says where clamd listens.")
    clean = unanswered = 0
    caught = []
    with app.app_context():
        with read_only():
            waiting = files.waiting(again=again)
        for sha256 in waiting:
            try:
                verdict = scanner.ask(files.path_of(app.settings.uploads, sha256), at=app.settings.clamd)
            except scanner.NoAnswer as silence:
                unanswered += 1
                click.echo(f"{sha256}: {silence}", err=True)
                continue
            clean += verdict.clean
            found = people.note_scan(sha256=sha256, verdict=verdict, at=clock.now(), again=again)
            caught += [file.id for file in found]
            web.commit()
    click.echo(f"{clean} clean, {len(caught)} quarantined, {unanswered} without an answer.")
    if unanswered:
        sys.exit(1)


@main.command()
def tidy() -> None:
    """Drop what never became a file of anybody: unfinished uploads after a day, refused ones after two."""
    app = create_app()
    with app.app_context(), read_only():
        unfinished = chunks.sweep(app.settings.uploads)
        refused = files.sweep(app.settings.uploads, before=clock.now() - timedelta(days=2))
    click.echo(f"{unfinished} unfinished and {len(refused)} refused files dropped.")


@main.command()
@click.option("--forever", is_flag=True, help="look again every 15 seconds until it is stopped")
def post(forever: bool) -> None:
    """Send the released messages whose time has come; exit 1 where one could not be sent."""
    app = create_app()
    if not (app.settings.smtp or app.settings.sms_command):
        raise click.ClickException(
            "No way to send: VENTURE_SMTP names a mail server, VENTURE_SMS_COMMAND a command."
        )
    with at_work(app):
        while True:
            went: Counter[bool | None] = Counter()
            with app.test_request_context(base_url=app.settings.base_url):
                for outcome in send_due(app.settings):
                    web.commit()
                    went[outcome] += 1
                web.commit()
            if went or not forever:
                click.echo(f"{went[True]} sent, {went[False]} not sent.")
            if not forever:
                sys.exit(1 if went[False] else 0)
            time.sleep(15)


@main.command("grants")
@click.argument("role")
def grants_command(role: str) -> None:
    """Print the SQL that lets a PostgreSQL role run the product without owning its tables."""
    for statement in grants(role):
        click.echo(f"{statement};")


@main.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup_command(folder: Path) -> None:
    """Copy database, files and checkpoints into an empty folder while the product runs."""
    app = create_app()
    with at_work(app):
        made = _done(lambda: backup.write(folder, app.settings, at=clock.now()))
    click.echo(f"{folder}: {made.said}")


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Put a backup back, into an empty place only."""
    settings = config.from_environment()
    made = _done(lambda: backup.restore(folder, settings))
    click.echo(f"Restored: {made.said}. Now run: venture migrate, venture check --files")


@main.command("restore-drill")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--into", help="an empty PostgreSQL database to use, where the role may not make one")
def restore_drill(folder: Path, into: str | None) -> None:
    """Restore a backup elsewhere and check all of it; what was found goes, with the copy, when it is done."""
    report = _done(lambda: backup.drill(folder, config.from_environment(), into=into))
    for line in report.lines:
        click.echo(line)
    if report.wrong:
        sys.exit(1)


def _done(work: Callable[[], Result]) -> Result:
    """What the work gives; its refusal in one sentence."""
    try:
        return work()
    except backup.Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


@main.command("permissions")
def permissions_command() -> None:
    """Write docs/permissions.md anew from the marks of the views."""
    path = ROOT / "docs" / "permissions.md"
    path.write_text(permissions.document(create_app()))
    click.echo(f"Written: {path.relative_to(ROOT)}")


@main.command()
def catalogues() -> None:
    """Bring both catalogues up to the strings in code and templates; say which Chinese is missing."""
    missing = []
    found = extracted()
    for locale in LOCALES.values():
        path = ROOT / "venture" / "translations" / locale / "LC_MESSAGES" / "messages.po"
        with path.open("rb") as opened:
            catalogue = read_po(opened, locale=locale)
        catalogue.update(found, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        for message in catalogue:
            if message.id and locale == "en":
                message.string = message.id
            elif message.id and not (all(message.string or ()) if message.pluralizable else message.string):
                missing.append(message.id)
        with path.open("wb") as opened:
            write_po(opened, catalogue, omit_header=False, sort_output=True, no_location=True, width=0)
    for text in missing:
        click.echo(text)
    click.echo(f"{len(missing)} without Chinese.")


def extracted() -> Catalog:
    """All strings marked for translation in code and templates."""
    catalogue = Catalog()
    keywords = {**DEFAULT_KEYWORDS, "N_": None, "_l": None, "lazy_gettext": None}
    for folder, method in ((ROOT / "venture", "python"), (ROOT / "templates", "jinja2")):
        pattern = "**.py" if method == "python" else "**"
        for _file, _line, text, _comments, context in extract_from_dir(
            str(folder), method_map=[(pattern, method)], keywords=keywords
        ):
            catalogue.add(text, context=context)
    return catalogue


for command in (replay.score, replay.allocate_command, replay.assign_command):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="venture")
