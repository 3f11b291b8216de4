"""Where a person can go from every page, by what the person is."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftercare import access
from notifications import clock


@dataclass(frozen=True)
class Entry:
    """One place: the name of its address, its words, its short words under a thumb, its icon."""

    name: str
    label: Any
    short: Any
    icon: str


@dataclass(frozen=True)
class Link:
    """An entry that leads somewhere on this installation."""

    entry: Entry
    href: str
    is_current: bool


MEETINGS = Entry("meetings", _("Meetings"), _("Meetings"), "pin")
TODAY = Entry("home", _("Today"), _("Today"), "sun")
# The first page of staff who are graduates, too, is the staff's.
OWN_TODAY = Entry("today", _("Today"), _("Today"), "sun")
GRADUATE = (
    MEETINGS,
    Entry("plan", _("My plan"), _("My plan"), "plan"),
    Entry("checkins", _("Check-ins"), _("Check-ins"), "checkin"),
    Entry("conversation", _("Messages"), _("Messages"), "text"),
    Entry("people", _("My people"), _("My people"), "people"),
    Entry("me", _("Me"), _("Me"), "person"),
)
STAFF = (
    Entry("home", _("This morning"), pgettext_lazy("tab", "Morning"), "sun"),
    Entry("caseload", _("Caseload"), _("Caseload"), "people"),
    Entry("inbox", _("Inbox"), _("Inbox"), "inbox"),
    Entry("safety", _("Urgent"), _("Urgent"), "alert"),
    Entry("graduate_new", _("New graduate"), pgettext_lazy("tab", "New"), "person-add"),
    MEETINGS,
)
# What is shared by those who see single people and those who do not.
GROUPS = (Entry("broadcasts", _("Groups"), _("Groups"), "calendar"),)
LEAD = (
    Entry("report", _("Report"), _("Report"), "chart"),
    Entry("programs", _("Program settings"), pgettext_lazy("tab", "Program"), "home"),
    Entry("oversight", _("Oversight"), _("Oversight"), "lock"),
)
FEEDS = (Entry("feeds", _("Meeting feeds"), pgettext_lazy("tab", "Feeds"), "download"),)
AUDITOR = (Entry("records", _("Records"), _("Records"), "note"),)
SUPPORTER = (Entry("shared", _("Shared with me"), pgettext_lazy("tab", "Shared"), "people"),)
OPERATOR = (Entry("operations", _("Sending"), _("Sending"), "text"),)


def entries(standing: access.Standing) -> tuple[Entry, ...]:
    """The places of a standing, each once; staff who are graduates too find their own places after the staff's."""
    wanted = (
        *(STAFF if standing.is_staff else ()),
        *(GROUPS if standing.is_staff or standing.is_coordinator else ()),
        *(LEAD if standing.is_lead else ()),
        *(FEEDS if standing.is_lead or standing.is_operator else ()),
        *(OPERATOR if standing.is_operator else ()),
        *(AUDITOR if standing.is_auditor else ()),
        *((OWN_TODAY if standing.is_staff else TODAY, *GRADUATE) if standing.is_graduate else ()),
        *(SUPPORTER if not standing.roles and standing.shared else ()),
    )
    first: dict[str, Entry] = {}
    for entry in wanted:
        first.setdefault(entry.name, entry)
    return tuple(first.values())


def links(request: HttpRequest) -> tuple[Link, ...]:
    """What this request's navigation shows; places without an address here are left out."""
    standing = getattr(request, "standing", None)
    if standing is None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return ()
        standing = access.roles_of(user=user, at=clock.now())
    found = ((entry, _address(entry.name)) for entry in entries(standing))
    return tuple(
        Link(entry, href, _is_current(request.path, href)) for entry, href in found if href
    )


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _is_current(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))


def context(request: HttpRequest) -> dict[str, Any]:
    """For every template; nothing is looked up until a page shows its navigation."""
    return {"navigation": SimpleLazyObject(partial(links, request))}
