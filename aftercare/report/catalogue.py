"""Every figure of the report: what it counts in words that people read, and how it is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from aftercare.report import lives
from aftercare.report.figures import Share, Waits
from aftercare.report.lives import FOLLOW_UPS, MARKS, Life

Words = str | Promise
Lives = Sequence[Life]


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What stands behind a figure: what is counted, out of what, and what is left out of both."""

    code: str
    title: Words
    counted: Words
    out_of: Words
    left_out: Words


@dataclass(frozen=True, kw_only=True)
class ShareOf(Meaning):
    """A figure that is so many of so many, at an instant (seconds)."""

    count: Callable[[Lives, int], Share]


@dataclass(frozen=True, kw_only=True)
class WaitOf(Meaning):
    """A figure that is how long something took, seen at an instant (seconds)."""

    measure: Callable[[Lives, int], Waits]


RETENTION = Meaning(
    code="retention",
    title=_("Still in contact"),
    counted=_(
        "People with whom contact was never lost up to that day of their aftercare. It is lost"
        " after 28 days without any sign of life in which two things in a row that were due went"
        " unanswered, and when somebody leaves."
    ),
    out_of=_(
        "Everybody who joined. Who has not come so far yet counts as long as we could see"
        " (Kaplan-Meier). The range holds the true share 95 times in 100 (Greenwood, log-log)."
    ),
    left_out=_(
        "Who was invited and never joined. Who died counts up to the last sign of life. Days count"
        " from graduation, or from joining where that came later."
    ),
)


def _active(days: int) -> ShareOf:
    return ShareOf(
        code=f"active_{days}",
        title=format_lazy(_("Active on day {days}"), days=days),
        counted=_(
            "People from whom something came in the 28 days up to that day, or since they began: an"
            " answer, a text, a kept date, a questionnaire, a visit to a meeting, or a talk."
        ),
        out_of=_("Everybody who joined and has come as far as that day."),
        left_out=_("Who never joined, and who died."),
        count=lambda people, at: lives.active(lives=people, days=days, at=at),
    )


def _follow_up(days: int) -> ShareOf:
    return ShareOf(
        code=f"follow_up_{days}",
        title=format_lazy(_("Follow-up within {days} days"), days=days),
        counted=_(
            "People who kept a date of their plan, went to a meeting, or had a talk with staff on"
            " one of these days. The day of graduation does not count, and neither does an answer"
            " to an automatic text."
        ),
        out_of=_("Everybody who graduated that long ago, joined or not."),
        left_out=_("Who was added to the portal only after these days, and who died."),
        count=lambda people, at: lives.follow_up(lives=people, days=days, at=at),
    )


_PHONES = _("Phones by which people are reached, today.")
_NO_PHONES = _("Phones of people who left, and e-mail.")

SINCE = (*map(_follow_up, FOLLOW_UPS), *map(_active, MARKS))

LATELY: tuple[ShareOf | WaitOf, ...] = (
    ShareOf(
        code="replies",
        title=_("Reply rate"),
        counted=_("Check-ins that were answered, in time or late."),
        out_of=_("Check-ins that ended in this time and were answered or missed."),
        left_out=_("What was excused, called off, or could not be delivered."),
        count=lambda people, at: lives.replies(lives=people),
    ),
    WaitOf(
        code="answer_time",
        title=_("Time to answer"),
        counted=_("From the moment a check-in was sent to its answer."),
        out_of=_("Check-ins that ended in this time and were answered."),
        left_out=_("Check-ins that nobody answered: the reply rate tells of those."),
        measure=lambda people, at: lives.answer_time(lives=people),
    ),
    ShareOf(
        code="read",
        title=_("Read within one working day"),
        counted=_(
            "Answers that somebody on the staff read by the same hour of the next working day. What"
            " comes while nobody is there counts from when the office opens."
        ),
        out_of=_(
            "Answers to check-ins, finished questionnaires, and texts for a person that came in this"
            " time. The aim is 95 in a hundred."
        ),
        left_out=_("What may still be read in time, and texts from numbers nobody knows."),
        count=lambda people, at: lives.read_in_time(lives=people),
    ),
    WaitOf(
        code="contact_time",
        title=_("From silence to a talk"),
        counted=_("From the first signal of a silence to the first talk with staff after it."),
        out_of=_(
            "Silences that began in this time. Where there was no talk, a silence counts for as long"
            " as it lasted."
        ),
        left_out=_("Tries that reached nobody are no talk. Signals of other kinds."),
        measure=lambda people, at: lives.contact_time(lives=people, at=at),
    ),
    ShareOf(
        code="back",
        title=_("Back within 14 days"),
        counted=_("Silences after which something came from the person within 14 days, or a talk."),
        out_of=_("Silences that began in this time, at least 14 days ago."),
        left_out=_("Silences that are younger."),
        count=lambda people, at: lives.back(lives=people, at=at),
    ),
    ShareOf(
        code="opted_out",
        title=_("Opted out"),
        counted=_(
            "Phones whose owners asked for no more texts, and have not asked for them again."
        ),
        out_of=_PHONES,
        left_out=_NO_PHONES,
        count=lambda people, at: lives.phones(lives=people, place=0),
    ),
    ShareOf(
        code="opted_out_lately",
        title=_("Opted out in this time"),
        counted=_("Those of them who asked in this time."),
        out_of=_PHONES,
        left_out=_NO_PHONES,
        count=lambda people, at: lives.phones(lives=people, place=1),
    ),
    ShareOf(
        code="unreachable",
        title=_("Cannot be reached"),
        counted=_("Phones to which texts do not come through, today."),
        out_of=_PHONES,
        left_out=_NO_PHONES,
        count=lambda people, at: lives.phones(lives=people, place=2),
    ),
    WaitOf(
        code="danger_answered",
        title=_("Answer to words of danger"),
        counted=_("From a text that may mean danger to the answer that names help."),
        out_of=_("Texts of graduates in this time in which words of danger were found."),
        left_out=_("Texts from numbers nobody knows, or from phones that several graduates share."),
        measure=lambda people, at: lives.spans(lives=people, of=lambda life: life.answered_danger),
    ),
    WaitOf(
        code="danger_taken",
        title=_("Danger taken by somebody"),
        counted=_("From the alarm to the moment somebody on the staff took it, or closed it."),
        out_of=_("Alarms of danger that began in this time. Open ones count up to now."),
        left_out=_("Alarms about numbers nobody knows."),
        measure=lambda people, at: lives.spans(lives=people, of=lambda life: life.taken_danger),
    ),
    WaitOf(
        code="support_taken",
        title=_("Wish for a call taken by somebody"),
        counted=_("From the wish for a call to the moment somebody on the staff took it."),
        out_of=_("Wishes for a call in this time. Open ones count up to now."),
        left_out=_("Nothing. Nights and weekends count, too."),
        measure=lambda people, at: lives.spans(lives=people, of=lambda life: life.taken_support),
    ),
)

STANDING = Meaning(
    code="standing",
    title=_("Where people stand"),
    counted=_("People by what is true of them today."),
    out_of=_("Everybody the program has added."),
    left_out=_("Nobody."),
)
OPEN = Meaning(
    code="signals",
    title=_("Open signals"),
    counted=_("Signals by kind that are open today, those set aside included."),
    out_of=_("Signals that nobody has closed and that have not eased."),
    left_out=_("Closed ones: what became of signals tells of those."),
)
ALERTS = Meaning(
    code="alerts",
    title=_("What became of signals"),
    counted=_(
        "Signals by how they ended, or by the newest contact about them while they are open. Eased"
        " means that the reason went away by itself."
    ),
    out_of=_("Signals that opened in this time."),
    left_out=_("Signals that opened before, even where they are still open."),
)
CONTACTS = Meaning(
    code="contacts",
    title=_("How contacts went"),
    counted=_("Contacts that staff noted, by outcome."),
    out_of=_("Contacts noted in this time, about a signal or not."),
    left_out=_("Texts that were written and not noted as a contact."),
)
TALLIES = (STANDING, OPEN, ALERTS, CONTACTS)
CHANGES = Meaning(
    code="changes",
    title=_("Change on questionnaires"),
    counted=_(
        "From the first time somebody finished a questionnaire to the newest. Better and worse mean"
        " a change by at least the published step, or, where there is none, into another range of"
        " the questionnaire."
    ),
    out_of=_("People who finished it on two days or more, since the beginning."),
    left_out=_(
        "Who finished it once, or never. People who stay answer more often, so this says nothing"
        " about what caused the change."
    ),
)
EVERY = (RETENTION, *SINCE, *LATELY, *TALLIES, CHANGES)
