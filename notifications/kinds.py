"""The kinds of message: how urgent each is, which consent it needs, and which limits bind it.

One table, so that gates, lanes and caps cannot disagree. Lane numbers follow the classes of service:
0 goes first, 7 goes last and is dropped first when somebody has had enough texts.
"""

from dataclasses import dataclass
from enum import IntEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Lane(IntEnum):
    """Class of service; a lower lane never waits behind a higher one."""

    CRISIS = 0
    PERSON = 1
    ASKED = 2
    SAFETY = 3
    CHECK_IN = 4
    CARING = 5
    NUDGE = 6
    EVENT = 7


class Scope(TextChoices):
    """What somebody agreed to be sent; each is agreed to on its own."""

    PROGRAM = "program", _("texts from my program")
    CHECK_INS = "check_ins", _("check-ins")
    REMINDERS = "reminders", _("reminders I asked for")


class Kind(TextChoices):
    """What a message is."""

    CRISIS = "crisis", _("crisis answer")
    OPT_OUT = "opt_out", _("goodbye after STOP")
    HELP = "help", _("answer to HELP")
    STAFF_PAGE = "staff_page", _("page to staff")
    PERSONAL = "personal", _("written by a person")
    REPLY = "reply", _("answer to a text")
    CODE = "code", _("code")
    INVITATION = "invitation", _("invitation")
    REMINDER = "reminder", _("reminder")
    SAFETY = "safety", _("safety note")
    CHECK_IN = "check_in", _("check-in")
    CARING = "caring", _("caring contact")
    NUDGE = "nudge", _("nudge")
    EVENT = "event", _("event")
    DIGEST = "digest", _("list of the morning")


@dataclass(frozen=True)
class Rule:
    """What binds one kind; `scope` None needs no standing consent because the person, or a duty, asked for it."""

    lane: Lane
    scope: Scope | None = None
    unconfirmed: bool = False  # may go to a number its owner has not confirmed yet
    after_stop: bool = False  # may be tried after an opt-out
    unreachable: bool = False  # may be tried where nothing arrived before
    program_hours: bool = False  # waits for the hours in which a program may text
    own_hours: bool = False  # waits for the end of the person's own quiet hours
    capped: bool = False  # counts against, and is bound by, the daily and weekly limit


RULES: dict[Kind, Rule] = {
    Kind.CRISIS: Rule(Lane.CRISIS, unconfirmed=True, after_stop=True, unreachable=True),
    Kind.OPT_OUT: Rule(Lane.CRISIS, unconfirmed=True, after_stop=True, unreachable=True),
    Kind.HELP: Rule(Lane.CRISIS, unconfirmed=True),
    Kind.STAFF_PAGE: Rule(Lane.CRISIS),
    Kind.PERSONAL: Rule(Lane.PERSON, Scope.PROGRAM, program_hours=True, own_hours=True),
    Kind.REPLY: Rule(Lane.ASKED, unconfirmed=True),
    Kind.CODE: Rule(Lane.ASKED, unconfirmed=True, unreachable=True),
    Kind.INVITATION: Rule(Lane.ASKED, unconfirmed=True, program_hours=True),
    Kind.REMINDER: Rule(Lane.ASKED, Scope.REMINDERS, own_hours=True),
    Kind.SAFETY: Rule(Lane.SAFETY, Scope.PROGRAM, program_hours=True, own_hours=True),
    Kind.CHECK_IN: Rule(
        Lane.CHECK_IN, Scope.CHECK_INS, program_hours=True, own_hours=True, capped=True
    ),
    Kind.CARING: Rule(
        Lane.CARING, Scope.CHECK_INS, program_hours=True, own_hours=True, capped=True
    ),
    Kind.NUDGE: Rule(Lane.NUDGE, Scope.CHECK_INS, program_hours=True, own_hours=True, capped=True),
    Kind.DIGEST: Rule(Lane.EVENT, unconfirmed=True),
    Kind.EVENT: Rule(Lane.EVENT, Scope.PROGRAM, program_hours=True, own_hours=True, capped=True),
}
