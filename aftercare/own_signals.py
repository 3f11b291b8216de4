"""What a graduate sees of the own signals, in kind words, and says to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aftercare import preferences, record, replies
from aftercare.engagement import watch
from aftercare.engagement.rows import signals_of
from aftercare.models import AuditEntry, DisengagementSignal, Expectation, Graduate
from aftercare.record import Actor

Kind, State = DisengagementSignal.Kind, DisengagementSignal.State

# What can be answered with "I was away": it speaks of something that did not come.
ANSWERABLE = (Kind.MISSED_CHECK_INS, Kind.MISSED_COMMITMENTS, Kind.SILENT, Kind.LATER_REPLIES)
# So far before its beginning a signal may speak of what was missed.
SPEAKS_OF = timedelta(weeks=4)

_WORDS = {
    Kind.SAFETY: _("Something you wrote made us worry about you. A person is looking at it."),
    Kind.NEED_SUPPORT: _("You asked for a call. Somebody will call you."),
    Kind.RETURN_TO_USE: _("You told us that the old habit came back. Thank you for telling us."),
    Kind.MISSED_CHECK_INS: _("Your last check-ins have no answer. We would love to hear from you."),
    Kind.MISSED_COMMITMENTS: _("Some dates of your plan did not work out lately."),
    Kind.SILENT: _("We have not heard from you for a while, and we think of you."),
    Kind.LATER_REPLIES: _("Your answers come later than they used to."),
    Kind.WORSE_WEEK: _("You told us that this time is harder than usual."),
    Kind.UNREACHABLE: _("Our texts do not reach your phone."),
    Kind.OPTED_OUT: _("You asked us not to text you. That is all right."),
    Kind.PLAN_EMPTY: _("There is nothing in your plan right now."),
    Kind.MEETING_CLOSED: _("A meeting of yours has closed."),
}


class NothingToAnswer(Exception):
    """None of the open signals speaks of something that did not come."""

    def __init__(self) -> None:
        super().__init__(gettext("There is nothing to explain any more."))


@dataclass(frozen=True, kw_only=True)
class OwnSignal:
    """One signal as the person it is about reads it."""

    words: str
    since: datetime
    can_be_answered: bool


@dataclass(frozen=True, kw_only=True)
class OwnSignals:
    """Everything that is noticed about somebody now, and whether points are added up."""

    signals: tuple[OwnSignal, ...]
    is_scored: bool

    @property
    def can_be_answered(self) -> bool:
        """Whether "I was away" would answer any of it."""
        return any(signal.can_be_answered for signal in self.signals)


def read(*, graduate: Graduate) -> OwnSignals:
    """The open and set-aside signals of one graduate, the most pressing first."""
    return OwnSignals(
        signals=tuple(
            OwnSignal(
                words=str(_WORDS[Kind(row.kind)]),
                since=row.opened_at,
                can_be_answered=row.kind in ANSWERABLE,
            )
            for row in signals_of(graduates=[graduate.pk])[graduate.pk]
        ),
        is_scored=graduate.is_scored,
    )


@transaction.atomic
def explain(
    *,
    graduate: Graduate,
    reason: str,
    until: date | None = None,
    words: str = "",
    key: str,
    actor: Actor,
    at: datetime,
) -> str | None:
    """Say why something did not come (Expectation.Reason): it is excused, and its signals end.

    With `until`, a local day, everything rests up to and with it. Words go to the counselor like
    any others of this person, once by `key`; what answers them is returned.
    Raises NothingToAnswer, preferences.BadPause, texts.NobodyToText.
    """
    watch.hold(graduate=graduate)
    rows = list(graduate.signals.filter(kind__in=ANSWERABLE).exclude(state=State.CLOSED))
    if not rows:
        raise NothingToAnswer
    _excuse(graduate, rows, reason, actor, at)
    if until is not None:
        preferences.pause(graduate=graduate, until=until, actor=actor, at=at)
    for row in rows:
        row.state, row.outcome, row.closed_at = State.CLOSED, watch.EXPLAINED, at
        row.snoozed_until, row.snooze_reason, row.changed_at = None, reason, at
        row.save()
        record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=row, graduate=graduate, at=at)
    watch.stop_looking(graduates=[graduate.pk], at=at)
    watch.reassess(graduate=graduate, at=at)
    if not words.strip():
        return None
    return replies.write(graduate=graduate, body=words.strip(), key=key, at=at).answer


def _excuse(
    graduate: Graduate,
    signals: Sequence[DisengagementSignal],
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """What these signals speak of is no miss any more."""
    since = min(signal.opened_at for signal in signals) - SPEAKS_OF
    missed = graduate.expectations.filter(
        outcome=Expectation.Outcome.MISSED, due_at__gt=since, due_at__lte=at
    )
    missed.update(
        outcome=Expectation.Outcome.EXCUSED,
        reason=reason,
        answered_at=at,
        answered_by=actor.user,
    )


@transaction.atomic
def set_scored(*, graduate: Graduate, wanted: bool, actor: Actor, at: datetime) -> None:
    """Have points added up, or not; the fixed rules (so many missed, so long silent) hold either way."""
    graduate.is_scored = wanted
    graduate.save(update_fields=["is_scored"])
    record.write(actor=actor, verb=AuditEntry.Verb.CHANGED, thing=graduate, at=at)
    watch.reassess(graduate=graduate, at=at)
