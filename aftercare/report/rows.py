"""What the tables know of the graduates of a program, gathered for the report in a constant number of queries."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Aggregate,
    BigIntegerField,
    BooleanField,
    ExpressionWrapper,
    F,
    Func,
    Max,
    Min,
    Q,
    QuerySet,
    TextField,
    Value,
    Window,
)
from django.db.models.functions import Cast, Coalesce

from aftercare.cadence import staffed_spans, working_day_later
from aftercare.models import (
    Alarm,
    CheckIn,
    Contact,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
    Screening,
    Visit,
)
from aftercare.recurrence import localize
from aftercare.report import lives
from aftercare.report.lives import FOLLOW_UPS, Life, Silence
from notifications.kinds import Kind
from notifications.models import Message, Program, Sender

Outcome, Signal = Expectation.Outcome, DisengagementSignal
# What the two signals of silence are about; the others are of people who are heard from.
SILENCES = (Signal.Kind.SILENT, Signal.Kind.MISSED_CHECK_INS)
TALKS = (Outreach.Outcome.REACHED, Outreach.Outcome.REFERRED)
# Texts that are no sign of life: STOP, what staff write, and answers, which stand with what was asked.
_NO_SIGN = (Reply.Kind.OPT_OUT, Reply.Kind.STAFF, Reply.Kind.ANSWER, Reply.Kind.UNKNOWN_NUMBER)
# The answer to danger rides in the webhook's own response, under a key made of the text's.
DANGER_KEY = "danger:"
OPEN = "open"
_DAY = timedelta(days=1)
# No working day passes sooner, even where the clock is put forward.
_SOON = 23 * 3600
# The office opens again within a fortnight, or never.
_AHEAD = 16


class Seconds(Func):
    """An instant as whole seconds since 1970, which either database works out faster than Python reads one."""

    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Both databases return an int; Django would look at each one again."""
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite keeps instants as text in UTC."""
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL keeps them to the microsecond."""
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        return super().as_sql(compiler, connection, template=template, **extra)


class Listed(Aggregate):
    """Whole numbers of a group as one text: a row for each of half a million takes longer to read than to find."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def __init__(self, number: Any, **extra: Any) -> None:
        super().__init__(Cast(number, TextField()), Value(","), **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL has another name for it."""
        return super().as_sql(compiler, connection, function="STRING_AGG", **extra)


def _numbers(listed: str | None) -> list[int]:
    return [int(one) for one in listed.split(",")] if listed else []


def read(*, program: Program, start: datetime, at: datetime) -> list[Life]:
    """Everybody of a program, oldest account first, with what the figures of the period from `start` to `at` need."""
    gathering = _Gathering(program, start, at)
    gathering.expectations()
    gathering.signs()
    gathering.talks()
    gathering.signals()
    gathering.reading()
    gathering.phones()
    gathering.alarms()
    gathering.danger()
    gathering.scores()
    for life in gathering.known.values():
        lives.tidy(life=life, at=gathering.now)
    return list(gathering.known.values())


def deadlines(*, program: Program, start: datetime, at: datetime) -> Callable[[int], int]:
    """By when an answer that came between two instants is to be read (seconds, as what is asked).

    It is cadence.working_day_later, worked out once for each opening of the office.
    """
    hours, zone = program.staffed_hours, ZoneInfo(program.time_zone)
    first = start.astimezone(zone).date()
    opens, closes, later = [], [], []
    for number in range((at - start).days + _AHEAD):
        for begin, end in staffed_spans(day=first + number * _DAY, hours=hours, zone=zone):
            by = working_day_later(at=begin, hours=hours, zone=zone)
            opens.append(int(begin.timestamp()))
            closes.append(int(end.timestamp()))
            later.append(int((by - begin).total_seconds()))

    def deadline(came: int) -> int:
        place = bisect_right(closes, came)
        if place == len(opens):
            return came + lives.DAY
        return max(came, opens[place]) + later[place]

    return deadline


class _Gathering:
    """The graduates by primary key, filled table by table."""

    def __init__(self, program: Program, start: datetime, at: datetime) -> None:
        self.program, self.start, self.at = program, start, at
        self.now = int(at.timestamp())
        self.zone = ZoneInfo(program.time_zone)
        self.midnight: Callable[[date], int] = cache(self._midnight)
        self.users: dict[int, int | None] = {}
        self.known: dict[int, Life] = {}
        rows = Graduate.objects.filter(program=program, created_at__lte=at).order_by("pk")
        wanted = ("user_id", "status", "tracks", "graduated_on", "created_at", "joined_at")
        for pk, user, *facts in rows.values_list("pk", *wanted):
            self.users[pk] = user
            self.known[pk] = self._life(*facts)

    def _midnight(self, day: date) -> int:
        return int(localize(wall=datetime.combine(day, time()), zone=self.zone).timestamp())

    def _life(
        self, status: str, tracks: list[str], on: date, known: datetime, joined: datetime | None
    ) -> Life:
        graduated = self.midnight(on)
        days = {count: self.midnight(on + (count + 1) * _DAY) for count in (0, *FOLLOW_UPS)}
        return Life(
            status=status,
            tracks=tuple(tracks),
            cohort=f"{on.year}-Q{(on.month + 2) // 3}",
            known=int(known.timestamp()),
            graduated=graduated,
            days=days,
            began=max(graduated, int(joined.timestamp())) if joined else None,
        )

    def _of(self, rows: "Iterable[tuple[Any, ...]]") -> Iterator[tuple[Any, ...]]:
        """Each row with its life in the place of the graduate's key; what is of nobody known is left out."""
        known = self.known
        for pk, *facts in rows:
            if pk in known:
                yield (known[pk], *facts)

    def expectations(self) -> None:
        """Whatever was due from somebody and came, was excused, or was missed, since the beginning."""
        came, missed = Q(outcome__in=Expectation.CAME), Q(outcome=Outcome.MISSED)
        # What staff noted about a date is no sign of the person.
        own = Q(answered_by__isnull=True) | Q(answered_by=F("graduate__user"))
        is_sign = came | (Q(answered_at__isnull=False) & own)
        due, moment = Seconds("due_at"), Seconds(Coalesce("answered_at", "due_at"))
        asked = Q(kind=Expectation.Kind.CHECK_IN, due_at__gt=self.start)
        rows = (
            Expectation.objects.filter(
                came | missed | Q(outcome=Outcome.EXCUSED),
                graduate__program=self.program,
                due_at__lte=self.at,
            )
            .order_by()
            .values_list("graduate_id")
        )
        found = rows.annotate(
            signs=Listed(moment, filter=is_sign),
            misses=Listed(due, filter=missed & ~is_sign),
            kept=Listed(due, filter=came & Q(kind=Expectation.Kind.OCCURRENCE)),
            unanswered=Listed(due, filter=asked & missed),
            answered=Listed(due, filter=asked & came),
            waits=Listed(moment - Seconds("opened_at"), filter=asked & came),
        )
        for life, *listed in self._of(found.iterator()):
            numbers = [_numbers(one) for one in listed]
            life.signs, life.misses, life.kept, life.unanswered, life.answered, life.waits = numbers

    def signs(self) -> None:
        """What else came from people: texts, visits, questionnaires."""
        of = Q(graduate__program=self.program)
        texts = Reply.objects.filter(of, at__lte=self.at).exclude(kind__in=_NO_SIGN)
        visits = Visit.objects.filter(of, ends_at__lte=self.at)
        forms = Screening.objects.filter(of, finished_at__lte=self.at)
        for rows, moment in ((texts, "at"), (visits, "ends_at"), (forms, "finished_at")):
            found: Any = rows.values_list("graduate_id", Seconds(moment))
            for life, at in self._of(found.iterator()):
                life.signs.append(at)
                if rows is visits:
                    life.kept.append(at)

    def talks(self) -> None:
        """Contacts that staff noted: a talk is a sign of life, too."""
        rows = Outreach.objects.filter(graduate__program=self.program, at__lte=self.at)
        start = int(self.start.timestamp())
        for life, outcome, at in self._of(
            rows.values_list("graduate_id", "outcome", Seconds("at"))
        ):
            if outcome in TALKS:
                life.talks.append(at)
                life.signs.append(at)
            if at > start:
                life.contacts.append(outcome)

    def signals(self) -> None:
        """Signals that are open, and those that opened in the period: silences, and what became of each."""
        standing = Signal.objects.filter(graduate__program=self.program).exclude(
            state=Signal.State.CLOSED
        )
        for life, kind in self._of(standing.values_list("graduate_id", "kind")):
            life.signals.append(kind)
        rows = Signal.objects.filter(
            graduate__program=self.program, opened_at__gt=self.start, opened_at__lte=self.at
        )
        newest: dict[int, str] = {}
        notes = Outreach.objects.filter(signals__in=rows).order_by("at", "pk")
        newest.update(notes.values_list("signals", "outcome"))
        found = rows.values_list(
            "graduate_id", "pk", "kind", "outcome", Seconds("opened_at"), Seconds("closed_at")
        )
        for life, pk, kind, outcome, opened, closed in self._of(found):
            if kind in SILENCES:
                life.silences.append(Silence(began=opened, ended=closed))
            life.alerts.append(outcome or newest.get(pk, OPEN))

    def reading(self) -> None:
        """Answers to check-ins, questionnaires and texts that came in the period, and when they were read."""
        of = Q(graduate__program=self.program)
        answered = CheckIn.objects.filter(of).annotate(
            came_at=Coalesce("finished_at", "first_answer_at")
        )
        forms = Screening.objects.filter(of).annotate(came_at=F("finished_at"))
        texts = Reply.objects.filter(of, needs_person=True).annotate(came_at=F("at"))
        within = deadlines(program=self.program, start=self.start, at=self.at)
        sources: tuple[QuerySet[Any], ...] = (answered, forms, texts)
        for rows in sources:
            found = rows.filter(came_at__gt=self.start, came_at__lte=self.at).values_list(
                "graduate_id", Seconds("came_at"), Seconds("read_at")
            )
            for life, came, seen in self._of(found.iterator()):
                if seen is not None and (seen - came <= _SOON or seen <= within(came)):
                    life.read.append(True)
                elif within(came) <= self.now:
                    life.read.append(False)

    def phones(self) -> None:
        """The phones by which people are reached, today."""
        rows = Contact.objects.filter(
            graduate__program=self.program,
            graduate__status__in=Graduate.REACHED,
            until__isnull=True,
            address__channel=Sender.Channel.SMS,
        ).values_list("graduate_id", "address__opted_out_at", "address__unreachable_at")
        for life, stopped, dead in self._of(rows):
            lately = stopped is not None and stopped > self.start
            life.phones.append((stopped is not None, lately, dead is not None))

    def alarms(self) -> None:
        """How long danger, and a wish for a call, waited for somebody to take it."""
        rows = Alarm.objects.filter(
            graduate__program=self.program, opened_at__gt=self.start, opened_at__lte=self.at
        ).annotate(
            taken=Seconds(Coalesce("acknowledged_at", "closed_at")), opened=Seconds("opened_at")
        )
        for life, cause, opened, taken in self._of(
            rows.values_list("graduate_id", "cause", "opened", "taken")
        ):
            of = life.taken_danger if cause == Alarm.Cause.DANGER else life.taken_support
            of.append((taken - opened, True) if taken else (self.now - opened, False))

    def danger(self) -> None:
        """How long a text that may mean danger waited for its answer."""
        sent = Message.objects.filter(
            program=self.program,
            kind=Kind.CRISIS,
            key__startswith=DANGER_KEY,
            queued_at__gt=self.start,
        )
        answers = {
            int(key.removeprefix(DANGER_KEY)): sent_at
            for key, sent_at in sent.values_list("key", Seconds("sent_at"))
        }
        texts = Reply.objects.filter(
            graduate__program=self.program, crisis=True, at__gt=self.start, at__lte=self.at
        ).values_list(
            "graduate_id",
            "inbound_id",
            Seconds("inbound__received_at"),
            Seconds("at"),
            ExpressionWrapper(Q(inbound__answer__isnull=False), output_field=BooleanField()),
        )
        for life, inbound, came, read, is_answered in self._of(texts):
            answered = answers.get(inbound) or (read if is_answered else None)
            waited = (self.now if answered is None else answered) - came
            life.answered_danger.append((max(0, waited), answered is not None))

    def scores(self) -> None:
        """The first and the newest time somebody finished a questionnaire; nothing else is opened."""
        each = [F("graduate_id"), F("instrument")]
        ends = (
            Screening.objects.filter(graduate__program=self.program, finished_at__lte=self.at)
            .annotate(
                first=Window(Min("begun_on"), partition_by=each),
                newest=Window(Max("begun_on"), partition_by=each),
            )
            .filter(Q(begun_on=F("first")) | Q(begun_on=F("newest")), newest__gt=F("first"))
            .only("uid", "graduate_id", "instrument", "begun_on", "scores")
            .order_by("begun_on")
        )
        for row in ends:
            if row.graduate_id in self.known:
                scores = self.known[row.graduate_id].scores
                for scale, value in (row.scores or {}).items():
                    first, _ = scores.get((row.instrument, scale), (value, value))
                    scores[row.instrument, scale] = (first, value)
