"""The caseload as counselors see it: everyone they are responsible for, those first who need them."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from aftercare import access, record
from aftercare.access import Standing
from aftercare.engagement import wording
from aftercare.engagement.rows import reasons_of, signals_of
from aftercare.keys import Keys
from aftercare.models import (
    Assignment,
    AuditEntry,
    CheckIn,
    Commitment,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
    Role,
)
from aftercare.outreach import step_words
from aftercare.workload import CURRENT, Budget, budget_line
from notifications import text
from notifications.kinds import Kind as MessageKind
from notifications.models import Message

Band, State = DisengagementSignal.Band, DisengagementSignal.State
Outcome = Expectation.Outcome

PAGE = 25
WEEKS = 12
SET_ASIDE = "set_aside"
# Of whom nothing came for so long, nobody has heard.
UNHEARD_FOR = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; empty means everything. `words` are looked for in names.

    `counselor` is a role's uid, `unheard` leaves those of whom nothing came for UNHEARD_FOR.
    """

    mine_only: bool = False
    program: uuid.UUID | None = None
    counselor: uuid.UUID | None = None
    unheard: bool = False
    band: str = ""
    track: str = ""
    status: str = ""
    words: str = ""
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is due from a graduate next: when it begins, or by when an open check-in is to be answered."""

    title: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Row:
    """One graduate on the list. `weeks` are twelve outcomes, oldest first; "" is a week without.

    `is_beyond_budget` says that this week's alerts have no room for this one.
    """

    uid: uuid.UUID
    name: str
    program: str
    counselor: str
    status: str
    status_title: str
    paused_until: date | None
    band: str
    band_title: str
    reasons: tuple[str, ...]
    since: datetime | None
    weeks: tuple[str, ...]
    spoke_at: datetime | None
    wrote_at: datetime | None
    expected: Expected | None
    next_step: str
    is_beyond_budget: bool = False


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One page of rows, where it stands among the others, and the week's budget of all of them."""

    rows: tuple[Row, ...]
    page: Page[int]
    total: int
    budget: Budget


def rows(*, standing: Standing, at: datetime, filters: Filters) -> Listing:
    """One page of the visible caseload, ranked: urgent, lost contact, reach out, watch, steady.

    Within a band by points, then by who has waited longest. A search by words is recorded.
    """
    if filters.words:
        _record_search(standing, at)
    keys = _narrowed(standing, filters, at)
    budget = budget_line(graduates=keys, at=at)
    ranks = _ranks(keys)
    if filters.band:
        keys = [pk for pk in keys if ranks.get(pk, _STEADY).is_in(filters.band)]
    orders = {pk: rank.order for pk, rank in ranks.items()}
    steady = _STEADY.order
    ordered = sorted(keys, key=lambda pk: orders.get(pk, steady))
    page = Paginator(ordered, PAGE).get_page(filters.page)
    return Listing(
        rows=tuple(_rows(list(page.object_list), at, budget)),
        page=page,
        total=len(ordered),
        budget=budget,
    )


def _record_search(standing: Standing, at: datetime) -> None:
    program = standing.programs(Role.Kind.COUNSELOR, Role.Kind.LEAD)[0]
    record.write(
        actor=standing.actor(program),
        verb=AuditEntry.Verb.SEARCHED,
        thing=program,
        program=program,
        at=at,
    )


def _narrowed(standing: Standing, filters: Filters, at: datetime) -> list[int]:
    """Tracks and names are compared here: one is a list, the other is sealed in the database."""
    found = access.caseload(standing=standing, mine_only=filters.mine_only).order_by("pk")
    found = found.filter(status__in=[filters.status] if filters.status else CURRENT)
    if filters.program:
        found = found.filter(program__uid=filters.program)
    if filters.counselor:
        held = Assignment.objects.filter(counselor__uid=filters.counselor, until__isnull=True)
        found = found.filter(pk__in=held.values("graduate"))
    if filters.unheard:
        found = _unheard(found, at)
    if filters.track:
        tracks = found.select_related(None).values_list("pk", "tracks")
        found = found.filter(pk__in=Keys([pk for pk, own in tracks if filters.track in own]))
    words = text.fold(filters.words).split()
    if not words:
        return list(found.values_list("pk", flat=True))
    # Opening thousands of names takes longer than all the rest: their columns and nothing else.
    people = found.select_related(None).values_list("pk", "uid", "first_name", "last_name")
    return [pk for pk, uid, first, last in people.iterator() if _is_called(words, uid, first, last)]


_FIRST_NAME, _LAST_NAME = (
    Graduate._meta.get_field("first_name"),
    Graduate._meta.get_field("last_name"),
)


def _is_called(words: Sequence[str], uid: uuid.UUID, first: str, last: str) -> bool:
    """Whether somebody has all these words in the name, which is sealed."""
    own = str(uid)
    opened = _FIRST_NAME.open_of(uid=own, sealed=first), _LAST_NAME.open_of(uid=own, sealed=last)
    name = text.fold(" ".join(opened))
    return all(word in name for word in words)


def _unheard(people: "QuerySet[Graduate]", at: datetime) -> "QuerySet[Graduate]":
    """Those of whom no answer and no text came for a while, and with whom nobody spoke."""
    since, person = at - UNHEARD_FOR, {"graduate": OuterRef("pk")}
    reached = Outreach.Outcome.REACHED
    return people.exclude(
        Exists(Expectation.objects.filter(**person, answered_at__gt=since))
        | Exists(Reply.objects.filter(**person, at__gt=since))
        | Exists(Outreach.objects.filter(**person, at__gt=since, outcome=reached))
    )


@dataclass
class _Rank:
    """The most pressing open signal of one graduate."""

    band: str = Band.STEADY
    points: float = 0
    since: datetime | None = None
    is_set_aside: bool = False
    is_safety: bool = False

    @property
    def order(self) -> tuple[int, bool, float, float]:
        waited = self.since.timestamp() if self.since else 0
        return (-DisengagementSignal.rank_of(self.band), not self.is_safety, -self.points, waited)

    def is_in(self, band: str) -> bool:
        if band == SET_ASIDE:
            return self.is_set_aside
        return band == self.band


# Who has no signal, as most of thousands have none, has no rank of their own.
_STEADY = _Rank()


def _ranks(keys: Sequence[int]) -> dict[int, _Rank]:
    ranks: defaultdict[int, _Rank] = defaultdict(_Rank)
    signals = DisengagementSignal.objects.filter(graduate__in=Keys(keys)).exclude(
        state=State.CLOSED
    )
    for pk, kind, band, points, since, state in signals.values_list(
        "graduate_id", "kind", "band", "points", "opened_at", "state"
    ):
        rank = ranks[pk]
        if state == State.SNOOZED:
            rank.is_set_aside = True
            continue
        rank.is_safety |= kind == DisengagementSignal.Kind.SAFETY
        rank.points = max(rank.points, points)
        rank.since = min(rank.since or since, since)
        if DisengagementSignal.rank_of(band) > DisengagementSignal.rank_of(rank.band):
            rank.band = band
    return ranks


def _rows(keys: Sequence[int], at: datetime, budget: Budget) -> list[Row]:
    """The rows of these graduates, in this order; a constant number of queries."""
    people = Graduate.objects.select_related("program").in_bulk(keys)
    signals = signals_of(graduates=keys)
    counselors = counselors_of(graduates=keys)
    weeks = _weeks_of(keys, at)
    spoke, wrote = _spoke(keys), _wrote(people.values())
    expected, steps = _expected(keys, at), _steps(keys)
    return [
        _row(
            people[pk],
            signals=signals[pk],
            counselor=counselors.get(pk, ""),
            weeks=weeks[pk],
            spoke_at=spoke.get(pk),
            wrote_at=wrote.get(people[pk].uid),
            expected=expected.get(pk),
            step=steps.get(pk, ""),
            is_beyond_budget=pk in budget.beyond,
        )
        for pk in keys
    ]


def _row(
    graduate: Graduate,
    *,
    signals: Sequence[DisengagementSignal],
    counselor: str,
    weeks: tuple[str, ...],
    spoke_at: datetime | None,
    wrote_at: datetime | None,
    expected: Expected | None,
    step: str,
    is_beyond_budget: bool,
) -> Row:
    live = [signal for signal in signals if signal.state == State.OPEN]
    band = Band(live[0].band) if live else Band.STEADY
    return Row(
        uid=graduate.uid,
        name=graduate.name,
        program=graduate.program.name,
        counselor=counselor,
        status=graduate.status,
        status_title=graduate.get_status_display(),
        paused_until=graduate.paused_until,
        band=band,
        band_title=str(band.label),
        reasons=reasons_of(signals=live),
        since=min((signal.opened_at for signal in live), default=None),
        weeks=weeks,
        spoke_at=spoke_at,
        wrote_at=wrote_at,
        expected=expected,
        next_step=step or wording.next_step(live),
        is_beyond_budget=is_beyond_budget,
    )


def counselors_of(*, graduates: Sequence[int]) -> dict[int, str]:
    """The name of who is responsible, by graduate (primary keys)."""
    rows = Assignment.objects.filter(graduate__in=graduates, until__isnull=True)
    return {
        row.graduate_id: row.counselor.user.name for row in rows.select_related("counselor__user")
    }


def _weeks_of(keys: Sequence[int], at: datetime) -> defaultdict[int, tuple[str, ...]]:
    """Twelve marks per graduate; a week is seven days counted back from now."""
    counts: defaultdict[int, list[list[str]]] = defaultdict(lambda: [[] for _ in range(WEEKS)])
    start = at - timedelta(weeks=WEEKS)
    found = Expectation.objects.filter(graduate__in=keys, due_at__gt=start, due_at__lte=at)
    for pk, due_at, outcome in found.values_list("graduate_id", "due_at", "outcome"):
        counts[pk][WEEKS - 1 - (at - due_at) // timedelta(weeks=1)].append(outcome)
    empty = ("",) * WEEKS
    marked = {pk: tuple(week_mark(week) for week in weeks) for pk, weeks in counts.items()}
    return defaultdict(lambda: empty, marked)


def week_mark(outcomes: Iterable[str]) -> str:
    """What a week is shown as: missed where at least half was, else the better of what came."""
    count = Counter(outcomes)
    came = count[Outcome.KEPT] + count[Outcome.LATE]
    if count[Outcome.MISSED] and count[Outcome.MISSED] >= came:
        return str(Outcome.MISSED)
    if came:
        return str(Outcome.KEPT if count[Outcome.KEPT] >= count[Outcome.LATE] else Outcome.LATE)
    return str(Outcome.EXCUSED) if count[Outcome.EXCUSED] else ""


def _spoke(keys: Sequence[int]) -> dict[int, datetime]:
    reached = Outreach.objects.filter(graduate__in=keys, outcome=Outreach.Outcome.REACHED)
    return dict(reached.values_list("graduate_id").annotate(newest=Max("at")).order_by())


def _wrote(people: Iterable[Graduate]) -> dict[uuid.UUID | None, datetime | None]:
    sent = Message.objects.filter(
        about__in=[graduate.uid for graduate in people],
        kind=MessageKind.PERSONAL,
        state__in=[Message.State.SENT, Message.State.DELIVERED],
    )
    return dict(sent.values_list("about").annotate(newest=Max("sent_at")).order_by())


def _expected(keys: Sequence[int], at: datetime) -> dict[int, Expected]:
    """The nearest of: the end of an open check-in, the next one, the next date of a commitment."""
    found: dict[int, Expected] = {}
    for pk, expected in [*_expected_check_ins(keys), *_expected_dates(keys, at)]:
        if pk not in found or expected.at < found[pk].at:
            found[pk] = expected
    return found


def _expected_check_ins(keys: Sequence[int]) -> list[tuple[int, Expected]]:
    waiting = CheckIn.objects.filter(
        graduate__in=keys, state__in=[CheckIn.State.PLANNED, CheckIn.State.OPEN]
    )
    planned, asked = str(Expectation.Kind.CHECK_IN.label), _("answer to the check-in")
    return [
        (pk, Expected(title=asked, at=closes_at))
        if state == CheckIn.State.OPEN
        else (pk, Expected(title=planned, at=opens_at))
        for pk, state, opens_at, closes_at in waiting.values_list(
            "graduate_id", "state", "opens_at", "closes_at"
        )
    ]


def _expected_dates(keys: Sequence[int], at: datetime) -> list[tuple[int, Expected]]:
    """`settle_at` is when the next date of a commitment ends."""
    rows = Commitment.objects.filter(
        graduate__in=keys, ended_at__isnull=True, settle_at__gt=at
    ).values_list("graduate_id", "kind", "settle_at", "minutes")
    return [
        (
            pk,
            Expected(
                title=str(Commitment.Kind(kind).label), at=ends_at - timedelta(minutes=minutes)
            ),
        )
        for pk, kind, ends_at, minutes in rows
        if ends_at is not None
    ]


def _steps(keys: Sequence[int]) -> dict[int, str]:
    """The next step that was agreed on, the nearest day winning."""
    waiting = Outreach.objects.filter(
        graduate__in=keys, next_on__isnull=False, next_done_at__isnull=True
    ).order_by(F("next_on").desc(), "pk")
    return {row.graduate_id: step_words(outreach=row) for row in waiting}
