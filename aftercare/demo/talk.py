"""What the made-up people write: unasked, and in answer to what their phones show."""

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from aftercare import checkins, jobs, replies
from aftercare.demo import behaviour
from aftercare.demo.people import MadeUpGraduate
from aftercare.models import Answer, CheckIn, Graduate
from aftercare.questions import HABIT
from aftercare.record import Actor
from notifications.kinds import Kind
from notifications.models import Message, Sender

Deed = Callable[[datetime], None]

ASKING = (Kind.CHECK_IN, Kind.NUDGE, Kind.REPLY)
SHOWN = (Message.State.SENT, Message.State.DELIVERED)


@dataclass(kw_only=True)
class Talk:
    """The phones of a story; `later` lets somebody act at an instant, `week` counts its weeks."""

    later: Callable[[datetime, Deed], None]
    week: Callable[[datetime], int]
    looked_at: datetime
    people: dict[int, MadeUpGraduate] = field(default_factory=dict)
    by_uid: dict[uuid.UUID, Graduate] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    heard: Counter[tuple[int, str]] = field(default_factory=Counter)

    def write(self, graduate: Graduate, body: str, at: datetime) -> None:
        """Somebody writes in the conversation on the web."""
        replies.write(graduate=graduate, body=body, key=str(graduate.uid), at=at)

    def text(self, graduate: Graduate, body: str, at: datetime) -> None:
        """Somebody sends a text, which is read at once."""
        sender = Sender.objects.get(program=graduate.program, channel=Sender.Channel.SMS)
        replies.receive(
            to=sender.number,
            sender=self.people[graduate.pk].phone,
            body=body,
            provider_id=f"SM{uuid.uuid5(graduate.uid, f'{at.isoformat()}{body}').hex}",
            at=at,
        )
        jobs.converse(at=at)
        self.look(at)

    def look(self, at: datetime) -> None:
        """Who got something that asks decides whether and when to answer."""
        new = Message.objects.filter(
            sent_at__gt=self.looked_at, kind__in=ASKING, state__in=SHOWN, about__isnull=False
        )
        self.looked_at = at
        for uid, kind in new.order_by("pk").values_list("about", "kind"):
            graduate = self.by_uid.get(uid) if uid else None
            if graduate is None or graduate.pk in self.busy:
                continue
            person, week = self.people[graduate.pk], self.week(at)
            # The how many-th it is: so the story is the same on whatever day it is told.
            number = self.heard[graduate.pk, kind] = self.heard[graduate.pk, kind] + 1
            about = f"{kind} {number}"
            wait = (
                behaviour.further_delay(person=person, about=about)
                if kind == Kind.REPLY
                else behaviour.delay(person=person, week=week, about=kind, number=number)
            )
            if wait is not None:
                self.busy.add(graduate.pk)
                self.later(at + wait, partial(self._answer, graduate, about))

    def _answer(self, graduate: Graduate, about: str, at: datetime) -> None:
        self.busy.discard(graduate.pk)
        asked = checkins.asked(graduate=graduate, at=at)
        if asked is None:
            return
        person, check_in, question = self.people[graduate.pk], asked.check_in, asked.question
        is_first = check_in.first_answer_at is None
        if is_first and behaviour.answers_on_page(person=person, about=about):
            self._answer_on_page(person, check_in, about, at)
            return
        body = behaviour.reply(
            person=person, week=self.week(at), question=question.code, about=about
        )
        self.text(graduate, body, at)

    def _answer_on_page(
        self, person: MadeUpGraduate, check_in: CheckIn, about: str, at: datetime
    ) -> None:
        week = self.week(at)
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
