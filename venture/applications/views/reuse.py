"""Taking over from an earlier application of the same organization, field by field."""

from typing import Any

import flask
from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from venture import clock, web
from venture.applications import access, actions, queries
from venture.applications.models import Application
from venture.applications.views.offers import look, offers
from venture.applications.views.shared import WRITES, bp, writable_or_404
from venture.roles import may


@bp.get("/applications/<int:id>/reuse")
@may(*WRITES)
def reuse(id: int) -> Any:
    """First which of the earlier ones, then what of it."""
    application = writable_or_404(id)
    others = queries.earlier(application, web.me())
    if "of" in request.args:
        return _look(application, web.or_404(_chosen(others)), web.Form())
    return web.page(
        "applications/reuse.html",
        application=application,
        sight=access.sight(application),
        others=[(each, queries.shown_state(each)) for each in others],
        editable=application.state in access.EDITABLE,
    )


def _chosen(others: Any) -> Application | None:
    return next((each for each in others if str(each.id) == request.args.get("of")), None)


@bp.post("/applications/<int:id>/reuse")
@may(*WRITES)
def reuse_post(id: int) -> Any:
    application, form, keys = writable_or_404(id), web.Form(), request.form.getlist("take")
    source = web.or_404(_chosen(queries.earlier(application, web.me())))
    given = {"keys": keys, "seen": request.form.get("version", 0, int), "by": web.me(), "at": clock.now()}
    if web.attempt(form, actions.take_over, application=application, source=source, **given):
        said = ngettext(
            "%(num)d field has been taken over.", "%(num)d fields have been taken over.", len(keys)
        )
        return web.see("applications.one", said, id=id)
    application = writable_or_404(id)
    return _look(application, web.or_404(_chosen(queries.earlier(application, web.me()))), form)


def _look(application: Application, source: Application, form: Any) -> Any:
    """The page before anything is taken over: each field that would change, and what cannot be."""
    fits = queries.fitting(application, source)
    found = offers(application, fits)
    files = [each.file.name for each in queries.sent_files(source)]
    return look(
        form,
        application,
        found,
        {each.field.key for each in found if not each.before},
        title=_("Take over from %(year)s", year=source.round.year),
        verb=_("Take over the ticked fields"),
        back=flask.url_for("applications.reuse", id=application.id),
        source=_("Earlier applications"),
        lead=_(
            "Nothing has been changed yet. From «%(title)s» the ticked fields are taken over; all others stay as they "
            "are on record.",
            title=source.title or _("without a title"),
        ),
        column=_("In the earlier application"),
        same=len(fits) - len(found),
        stray=[],
        left=[],
        unfit=[
            *(_why(each) for each in queries.misfits(application, source)),
            _("The pledge is given anew."),
            *([_("Files are attached anew: %(names)s", names=_(", ").join(files))] if files else []),
        ],
    )


def _why(misfit: queries.Misfit) -> str:
    facts = {"label": _(misfit.field.label), "text": misfit.text}
    if misfit.why == "offered":
        return str(_("%(label)s: «%(text)s» is not offered in this round. Choose anew.", **facts))
    return str(_("%(label)s: %(text)s lies before this round opened. Type a new day.", **facts))
