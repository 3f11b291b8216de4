"""Plays the demo: jumps from one due time to the next, three hours at most, and lets people act between.

The last hour goes by quarters: what stands open in the demo is minutes old, as it would be.
"""

import heapq
import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Min

from aftercare import (
    consent_words,
    coverage,
    enrolment,
    jobs,
    phones,
    plan,
    preferences,
    programs,
    recurrence,
    touches,
)
from aftercare.demo import behaviour, circle, office, outings, questionnaires
from aftercare.demo.behaviour import WEEKS
from aftercare.demo.people import PROGRAMS, STAFF, MadeUpGraduate, Manner
from aftercare.demo.people import graduates as made_up_graduates
from aftercare.demo.plans import drafts
from aftercare.demo.talk import SHOWN, Deed, Talk
from aftercare.directory.sample import import_sample
from aftercare.models import CheckIn, Commitment, Graduate, Reminder, Role
from aftercare.preferences import Cadence
from aftercare.record import Actor
from notifications.kinds import Kind, Scope
from notifications.models import Message, Program
from notifications.transports import simulator

LONGEST_STEP = timedelta(hours=3)
QUARTER, LAST_HOUR = timedelta(minutes=15), timedelta(hours=1)
# In so many weeks the programs invite those who graduated long ago and do well.
WAVES = 7
OFFICE_HOURS: tuple[list[list[str]], ...] = ([["09:00", "17:00"]],) * 5 + ([], [])
# The newest unanswered texts stand in the demo as they would on a real morning.
LAST_WORDS = timedelta(hours=9)
# Somebody is in danger, was silent when asked, and nobody has answered the page yet.
CRY = timedelta(minutes=30)


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
        self.actors: dict[int, Actor] = {}
        self.talk = Talk(later=self.at, week=self._week, looked_at=start)
        simulator.OUT_OF_SERVICE.clear()

    def at(self, when: datetime, deed: Deed) -> None:
        """Let somebody do something at an instant of the story."""
        if self.start <= when < self.end:
            heapq.heappush(self.queue, (when, next(self.order), deed))

    # Beginning

    def begin(self) -> None:
        """Programs, staff and the directory are there; graduates come one by one."""
        import_sample(at=self.start)
        questionnaires.load(at=self.start)
        made = [self._program(index) for index in range(len(PROGRAMS))]
        for index, staff in enumerate(STAFF):
            user = get_user_model().objects.create_user(
                email=staff.email, at=self.start, name=staff.name, language="en"
            )
            self.roles[index] = Role.objects.create(
                user=user,
                program=made[staff.program],
                kind=staff.role,
                since=self.start,
                # A mail for each morning that is over would be read by nobody.
                wants_digest=False,
            )
        office.stand_by(roles=list(self.roles.values()), at=self.start)
        for index, person in enumerate(self.cast):
            self._expect(index, person)
        self.at(self.end - timedelta(hours=20), self._go_out)
        self.at(self.end - timedelta(hours=26), self._let_see)
        for day in range(WEEKS * 7 + 1):
            self.at(self._office_opens(day), self._working_day)
        go_away = partial(office.go_away, self.roles[1], self.roles[0])
        self.at(self.end - office.AWAY_FOR, go_away)

    def finish(self) -> None:
        """From now on staff are there for what comes."""
        Role.objects.filter(pk__in=[role.pk for role in self.roles.values()]).update(
            wants_digest=True
        )

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

    def _go_out(self, at: datetime) -> None:
        outings.last_week(people=self.talk.people, staff=self.roles[0], at=at)

    def _let_see(self, at: datetime) -> None:
        circle.last_weeks(
            people=self.talk.people, counselor=self.roles[0], colleague=self.roles[1], at=at
        )

    def _working_day(self, at: datetime) -> None:
        if at.weekday() < 5:
            roles = [role for role in self.roles.values() if role.kind == Role.Kind.COUNSELOR]
            away = coverage.covers_of(counselors=[role.pk for role in roles], at=at)
            office.working_day(
                people=self.talk.people,
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
        office.ask_card(person=person, graduate=graduate, actor=actor, at=at)
        jobs.converse(at=at)
        self.talk.people[graduate.pk], self.actors[graduate.pk] = person, actor
        self.talk.by_uid[graduate.uid] = graduate
        for commitment in graduate.commitments.order_by("pk"):
            self._live(person, commitment)
        for weeks in range(1, WEEKS, 5):
            self.at(at + timedelta(weeks=weeks, hours=5), partial(self._look_back, graduate))
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
            self.at(at + timedelta(minutes=2), lambda now: self.talk.text(graduate, "1", now))
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
        dates = recurrence.occurrences(rule=commitment.rule, start=self.start, end=self.end)
        for number, one in enumerate(dates):
            roll = behaviour.dice(person, commitment.kind, number)
            later = timedelta(minutes=roll.uniform(10, 150))
            said = partial(self._report, person, commitment, one.recurrence_id, number)
            self.at(one.ends_at + later, said)

    def _report(
        self, person: MadeUpGraduate, commitment: Commitment, name: str, number: int, at: datetime
    ) -> None:
        week, about = self._week(at), f"{commitment.kind} {commitment.start_time}"
        said = behaviour.attends(person=person, week=week, about=about, number=number)
        graduate = self.talk.by_uid[commitment.graduate.uid]
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

    def _look_back(self, graduate: Graduate, at: datetime) -> None:
        """Whoever has a log-in answers the longer questions there."""
        person = self.talk.people[graduate.pk]
        questionnaires.answer(person=person, graduate=graduate, week=self._week(at), at=at)

    def _turns(self, person: MadeUpGraduate, graduate: Graduate, at: datetime) -> None:
        """The turn a story takes."""
        eighth = self.start + timedelta(weeks=8, days=1, hours=2)
        if person.manner is Manner.OPTED_OUT:
            self.at(eighth, lambda now: self.talk.text(graduate, behaviour.STOP, now))
        if person.manner is Manner.UNREACHABLE:
            self.at(eighth, lambda now: simulator.OUT_OF_SERVICE.add(person.phone))
        if person.manner is Manner.IN_CRISIS:
            self.at(
                self.end - CRY,
                lambda now: self.talk.text(graduate, behaviour.CRISIS, now),
            )
        for ago, words in behaviour.WISHES.get(person.first_name, ()):
            self.at(self.end - ago, partial(self.talk.text, graduate, words))
        if person.first_name in behaviour.WEDDINGS:
            self.at(self.end - timedelta(days=2), partial(self._expect_wedding, graduate))
        if person.email and behaviour.dice(person, "page note").random() < 0.1:
            self.at(
                self.end - 3 * LAST_WORDS,
                lambda now: self.talk.write(graduate, behaviour.note(person=person), now),
            )
        if person.first_name in ("Wendy", "Sofia"):
            words = behaviour.CALL_ME[person.language]
            self.at(
                self.end - 2 * LAST_WORDS,
                lambda now: self.talk.text(graduate, words, now),
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

    # Time

    def play(self) -> Iterator[int]:
        """Run to the end; yields the number of each week that has passed."""
        now, week = self.start, 0
        while now < self.end:
            now = self._next_stop(now)
            while self.queue and self.queue[0][0] <= now:
                when, _, deed = heapq.heappop(self.queue)
                deed(when)
            jobs.run(at=now)
            self.talk.look(now)
            passed = (now - self.start).days // 7
            if passed > week:
                week = passed
                yield week

    def _next_stop(self, now: datetime) -> datetime:
        """The next due time of anybody, rounded up to a quarter of an hour; not too far away."""
        due: list[datetime | None] = [
            Reminder.objects.filter(state=Reminder.State.PLANNED).aggregate(m=Min("due_at"))["m"],
            CheckIn.objects.filter(state=CheckIn.State.PLANNED).aggregate(m=Min("opens_at"))["m"],
            Message.objects.filter(next_at__isnull=False).aggregate(m=Min("next_at"))["m"],
        ]
        ahead = [_rounded(when) for when in due if when is not None and when > now]
        last_hour = self.end - LAST_HOUR
        farthest = min(now + LONGEST_STEP, last_hour) if now < last_hour else now + QUARTER
        return min([farthest, self.end, *ahead])


def _cadence(person: MadeUpGraduate) -> Cadence:
    """Who has done well for long is asked less often."""
    if person.manner is not Manner.STEADY:
        return Cadence.USUAL
    return Cadence.LEAST if person.weeks_since_graduation > WEEKS else Cadence.LESS


def _rounded(when: datetime) -> datetime:
    over = timedelta(minutes=when.minute % 15, seconds=when.second, microseconds=when.microsecond)
    return when - over + QUARTER if over else when
