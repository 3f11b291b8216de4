"""The answers of check-ins as staff read them: the question in a few words, what was said, how heavy."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aftercare import questions
from aftercare.answers import says_more
from aftercare.models import Answer, CheckIn
from aftercare.questions import Tone

HEAVY = (Tone.HEAVY, Tone.SETBACK)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One answer; `words` are those of its text where they say more than the answer."""

    topic: str
    said: str
    is_heavy: bool
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One check-in with what was answered, in the order of its questions."""

    uid: uuid.UUID
    opened_at: datetime
    answered_at: datetime | None
    read_at: datetime | None
    lines: tuple[Line, ...]
    is_partial: bool

    @property
    def is_heavy(self) -> bool:
        """Whether something in it asks for a closer look."""
        return any(line.is_heavy for line in self.lines)


def of(*, check_ins: Iterable[CheckIn], but_by_text: bool = False) -> dict[int, Sheet]:
    """The sheet of each check-in by primary key; one query for all of them.

    With `but_by_text` what was answered by text is left out, for it stands elsewhere.
    """
    asked = {check_in.pk: check_in for check_in in check_ins}
    answers: defaultdict[int, dict[str, Answer]] = defaultdict(dict)
    rows = Answer.objects.filter(check_in__in=list(asked)).select_related("inbound")
    if but_by_text:
        rows = rows.exclude(door=Answer.Door.TEXT)
    for answer in rows:
        answers[answer.check_in_id][answer.question] = answer
    return {pk: _sheet(check_in, answers[pk]) for pk, check_in in asked.items()}


def _sheet(check_in: CheckIn, answers: dict[str, Answer]) -> Sheet:
    codes = [code for code in check_in.questions if code in answers]
    return Sheet(
        uid=check_in.uid,
        opened_at=check_in.opens_at,
        answered_at=check_in.finished_at or check_in.first_answer_at,
        read_at=check_in.read_at,
        lines=tuple(_line(answers[code]) for code in codes),
        is_partial=len(codes) < len(check_in.questions),
    )


def _line(answer: Answer) -> Line:
    code, value = answer.question, answer.content["value"]
    # A number that was changed on a page does not stand beside the words it came in.
    is_by_text = answer.door == Answer.Door.TEXT
    words = answer.inbound.body if answer.inbound and is_by_text else ""
    return Line(
        topic=str(questions.BY_CODE[code].topic),
        said=questions.said(code=code, value=value),
        is_heavy=questions.tone(code=code, value=value) in HEAVY,
        words=words if says_more(words) else "",
    )
