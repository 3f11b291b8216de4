"""Who looked at the record of a graduate, and who did what there, in words for the graduate."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftercare import record, supporters
from aftercare.models import AuditEntry, Graduate, Role

PAGE = 25
Verb = AuditEntry.Verb

_DEEDS: dict[tuple[str, str], str | Promise] = {
    (Verb.READ, "graduate"): _("Looked at your page"),
    (Verb.READ, "message"): _("Looked at a text we sent you"),
    (Verb.READ, "reply"): _("Read a text from you"),
    (Verb.READ, "checkin"): _("Read your check-in"),
    (Verb.READ, "screening"): _("Read your answers to a questionnaire"),
    (Verb.READ, "alarm"): _("Looked at a note about your safety"),
    (Verb.READ, "morning"): _("Saw what you wrote or answered on the list of the day"),
    (Verb.READ, "inbox"): _("Saw a text from you in the inbox"),
    (Verb.CREATED, "graduate"): _("Made your account"),
    (Verb.CREATED, "outreach"): _("Noted that they reached out to you"),
    (Verb.CHANGED, "outreach"): _("Changed a note about reaching out to you"),
    (Verb.CREATED, "commitment"): _("Added something to your plan"),
    (Verb.CHANGED, "commitment"): _("Changed your plan"),
    (Verb.CHANGED, "visit"): _("Signed for a date you went to"),
    (Verb.CHANGED, "reply"): _("Sorted a text from you"),
    (Verb.CHANGED, "contact"): _("Changed how we reach you"),
    (Verb.CHANGED, "alarm"): _("Looked after your safety"),
    (Verb.CREATED, "takeover"): _("Answered your texts for a while"),
}
# Of those outside who are shown something.
_OUTSIDE: dict[tuple[str, str], str | Promise] = {
    (Verb.DISCLOSED, supporters.ROLE): _("Looked at what you share with them"),
    (Verb.CHANGED, supporters.ROLE): _("Made a sign-in for what you share with them"),
    (Verb.DISCLOSED, Role.Kind.AUDITOR): _("Looked at your record for an audit"),
}
_BY_VERB: dict[str, str | Promise] = {
    Verb.READ: _("Looked at a part of your record"),
    Verb.SEARCHED: _("Found you in a search"),
    Verb.REVEALED: _("Opened your phone number"),
    Verb.CREATED: _("Added something to your record"),
    Verb.CHANGED: _("Changed something in your record"),
    Verb.SENT: _("Wrote to you"),
    Verb.EXPORTED: _("Made a copy of your data"),
    Verb.CONSENTED: _("Noted what you agreed to"),
    Verb.DENIED: _("Tried to open your page and was turned away"),
    Verb.LEFT: _("Ended your account, as you asked"),
    Verb.BROKE_GLASS: _("Opened your record out of the usual"),
    Verb.STAYED: _("Kept your account, as you asked"),
    Verb.DISCLOSED: _("Told somebody outside something about you"),
}
_OTHER = _("Did something in your record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing somebody did or saw; `who` is a name, or "" where it is not known any more."""

    who: str
    role: str
    deed: str
    at: datetime


def of(*, graduate: Graduate, at: datetime, number: str | int = 1) -> "Page[Look]":
    """What others did or saw in the record, the newest first, a page at a time; own deeds are left out."""
    rows = record.rows_told_to(graduate=graduate, at=at).filter(actor__isnull=False)
    others = rows.exclude(actor=graduate.user_id).select_related("actor").order_by("-at", "-pk")
    page = Paginator(others, PAGE).get_page(number)
    roles = {**dict(Role.Kind.choices), supporters.ROLE: _("supporter")}
    looks = [
        Look(
            who=row.actor.name if row.actor else "",
            role=str(roles.get(row.role, row.role)),
            deed=_deed(row),
            at=row.at,
        )
        for row in page.object_list
    ]
    return Page(looks, page.number, page.paginator)  # type: ignore[arg-type]


def _deed(row: AuditEntry) -> str:
    named = _OUTSIDE.get((row.verb, row.role)) or _DEEDS.get((row.verb, row.thing))
    return str(named or _BY_VERB.get(row.verb, _OTHER))
