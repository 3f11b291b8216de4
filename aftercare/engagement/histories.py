"""What is on record about many graduates at once, in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import OuterRef, QuerySet, Subquery

from aftercare import questions
from aftercare.engagement.facts import HORIZON, READINGS_HORIZON, is_outside_own_limits
from aftercare.engagement.history import Commitment as Support
from aftercare.engagement.history import Due, History, Reading
from aftercare.models import (
    Answer,
    Calibration,
    Commitment,
    Contact,
    Expectation,
    Graduate,
    Outreach,
    Reply,
)
from notifications.models import Sender
from notifications.prepared import Prepared

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

    Five queries, however many graduates there are.
    """
    people = {graduate.pk: graduate for graduate in graduates}
    keys = list(people)
    dues = _group(_dues(people, at))
    commitments = _group(_commitments(keys, at))
    readings = _group(_readings(keys, at))
    phones = _group(_phones(keys, at))
    newest = {pk: times for pk, *times in _NEWEST.ask(keys=keys, at=at)}
    return {
        pk: History(
            graduated_on=graduate.graduated_on,
            joined_at=graduate.joined_at,
            time_zone=graduate.time_zone,
            is_active=graduate.is_written_to,
            dues=tuple(dues[pk]),
            commitments=tuple(commitments[pk]),
            readings=tuple(readings[pk]),
            heard_at=_once(newest[pk][0]),
            reached_at=_once(newest[pk][1]),
            opted_out_at=_all_since([stopped for stopped, _ in phones[pk]]),
            unreachable_at=_all_since([dead for _, dead in phones[pk]]),
            is_scored=graduate.is_scored,
            offset=newest[pk][2] or 0.0,
        )
        for pk, graduate in people.items()
    }


def _group(pairs: Iterable[tuple[int, Value]]) -> defaultdict[int, list[Value]]:
    grouped: defaultdict[int, list[Value]] = defaultdict(list)
    for pk, value in pairs:
        grouped[pk].append(value)
    return grouped


def _once(when: datetime | None) -> tuple[datetime, ...]:
    return () if when is None else (when,)


def _all_since(instants: Sequence[datetime | None]) -> datetime | None:
    """Since when it holds of every phone; None where one is free of it, or there is none."""
    since = [when for when in instants if when is not None]
    return max(since) if since and len(since) == len(instants) else None


def _newest(rows: "QuerySet[Any]", at: datetime) -> Subquery:
    """When the newest of a person's own rows was."""
    own = rows.filter(graduate=OuterRef("pk"), at__lte=at)
    return Subquery(own.order_by("-at").values("at")[:1])


# What a history is made of: one question each, in the order in which it is unpacked below.

_DUES = Prepared(
    lambda *, keys, at: Expectation.objects.filter(
        graduate__in=keys, opened_at__gte=at - HORIZON, opened_at__lte=at
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
)
_COMMITMENTS = Prepared(
    lambda *, keys, at: (
        Commitment.objects.filter(graduate__in=keys)
        .order_by("pk")
        .values_list(
            "graduate_id",
            "pk",
            "kind",
            "created_at",
            "ended_at",
            "repeats",
            "weekdays",
            "starts_on",
            "until_on",
            "meeting__active",
            "meeting__moved_at",
        )
    )
)
_READINGS = Prepared(
    lambda *, keys, at: Answer.objects.filter(
        check_in__graduate__in=keys,
        question__in=list(_SCALES),
        at__gte=at - READINGS_HORIZON,
        at__lte=at,
    ).values_list("check_in__graduate_id", "uid", "question", "content", "at")
)
_PHONES = Prepared(
    lambda *, keys, at: Contact.objects.filter(
        graduate__in=keys, since__lte=at, until__isnull=True, address__channel=Sender.Channel.SMS
    ).values_list("graduate_id", "address__opted_out_at", "address__unreachable_at")
)
_NEWEST = Prepared(
    lambda *, keys, at: Graduate.objects.filter(pk__in=keys).values_list(
        "pk",
        _newest(Reply.objects.exclude(kind__in=_NO_WORD), at),
        _newest(Outreach.objects.filter(outcome=Outreach.Outcome.REACHED), at),
        Subquery(
            Calibration.objects.filter(program=OuterRef("program"), at__lte=at)
            .order_by("-at", "-pk")
            .values("offset")[:1]
        ),
    )
)


def _dues(people: Mapping[int, Graduate], at: datetime) -> Pairs[Due]:
    rows = _DUES.ask(keys=people, at=at)
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
                told_by_staff=teller is not None and teller != people[pk].user_id,
                commitment=commitment,
            ),
        )


def _commitments(keys: Collection[int], at: datetime) -> Pairs[Support]:
    for (
        pk,
        key,
        kind,
        created_at,
        ended_at,
        repeats,
        weekdays,
        starts_on,
        until_on,
        is_held,
        moved_at,
    ) in _COMMITMENTS.ask(keys=keys, at=at):
        is_once = repeats == Commitment.Repeats.ONCE
        is_weekly = repeats == Commitment.Repeats.WEEKLY
        yield (
            pk,
            Support(
                key=key,
                kind=kind,
                created_at=created_at,
                ended_at=ended_at,
                weekday=weekdays[0] if is_weekly and len(weekdays) == 1 else None,
                last_on=starts_on if is_once else until_on,
                closed_at=moved_at if is_held is False else None,
            ),
        )


def is_harder_than_usual(*, graduate: Graduate, question: str, at: datetime) -> bool:
    """Whether the newest answer to a question (by code) lies outside the person's own limits."""
    series = [one for _, one in _readings([graduate.pk], at, code=question)]
    return is_outside_own_limits(series=sorted(series, key=attrgetter("at")))


def _readings(keys: Collection[int], at: datetime, *, code: str = "") -> Pairs[Reading]:
    """Every number given to a question with a scale, or only to one of them."""
    sealed = Answer._meta.get_field("content")
    for pk, uid, asked, content, when in _READINGS.ask(keys=keys, at=at):
        if code and asked != code:
            continue
        question, value = _SCALES[asked], sealed.open_of(uid=uid, sealed=content).get("value")
        if isinstance(value, int | float):
            yield (
                pk,
                Reading(
                    question=asked,
                    value=value,
                    burden=value if question.is_worse_high else -value,
                    span=(question.high or 0) - (question.low or 0),
                    at=when,
                ),
            )


def _phones(keys: Collection[int], at: datetime) -> Pairs[tuple[datetime | None, datetime | None]]:
    for pk, opted_out_at, unreachable_at in _PHONES.ask(keys=keys, at=at):
        yield pk, (opted_out_at, unreachable_at)
