"""What is on record about many graduates at once, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

from django.db.models import F, Max

from aftercare import questions
from aftercare.engagement.facts import HORIZON, READINGS_HORIZON, is_outside_own_limits
from aftercare.engagement.history import Commitment as Support
from aftercare.engagement.history import Due, History, Reading
from aftercare.models import (
    Answer,
    Commitment,
    Contact,
    Expectation,
    Graduate,
    Outreach,
    Reply,
)
from notifications.models import Sender

# Where a text says "no more", or asks how texts work, nobody was heard from.
_NO_WORD = (Reply.Kind.OPT_OUT, Reply.Kind.HELP, Reply.Kind.UNKNOWN_NUMBER)

# Questions with a scale on which one end is harder.
_SCALES = {
    code: question
    for code, question in questions.BY_CODE.items()
    if question.is_worse_high is not None and question.low is not None and question.high is not None
}

Value = TypeVar("Value")
Pairs = Iterator[tuple[int, Value]]


def load(*, graduates: Iterable[Graduate], at: datetime) -> dict[int, History]:
    """The history of each graduate by primary key, as far back as the facts look.

    Six queries, however many graduates there are.
    """
    people = {graduate.pk: graduate for graduate in graduates}
    keys = list(people)
    dues = _group(_dues(people, at))
    commitments = _group(_commitments(keys))
    readings = _group(_readings(keys, at))
    phones = _group(_phones(keys, at))
    heard = _group(_heard(keys, at))
    reached = _group(_reached(keys, at))
    return {
        pk: History(
            graduated_on=graduate.graduated_on,
            joined_at=graduate.joined_at,
            time_zone=graduate.time_zone,
            is_active=graduate.is_written_to,
            dues=tuple(dues[pk]),
            commitments=tuple(commitments[pk]),
            readings=tuple(readings[pk]),
            heard_at=tuple(heard[pk]),
            reached_at=tuple(reached[pk]),
            opted_out_at=_all_since([stopped for stopped, _ in phones[pk]]),
            unreachable_at=_all_since([dead for _, dead in phones[pk]]),
        )
        for pk, graduate in people.items()
    }


def _group(pairs: Iterable[tuple[int, Value]]) -> defaultdict[int, list[Value]]:
    grouped: defaultdict[int, list[Value]] = defaultdict(list)
    for pk, value in pairs:
        grouped[pk].append(value)
    return grouped


def _all_since(instants: Sequence[datetime | None]) -> datetime | None:
    """Since when it holds of every phone; None where one is free of it, or there is none."""
    since = [when for when in instants if when is not None]
    return max(since) if since and len(since) == len(instants) else None


def _dues(people: Mapping[int, Graduate], at: datetime) -> Pairs[Due]:
    rows = Expectation.objects.filter(
        graduate__in=list(people), opened_at__gte=at - HORIZON, opened_at__lte=at
    ).values_list(
        "graduate_id",
        "kind",
        "opened_at",
        "due_at",
        "outcome",
        "answered_at",
        "reported_use",
        "answered_by_id",
        "commitment_id",
    )
    for pk, kind, opened_at, due_at, outcome, answered_at, use, teller, commitment in rows:
        yield (
            pk,
            Due(
                kind=kind,
                opened_at=opened_at,
                due_at=due_at,
                outcome=outcome,
                answered_at=answered_at,
                reported_use=use,
                told_by_staff=teller not in (None, people[pk].user_id),
                commitment=commitment,
            ),
        )


def _commitments(keys: Sequence[int]) -> Pairs[Support]:
    rows = Commitment.objects.filter(graduate__in=keys).order_by("pk")
    wanted = rows.only(
        "graduate_id",
        "kind",
        "created_at",
        "ended_at",
        "repeats",
        "weekdays",
        "starts_on",
        "until_on",
    )
    for row in wanted:
        is_once = row.repeats == Commitment.Repeats.ONCE
        is_weekly = row.repeats == Commitment.Repeats.WEEKLY
        yield (
            row.graduate_id,
            Support(
                key=row.pk,
                kind=row.kind,
                created_at=row.created_at,
                ended_at=row.ended_at,
                weekday=row.weekdays[0] if is_weekly and len(row.weekdays) == 1 else None,
                last_on=row.starts_on if is_once else row.until_on,
            ),
        )


def is_harder_than_usual(*, graduate: Graduate, question: str, at: datetime) -> bool:
    """Whether the newest answer to a question (by code) lies outside the person's own limits."""
    if question not in _SCALES:
        return False
    series = [reading for _, reading in _readings([graduate.pk], at, codes=[question])]
    return is_outside_own_limits(series=sorted(series, key=attrgetter("at")))


def _readings(
    keys: Sequence[int], at: datetime, *, codes: Collection[str] = tuple(_SCALES)
) -> Pairs[Reading]:
    rows = (
        Answer.objects.filter(
            check_in__graduate__in=keys,
            question__in=codes,
            at__gte=at - READINGS_HORIZON,
            at__lte=at,
        )
        .annotate(person=F("check_in__graduate_id"))
        .only("uid", "question", "content", "at")
    )
    for row in rows:
        question, value = _SCALES[row.question], row.content.get("value")
        if isinstance(value, int | float):
            yield (
                row.person,
                Reading(
                    question=row.question,
                    value=value,
                    burden=value if question.is_worse_high else -value,
                    span=(question.high or 0) - (question.low or 0),
                    at=row.at,
                ),
            )


def _phones(keys: Sequence[int], at: datetime) -> Pairs[tuple[datetime | None, datetime | None]]:
    rows = Contact.objects.filter(
        graduate__in=keys, since__lte=at, until__isnull=True, address__channel=Sender.Channel.SMS
    ).values_list("graduate_id", "address__opted_out_at", "address__unreachable_at")
    for pk, opted_out_at, unreachable_at in rows:
        yield pk, (opted_out_at, unreachable_at)


def _heard(keys: Sequence[int], at: datetime) -> Pairs[datetime]:
    rows = Reply.objects.filter(graduate__in=keys, at__lte=at).exclude(kind__in=_NO_WORD)
    yield from rows.values_list("graduate_id").annotate(newest=Max("at")).order_by()


def _reached(keys: Sequence[int], at: datetime) -> Pairs[datetime]:
    rows = Outreach.objects.filter(graduate__in=keys, at__lte=at, outcome=Outreach.Outcome.REACHED)
    yield from rows.values_list("graduate_id").annotate(newest=Max("at")).order_by()
