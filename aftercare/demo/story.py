"""Plays the demo: jumps from one due time to the next, three hours at most, and lets people act between."""

import heapq
import itertools
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Min

from aftercare import (
    checkins,
    consent_words,
    coverage,
    enrolment,
    jobs,
    phones,
    plan,
    preferences,
    programs,
    recurrence,
    replies,
    touches,
)
from aftercare.demo import behaviour, office
from aftercare.demo.behaviour import WEEKS
from aftercare.demo.people import PROGRAMS, STAFF, MadeUpGraduate, Manner
from aftercare.demo.people import graduates as made_up_graduates
from aftercare.demo.plans import drafts
from aftercare.directory.sample import import_sample
from aftercare.models import Answer, CheckIn, Commitment, Graduate, Reminder, Role
from aftercare.preferences import Cadence
from aftercare.questions import HABIT
from aftercare.record import Actor
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program, Sender
from notifications.transports import simulator

Deed = Callable[[datetime], None]

LONGEST_STEP = timedelta(hours=3)
# In so many weeks the programs invite those who graduated long ago and do well.
WAVES = 7
OFFICE_HOURS: tuple[list[list[str]], ...] = ([["09:00", "17:00"]],) * 5 + ([], [])
ASKING = (Kind.CHECK_IN, Kind.NUDGE, Kind.REPLY)
SHOWN = (Message.State.SENT, Message.State.DELIVERED)
# The newest unanswered texts stand in the demo as they would on a real morning.
LAST_WORDS = timedelta(hours=9)


class Story:
    """One playing of the demo's past, from `start` to `end`."""

    def __init__(
        self, *, start: datetime, end: datetime, cast: Sequence[MadeUpGraduate] | None = None
    ) -> None:
        self.start, self.end = start, end
        self.cast = made_up_graduates() if cast is None else cast
        self.queue: list[tuple[datetime, int, Deed]] = []
        self.order = itertools.count()
        self.roles: dict[int, Role] = {}
        self.people: dict[int, MadeUpGraduate] = {}
        self.by_uid: dict[uuid.UUID, Graduate] = {}
        self.actors: dict[int, Actor] = {}
        self.busy: set[int] = set()
        self.looked_at = start
        simulator.OUT_OF_SERVICE.clear()

    def at(self, when: datetime, deed: Deed) -> None:
        """Let somebody do something at an instant of the story."""
        if self.start <= when < self.end:
            heapq.heappush(self.queue, (when, next(self.order), deed))

    # Beginning

    def begin(self) -> None:
        """Programs, staff and the directory are there; graduates come one by one."""
        import_sample(at=self.start)
        made = [self._program(index) for index in range(len(PROGRAMS))]
        for index, staff in enumerate(STAFF):
            user = get_user_model().objects.create_user(
                email=staff.email, at=self.start, name=staff.name, language="en"
            )
            self.roles[index] = Role.objects.create(
                user=user, program=made[staff.program], kind=staff.role, since=self.start
            )
        for index, person in enumerate(self.cast):
            self._expect(index, person)
        for day in range(WEEKS * 7 + 1):
            self.at(self._office_opens(day), self._working_day)
        go_away = partial(office.go_away, self.roles[1], self.roles[0])
        self.at(self.end - office.AWAY_FOR, go_away)

    def _program(self, index: int) -> Program:
        story = PROGRAMS[index]
        draft = programs.ProgramDraft(
            name=story.name,
            alias=story.alias,
            time_zone=story.time_zone,
            phone=story.phone,
            staffed_hours=OFFICE_HOURS,
            crisis_texts=programs.default_crisis_texts(alias=story.alias, phone=story.phone),
        )
        program = programs.create(draft=draft, at=self.start)
        program.is_demo = True
        program.save(update_fields=["is_demo"])
        programs.set_number(program=program, number=story.number)
        return program

    def _office_opens(self, day: int) -> datetime:
        return self.start.replace(hour=14, minute=40, second=0) + timedelta(days=day)

    def _working_day(self, at: datetime) -> None:
        if at.weekday() < 5:
            roles = [role for role in self.roles.values() if role.kind == Role.Kind.COUNSELOR]
            away = coverage.covers_of(counselors=[role.pk for role in roles], at=at)
            office.working_day(
                people=self.people,
                actors=self.actors,
                counselors=[role.user for role in roles if role.pk not in away],
                at=at,
                end=self.end,
            )

    def _expect(self, index: int, person: MadeUpGraduate) -> None:
        """Who graduated in these weeks comes then; who came before is invited in waves."""
        weeks = WEEKS - person.weeks_since_graduation
        if weeks <= 0:
            weeks = index % WAVES if person.manner is Manner.STEADY else 0
        first = self.start.replace(hour=15, minute=0, second=0, microsecond=0) + timedelta(days=1)
        comes_at = first + timedelta(weeks=weeks, minutes=index * 4)
        self.at(comes_at, lambda at: self._enrol(person, at))

    # People come in

    def _enrol(self, person: MadeUpGraduate, at: datetime) -> None:
        counselor = self.roles[person.counselor]
        actor = Actor(user=counselor.user, role=counselor.kind)
        zone = PROGRAMS[person.program].time_zone
        newcomer = enrolment.Newcomer(
            first_name=person.first_name,
            last_name=person.last_name,
            phone=person.phone,
            email=person.email,
            tracks=person.tracks,
            graduated_on=(self.end - timedelta(weeks=person.weeks_since_graduation)).date(),
            language=person.language,
            time_zone=zone,
            weekly_hours=9,
        )
        first_plan = drafts(person=person, starts_on=at.date())
        graduate = self._welcome(person, counselor, actor, newcomer, first_plan, at)
        jobs.converse(at=at)
        self.people[graduate.pk], self.actors[graduate.pk] = person, actor
        self.by_uid[graduate.uid] = graduate
        for commitment in graduate.commitments.order_by("pk"):
            self._live(person, commitment)
        self._turns(person, graduate, at)

    def _welcome(
        self,
        person: MadeUpGraduate,
        counselor: Role,
        actor: Actor,
        newcomer: enrolment.Newcomer,
        first_plan: list[plan.CommitmentDraft],
        at: datetime,
    ) -> Graduate:
        shared: dict[str, Any] = {
            "program": counselor.program,
            "newcomer": newcomer,
            "counselor": counselor,
            "actor": actor,
            "at": at,
            "drafts": first_plan,
        }
        if not person.email:
            graduate = enrolment.add(**shared)
            words = self._consent_words(graduate)
            enrolment.enrol_by_text(
                graduate=graduate, words=words, scopes=list(Scope), actor=actor, at=at
            )
            self.at(at + timedelta(minutes=2), lambda now: self._text(graduate, "1", now))
            return graduate
        invited = enrolment.invite(**shared)
        enrolment.redeem(
            token=invited.token,
            account=lambda _: get_user_model().objects.create_user(email=person.email, at=at),
            at=at,
        )
        graduate = Graduate.objects.select_related("program").get(pk=invited.graduate.pk)
        contact = phones.contact_of(graduate=graduate)
        assert contact is not None  # noqa: S101 - every made-up person has a phone
        phones.send_code(contact=contact, at=at)
        self.at(at + timedelta(minutes=2), lambda now: self._agree(person, graduate, now))
        return graduate

    def _agree(self, person: MadeUpGraduate, graduate: Graduate, at: datetime) -> None:
        """Type in the code that the phone got, and agree to texts."""
        own = Actor(user=graduate.user, role="graduate")
        texted = Message.objects.filter(about=graduate.uid, kind=Kind.CODE, state__in=SHOWN).last()
        digits = re.search(r"\d{6}", texted.body) if texted else None
        contact = phones.contact_of(graduate=graduate)
        if contact is None or digits is None:
            return
        phones.confirm(contact=contact, digits=digits[0], actor=own, at=at)
        words = self._consent_words(graduate)
        enrolment.agree(graduate=graduate, scopes=list(Scope), words=words, actor=own, at=at)
        preferences.set_check_ins(
            graduate=graduate,
            cadence=_cadence(person),
            preferred_hour=None,
            asks_use=(
                "substance_use" in person.tracks and behaviour.dice(person, "use").random() < 0.6
            ),
            actor=own,
            at=at,
        )

    def _consent_words(self, graduate: Graduate) -> str:
        return consent_words.words(
            scopes=list(Scope), alias=graduate.program.alias, language=graduate.language
        )

    # People live

    def _week(self, at: datetime) -> int:
        return min(WEEKS - 1, (at - self.start).days // 7)

    def _live(self, person: MadeUpGraduate, commitment: Commitment) -> None:
        """Say of each date what became of it, an hour or two later."""
        for one in recurrence.occurrences(rule=commitment.rule, start=self.start, end=self.end):
            later = timedelta(minutes=behaviour.dice(person, one.recurrence_id).uniform(10, 150))
            self.at(
                one.ends_at + later, partial(self._report, person, commitment, one.recurrence_id)
            )

    def _report(
        self, person: MadeUpGraduate, commitment: Commitment, name: str, at: datetime
    ) -> None:
        said = behaviour.attends(
            person=person, week=self._week(at), about=f"{commitment.kind}{name}"
        )
        graduate = self.by_uid[commitment.graduate.uid]
        if not said or at < commitment.created_at + timedelta(hours=3):
            return
        is_reason = said not in ("kept", "missed")
        plan.answer(
            commitment=commitment,
            recurrence_id=name,
            outcome="excused" if is_reason else said,
            reason=said if is_reason else "",
            actor=Actor(user=graduate.user, role="graduate"),
            at=at,
        )

    def _turns(self, person: MadeUpGraduate, graduate: Graduate, at: datetime) -> None:
        """The turn a story takes."""
        eighth = self.start + timedelta(weeks=8, days=1, hours=2)
        if person.manner is Manner.OPTED_OUT:
            self.at(eighth, lambda now: self._text(graduate, behaviour.STOP, now))
        if person.manner is Manner.UNREACHABLE:
            self.at(eighth, lambda now: simulator.OUT_OF_SERVICE.add(person.phone))
        if person.manner is Manner.IN_CRISIS:
            self.at(
                self.end - LAST_WORDS,
                lambda now: self._text(graduate, behaviour.CRISIS, now),
            )
        for ago, words in behaviour.WISHES.get(person.first_name, ()):
            self.at(self.end - ago, partial(self._text, graduate, words))
        if person.first_name in behaviour.WEDDINGS:
            self.at(self.end - timedelta(days=2), partial(self._expect_wedding, graduate))
        if person.first_name in ("Wendy", "Sofia"):
            words = behaviour.CALL_ME[person.language]
            self.at(
                self.end - 2 * LAST_WORDS,
                lambda now: self._text(graduate, words, now),
            )

    def _expect_wedding(self, graduate: Graduate, at: datetime) -> None:
        """A hard day on the Saturday after the end of the story."""
        days = (5 - self.end.weekday()) % 7 or 7
        touches.expect_tough_day(
            graduate=graduate,
            on=(self.end + timedelta(days=days)).date(),
            note=behaviour.WEDDINGS[graduate.first_name],
            actor=Actor(user=graduate.user, role="graduate"),
            at=at,
        )

    # Texts

    def _text(self, graduate: Graduate, body: str, at: datetime) -> None:
        sender = Sender.objects.get(program=graduate.program, channel=Sender.Channel.SMS)
        replies.receive(
            to=sender.number,
            sender=self.people[graduate.pk].phone,
            body=body,
            provider_id=f"SM{uuid.uuid5(graduate.uid, f'{at.isoformat()}{body}').hex}",
            at=at,
        )
        jobs.converse(at=at)
        self._look_at_phones(at)

    def _look_at_phones(self, at: datetime) -> None:
        """Who got something that asks decides whether and when to answer."""
        new = Message.objects.filter(
            sent_at__gt=self.looked_at, kind__in=ASKING, state__in=SHOWN, about__isnull=False
        )
        self.looked_at = at
        for uid, kind, key in new.order_by("pk").values_list("about", "kind", "key"):
            graduate = self.by_uid.get(uid) if uid else None
            if graduate is None or graduate.pk in self.busy:
                continue
            person, week = self.people[graduate.pk], self._week(at)
            wait = (
                behaviour.further_delay(person=person, about=key)
                if kind == Kind.REPLY
                else behaviour.delay(person=person, week=week, about=key)
            )
            if wait is not None:
                self.busy.add(graduate.pk)
                self.at(at + wait, partial(self._answer, graduate, key))

    def _answer(self, graduate: Graduate, about: str, at: datetime) -> None:
        self.busy.discard(graduate.pk)
        asked = checkins.asked(graduate=graduate, at=at)
        if asked is None:
            return
        person, (check_in, question) = self.people[graduate.pk], asked
        is_first = check_in.first_answer_at is None
        if is_first and behaviour.answers_on_page(person=person, about=about):
            self._answer_on_page(person, check_in, at)
            return
        body = behaviour.reply(
            person=person, week=self._week(at), question=question.code, about=about
        )
        self._text(graduate, body, at)

    def _answer_on_page(self, person: MadeUpGraduate, check_in: CheckIn, at: datetime) -> None:
        week, about = self._week(at), check_in.opens_at
        checkins.answer_all(
            check_in=check_in,
            values={
                code: "no"
                if code == HABIT.code
                else behaviour.number(person=person, week=week, question=code, about=about)
                for code in check_in.questions
            },
            door=Answer.Door.WEB,
            actor=Actor(user=check_in.graduate.user, role="graduate"),
            at=at,
        )

    # Time

    def play(self) -> Iterator[int]:
        """Run to the end; yields the number of each week that has passed."""
        now, week = self.start, 0
        while now < self.end:
            now = self._next_stop(now)
            while self.queue and self.queue[0][0] <= now:
                when, _, deed = heapq.heappop(self.queue)
                deed(when)
            jobs.tick(at=now)
            self._look_at_phones(now)
            passed = (now - self.start).days // 7
            if passed > week:
                week = passed
                yield week

    def _next_stop(self, now: datetime) -> datetime:
        """The next due time of anybody, rounded up to five minutes; three hours away at most."""
        due: list[datetime | None] = [
            Reminder.objects.filter(state=Reminder.State.PLANNED).aggregate(m=Min("due_at"))["m"],
            CheckIn.objects.filter(state=CheckIn.State.PLANNED).aggregate(m=Min("opens_at"))["m"],
            Message.objects.filter(next_at__isnull=False).aggregate(m=Min("next_at"))["m"],
        ]
        ahead = [_rounded(when) for when in due if when is not None and when > now]
        return min([now + LONGEST_STEP, self.end, *ahead])


def _cadence(person: MadeUpGraduate) -> Cadence:
    """Who has done well for long is asked less often."""
    if person.manner is not Manner.STEADY:
        return Cadence.USUAL
    return Cadence.LEAST if person.weeks_since_graduation > WEEKS else Cadence.LESS


def _rounded(when: datetime) -> datetime:
    over = timedelta(minutes=when.minute % 5, seconds=when.second, microseconds=when.microsecond)
    return when - over + timedelta(minutes=5) if over else when
