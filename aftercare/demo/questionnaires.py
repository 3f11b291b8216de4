"""Questionnaires in the demo: sample words of our own, and how the made-up people answer them."""

import tomllib
from datetime import datetime
from pathlib import Path

from aftercare import questionnaires, screenings
from aftercare.demo import behaviour
from aftercare.demo.people import MadeUpGraduate
from aftercare.instruments import words
from aftercare.instruments.structure import Item, Structure, structures
from aftercare.models import Graduate, Screening
from aftercare.record import Actor

SOURCE = Path(__file__).with_name("questionnaires.toml")


def load(*, at: datetime) -> int:
    """Keep the sample words of every questionnaire that has some; returns how many there are."""
    found = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    for code, languages in found.items():
        structure = structures()[code]
        for language, text in languages.items():
            sample = words.from_lines(
                structure=structure,
                intro=text["intro"],
                items=text["items"],
                labels=text.get("labels", {}),
            )
            questionnaires.keep_sample(structure=structure, language=language, words=sample, at=at)
    return sum(len(languages) for languages in found.values())


def answer(*, person: MadeUpGraduate, graduate: Graduate, week: int, at: datetime) -> None:
    """Begin what is due, and answer all of it in one go; some people leave it for another day."""
    mood, roll = behaviour.mood(person=person, week=week), behaviour.dice(person, "forms", week)
    if graduate.user is None or roll.random() >= mood.replies * 0.7:
        return
    screenings.begin(graduate=graduate, language=person.language, at=at)
    actor = Actor(user=graduate.user, role="graduate")
    for row in Screening.objects.filter(graduate=graduate, begun_at=at).order_by("pk"):
        structure = structures()[row.instrument]
        values = _values(person, structure, week)
        screenings.answer(screening=row, values=values, actor=actor, at=at)


def _values(person: MadeUpGraduate, structure: Structure, week: int) -> dict[str, int]:
    heavy = behaviour.mood(person=person, week=week).rough / 10
    # Where more is better, a heavy week scores low.
    better = {item for scale in structure.scales if scale.better == "high" for item in scale.items}
    return {
        item.code: _value(
            person, structure, item, 1 - heavy if item.code in better else heavy, week
        )
        for item in structure.items
    }


def _value(
    person: MadeUpGraduate, structure: Structure, item: Item, share: float, week: int
) -> int:
    if item.danger_from is not None or item.asked_after or item.code in ("4", "6"):
        return item.scores[0]
    roll = behaviour.dice(person, "form", structure.code, item.code, week)
    place = min(max(roll.gauss(share, 0.12), 0), 1)
    if item.most_days is not None:
        return round(place * item.most_days)
    return item.scores[round(place * (len(item.scores) - 1))]
