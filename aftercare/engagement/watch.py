"""Opens, keeps and closes disengagement signals: at most one open per graduate and kind.

Whoever changes the signals of a graduate holds that graduate's row, so that two at once take turns.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, models, transaction

from aftercare.cadence import after_staffed
from aftercare.engagement import facts as facts_at
from aftercare.engagement import histories, rules
from aftercare.engagement.facts import Facts
from aftercare.models import Contact, DisengagementSignal, Graduate, Outreach
from notifications import addresses
from notifications.models import Program
from notifications.prepared import THEN, Prepared

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State
_rank = DisengagementSignal.rank_of

# After a signal has ended, the same kind waits this long, unless it has become more pressing.
COOL_DOWN = timedelta(weeks=3)
EASED = "eased"
# The person said what got in the way, and what was missed is excused.
EXPLAINED = "explained"
# How many graduates one pass holds at once.
BATCH = 500
# Danger is answered at once; "need support" within two staffed hours.
SAFETY_ANSWER = timedelta(minutes=15)
SUPPORT_ANSWER = timedelta(hours=2)

# What an assessment has to know of a person; names and cards stay sealed and unread.
_NEEDED = (
    "program_id",
    "user_id",
    "status",
    "graduated_on",
    "joined_at",
    "time_zone",
    "is_scored",
)
_SAVED = (
    "band",
    "points",
    "reasons",
    "state",
    "changed_at",
    "snoozed_until",
    "snooze_reason",
    "closed_at",
    "outcome",
)


@dataclass(frozen=True, slots=True)
class Change:
    """How many signals an assessment opened and closed."""

    opened: int = 0
    closed: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(self.opened + other.opened, self.closed + other.closed)


@transaction.atomic
def reassess(*, graduate: Graduate, at: datetime) -> Change:
    """Compare one graduate's signals with what the rules find at an instant; safe to repeat."""
    return _assess(_held(graduate), at)


def hold(*, graduate: Graduate) -> None:
    """Whoever else changes this graduate's signals waits until the caller's transaction ends."""
    _held(graduate)


def due(*, at: datetime) -> models.QuerySet[Graduate]:
    """Those whose next look has come."""
    return Graduate.objects.filter(assess_at__lte=at)


def look_again(*, graduates: Iterable[int], at: datetime) -> None:
    """Have the signals of these graduates (primary keys) looked at in the next tick."""
    Graduate.objects.filter(pk__in=graduates).update(assess_at=at)


@transaction.atomic
def take_note(*, at: datetime) -> int:
    """Look again at everybody whose phone or mailbox stopped, died or came alive; returns how many ways."""
    news = addresses.take_news(at=at)
    people = Contact.objects.filter(address__in=news, until__isnull=True)
    look_again(graduates=people.values_list("graduate", flat=True), at=at)
    return len(news)


def stop_looking(*, graduates: Collection[int], at: datetime) -> None:
    """Contact is there again, or one more step was done: nobody need look for these by the old ones."""
    Outreach.objects.filter(
        graduate__in=graduates,
        next_kind__in=Outreach.LOOKING,
        next_on__isnull=False,
        next_done_at__isnull=True,
    ).update(next_done_at=at)


def reassess_due(*, at: datetime) -> Change:
    """The same for everybody whose next look is due, in batches; one query where nobody is.

    Several processes at once share the work: each skips whom another one holds.
    """
    total = Change()
    while True:
        with transaction.atomic():
            people = list(
                due(at=at)
                .select_for_update(skip_locked=True, no_key=True)
                .only(*_NEEDED)
                .order_by("assess_at")[:BATCH]
            )
            total += _assess(people, at)
        if len(people) < BATCH:
            return total


@transaction.atomic
def raise_urgent(
    *, graduate: Graduate, kind: str, reasons: list[dict[str, Any]], at: datetime
) -> DisengagementSignal:
    """Open what may not wait: safety, or "need support". Only a person closes it.

    While one is open, new reasons are added to it and it asks for an answer again; the same reasons
    once more change nothing. Raises ValueError for a kind that the rules find.
    """
    if kind not in DisengagementSignal.URGENT_KINDS:
        raise ValueError(f"{kind} is found by the rules.")
    hold(graduate=graduate)
    answer_by = answer_due(kind=kind, program=graduate.program, at=at)
    signal = (
        DisengagementSignal.objects.filter(graduate=graduate, kind=kind)
        .exclude(state=State.CLOSED)
        .first()
    )
    if signal is None:
        return DisengagementSignal.objects.create(
            graduate=graduate,
            kind=kind,
            band=Band.URGENT,
            reasons=reasons,
            opened_at=at,
            changed_at=at,
            answer_by=answer_by,
        )
    news = [reason for reason in reasons if reason not in signal.reasons]
    if news:
        signal.reasons = [*signal.reasons, *news]
        signal.changed_at, signal.acknowledged_at, signal.answer_by = at, None, answer_by
        signal.save(update_fields=["reasons", "changed_at", "acknowledged_at", "answer_by"])
    return signal


def answer_due(*, kind: str, program: Program, at: datetime) -> datetime:
    """By when a person must have looked at an urgent signal."""
    if kind == Kind.SAFETY:
        return at + SAFETY_ANSWER
    return after_staffed(
        at=at,
        amount=SUPPORT_ANSWER,
        hours=program.staffed_hours,
        zone=ZoneInfo(program.time_zone),
    )


# In the order of the model, as it takes a row.
_OWN = [
    field.attname
    for field in Graduate._meta.concrete_fields
    if field.primary_key or field.attname in _NEEDED
]
_HELD = Prepared(
    lambda *, keys, at: (
        Graduate.objects.select_for_update(no_key=True).filter(pk__in=keys).values_list(*_OWN)
    )
)


def _held(graduate: Graduate) -> list[Graduate]:
    """The row as it is now, held; rows that point at it may still be made meanwhile."""
    rows = _HELD.ask(keys=[graduate.pk], at=THEN)
    return [Graduate.from_db(connection.alias, _OWN, row) for row in rows]


def _assess(people: Sequence[Graduate], at: datetime) -> Change:
    """A constant number of queries for all of them together."""
    if not people:
        return Change()
    known = histories.load(graduates=people, at=at)
    keys = [graduate.pk for graduate in people]
    signals = _signals(keys, at)
    next_looks: list[tuple[datetime | None, int]] = []
    opened: list[DisengagementSignal] = []
    changed: list[DisengagementSignal] = []
    for graduate in people:
        facts = facts_at.at(history=known[graduate.pk], at=at)
        comparison = _Comparison(graduate, facts, signals[graduate.pk])
        opened += comparison.opened
        changed += comparison.changed
        next_looks.append((comparison.next_look_at(), graduate.pk))
    DisengagementSignal.objects.bulk_create(opened)
    # An upsert, because it seals the reasons as a plain bulk update would not; the rows exist.
    DisengagementSignal.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_SAVED
    )
    _look_next(next_looks)
    closed = [row for row in changed if row.state == State.CLOSED]
    found = [row.graduate_id for row in closed if row.band == Band.LOST_CONTACT]
    if found:
        stop_looking(graduates=found, at=at)
    return Change(len(opened), len(closed))


def _look_next(next_looks: Iterable[tuple[datetime | None, int]]) -> None:
    """A bulk update's CASE for each row takes many times as long."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [(adapt(when) if when else None, pk) for when, pk in next_looks]
    update = "UPDATE aftercare_graduate SET assess_at = %s WHERE id = %s"
    with connection.cursor() as cursor:
        # For one row a pipeline only adds round trips.
        if len(rows) == 1:
            cursor.execute(update, rows[0])
        else:
            cursor.executemany(update, rows)


_COLUMNS = [field.attname for field in DisengagementSignal._meta.concrete_fields]
_SIGNALS = Prepared(
    lambda *, keys, at: (
        DisengagementSignal.objects.filter(graduate__in=keys)
        .order_by("opened_at", "pk")
        .values_list(*_COLUMNS)
    )
)


def _signals(keys: Sequence[int], at: datetime) -> defaultdict[int, list[DisengagementSignal]]:
    """All that there ever were, the oldest first."""
    found: defaultdict[int, list[DisengagementSignal]] = defaultdict(list)
    for values in _SIGNALS.ask(keys=keys, at=at):
        row = DisengagementSignal.from_db(connection.alias, _COLUMNS, values)
        found[row.graduate_id].append(row)
    return found


class _Comparison:
    """What the rules find for one graduate, against the signals there are."""

    def __init__(
        self,
        graduate: Graduate,
        facts: Facts,
        signals: Sequence[DisengagementSignal],
    ) -> None:
        self.graduate = graduate
        self.facts = facts
        self.opened: list[DisengagementSignal] = []
        self.changed: list[DisengagementSignal] = []
        self._waits_until: list[datetime] = []
        self._open = {row.kind: row for row in signals if row.state != State.CLOSED}
        # The newest of each kind that has ended.
        self._past = {row.kind: row for row in signals if row.state == State.CLOSED}
        self._compare()

    def next_look_at(self) -> datetime | None:
        """When to look at this person again; never, once the account has ended."""
        if self.graduate.status not in Graduate.REACHED:
            return None
        return min([rules.next_look_at(self.facts), *self._waits_until])

    def _compare(self) -> None:
        found = {str(finding.kind): finding for finding in rules.findings(self.facts)}
        for kind, finding in found.items():
            if kind in self._open:
                self._keep(self._open[kind], finding)
            elif not self._is_held_back(finding, self._past.get(kind)):
                self._begin(finding)
        for kind, row in self._open.items():
            if kind not in found and kind not in DisengagementSignal.URGENT_KINDS:
                self._ease(row)

    def _begin(self, finding: rules.Finding) -> None:
        at = self.facts.at
        self.opened.append(
            DisengagementSignal(
                graduate=self.graduate,
                kind=finding.kind,
                band=finding.band,
                points=finding.points,
                reasons=list(finding.reasons),
                opened_at=at,
                changed_at=at,
            )
        )

    def _keep(self, row: DisengagementSignal, finding: rules.Finding) -> None:
        has_risen = _rank(finding.band) > _rank(row.band)
        before = (row.band, row.points, row.reasons, row.state)
        row.band, row.points = finding.band, finding.points
        row.reasons = list(finding.reasons)
        if row.state == State.SNOOZED and row.snoozed_until is not None:
            if has_risen or row.snoozed_until <= self.facts.at:
                row.state, row.snoozed_until, row.snooze_reason = State.OPEN, None, ""
            else:
                self._waits_until.append(row.snoozed_until)
        if (row.band, row.points, row.reasons, row.state) != before:
            row.changed_at = self.facts.at
            self.changed.append(row)

    def _ease(self, row: DisengagementSignal) -> None:
        row.state, row.outcome = State.CLOSED, EASED
        row.closed_at = row.changed_at = self.facts.at
        row.snoozed_until, row.snooze_reason = None, ""
        self.changed.append(row)

    def _is_held_back(self, finding: rules.Finding, past: DisengagementSignal | None) -> bool:
        """Not yet again: the person who closed it knows this much, or it closed a short while ago."""
        if past is None or past.closed_at is None:
            return False
        was_seen = past.outcome in (*Outreach.Outcome.values, EXPLAINED)
        if was_seen and finding.newest_at <= past.closed_at:
            return True
        has_risen = _rank(finding.band) > _rank(past.band)
        if finding.is_never_held or has_risen:
            return False
        until = past.closed_at + COOL_DOWN
        if until > self.facts.at:
            self._waits_until.append(until)
        return until > self.facts.at
