"""How an answer is met: with gladness, evenly, or with an offer, in the light of what this person usually says."""

from datetime import datetime

from aftercare import questions
from aftercare.engagement import histories
from aftercare.models import CheckIn, Graduate
from aftercare.questions import Tone, Value

# What is met with an offer.
OFFERED = (Tone.HEAVY, Tone.SETBACK)


def of(*, graduate: Graduate, code: str, value: Value, at: datetime) -> Tone:
    """The tone for an answer that is on record; well above the person's own usual is heavy, too."""
    tone = questions.tone(code=code, value=value)
    if tone is not Tone.EVEN:
        return tone
    is_harder = histories.is_harder_than_usual(graduate=graduate, question=code, at=at)
    return Tone.HEAVY if is_harder else tone


def in_turn(*, check_in: CheckIn, code: str, value: Value, at: datetime) -> Tone:
    """The same within a sitting: an offer is made once, and heard the second time."""
    tone = of(graduate=check_in.graduate, code=code, value=value, at=at)
    if tone is not Tone.HEAVY:
        return tone
    before = check_in.answers.exclude(question=code)
    is_offered = any(
        questions.tone(code=row.question, value=row.content["value"]) in OFFERED for row in before
    )
    return Tone.AGAIN if is_offered else tone


def wants_offer(*, check_in: CheckIn, at: datetime) -> bool:
    """Whether any answer of a check-in is one that is met with an offer."""
    graduate = check_in.graduate
    return any(
        of(graduate=graduate, code=row.question, value=row.content["value"], at=at) in OFFERED
        for row in check_in.answers.order_by("pk")
    )
