"""One contract for both databases: whatever is asked, the answer is that of a plain filter in Python."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict

from aftercare.directory import moments, questions, search
from aftercare.directory.criteria import Criteria, parse
from aftercare.directory.words import Wanted, mark, with_marks
from aftercare.models import Closure, Meeting
from tests import plain_finder
from tests.feeds import AT, feed, imported, named, take

pytestmark = pytest.mark.django_db
ZONES = (
    "America/New_York",
    "America/Phoenix",
    "Europe/London",
    "Australia/Sydney",
    "Asia/Kathmandu",
)
WORDS = ("Café", "ferry", "Ferryman's", "porch", "Back", "LIGHT", "12", "twelve", "Ñandú", "x-ray")
TAGS = ("O", "C", "W", "M", "LGBTQ", "X", "S", "MED")
REGIONS: tuple[list[str], ...] = (
    ["PA", "Philadelphia"],
    ["PA", "Media"],
    ["NJ", "Camden"],
    ["東京"],
    [],
)
# A plain night, and hours around which clocks change there.
INSTANTS = (
    AT,
    datetime(2026, 1, 14, 3, 7, 31, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 7, 18, 23, 50, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
)


def meetings(random: Random, count: int) -> list[dict[str, Any]]:
    return [meeting(random, number) for number in range(count)]


def meeting(random: Random, number: int) -> dict[str, Any]:
    hour, minute = random.randrange(24), random.choice((0, 15, 30))
    lasts = random.choice((30, 60, 90, 360))
    end = (hour * 60 + minute + lasts) % 1440
    point = random.choice(((39.95, -75.16), (40.7, -74.0), (-33.87, 151.21)))
    return named(
        " ".join(random.sample(WORDS, 3)),
        slug=f"m-{number}",
        day=random.choice((0, 1, 2, 3, 4, 5, 6, None)),
        time=random.choice((f"{hour:02d}:{minute:02d}",) * 9 + (None,)),
        end_time=f"{end // 60:02d}:{end % 60:02d}",
        timezone=random.choice(ZONES),
        types=random.sample(TAGS, 2) + random.choice(([], [], [], [], ["TC"])),
        location=random.choice(WORDS),
        group=random.choice(WORDS),
        regions=random.choice(REGIONS),
        formatted_address=f"{number} Ring Road",
        latitude=round(point[0] + random.gauss(0, 0.3), 4),
        longitude=round(point[1] + random.gauss(0, 0.3), 4),
        conference_url=random.choice((None, None, "https://meet.example.org/j/1")),
    )


def asked(random: Random) -> str:
    """One to three parameters."""
    word = random.choice([*WORDS, "cafe", "nandu", "women", "spanish", "road", "road", "nobody"])
    choices = (
        f"q={word}",
        f"q={word} {random.choice(WORDS)}",
        f'q="{random.choice(WORDS)} {word}"',
        f'q="{random.choice(WORDS)} {word}" {random.choice(WORDS)}',
        f"q={word[:2]}&prefix=1",
        f"q={random.choice(WORDS)} {word[:1]}&prefix=1",
        f'q="ferry {word[:3]}"&prefix=1',
        f"day={random.randrange(7)}",
        f"day={random.randrange(7)}&day=today",
        f"day={random.choice(('today', 'tomorrow'))}",
        f"tag={random.choice(('open', 'women', 'lgbtq', 'language-es'))}",
        f"time={random.choice(('morning', 'midday', 'evening', 'night'))}",
        f"after={random.randrange(24):02d}:00",
        f"before={random.randrange(24):02d}:30",
        f"ends_by={random.randrange(24):02d}:15",
        f"attendance={random.choice(('in_person', 'online', 'hybrid'))}",
        "fellowship=aa", "fellowship=na&fellowship=aa",
        f"region={random.choice(('PA', 'media', 'NJ > Camden', 'PA > Camden'))}",
        f"near=39.95,-75.16&within={random.choice((5, 30, 200))}&sort={random.choice(('distance', 'next'))}",
        "now=1", "inactive=1", "sort=name", "",
    )  # fmt: skip
    return "&".join(random.sample(choices, random.choice((1, 1, 2, 3))))


def every_page(criteria: Criteria, at: datetime, per_page: int) -> list[str]:
    found: list[str] = []
    page = 1
    while True:
        one = search.find(criteria=_on(criteria, page, per_page), at=at)
        found += [row.slug for row in one.rows]
        if page * per_page >= one.count:
            assert one.count == len(found)
            return found
        page += 1


def _on(criteria: Criteria, page: int, per_page: int) -> Criteria:
    fields = {name: getattr(criteria, name) for name in Criteria.__slots__}
    return Criteria(**fields | {"page": page, "per_page": per_page})


def _make_irregular(random: Random) -> None:
    """Some meet in certain weeks only, and some are closed around the instants that are asked for."""
    everything = list(Meeting.objects.order_by("pk"))
    for meeting in random.sample(everything, 30):
        positions = random.sample((1, 2, 3, 4, 5, -1), random.choice((1, 1, 2)))
        meeting.weeks = moments.weeks_of(positions=positions)
        meeting.save(update_fields=["weeks"])
    for meeting in random.sample(everything, 20):
        day = random.choice(INSTANTS).date() + timedelta(days=random.randrange(-3, 9))
        closure = Closure.objects.create(
            meeting=meeting,
            first_on=day,
            last_on=day + timedelta(days=random.choice((0, 1, 20))),
            created_at=INSTANTS[0],
        )
        closure.meetings.add(meeting)


@pytest.mark.parametrize("few", [10_000, 3])
def test_find_answers_as_a_plain_filter_over_all_rows(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "_FEW_ROWS", few)  # from so many on, rows are read in order
    random = Random(19104)
    imported(*meetings(random, 160))
    imported(*meetings(random, 40), name="Other", fellowship="na")
    _make_irregular(random)
    rows = plain_finder.load()

    for number in range(100):
        query = asked(random)
        criteria = parse(query=QueryDict(query), zone=UTC)
        at = INSTANTS[number % len(INSTANTS)]
        wanted = plain_finder.answer(rows=rows, criteria=criteria, at=at)

        found = every_page(criteria, at, per_page=random.choice((7, 50, 200)))

        assert found == wanted, (query, at)


def test_index_of_words_follows_every_change_of_a_row() -> None:
    source = feed()
    take(source, named("Ferry"), named("Porch"))
    ferry, porch, light = (Wanted(clauses=[[word]]) for word in ("ferry", "porch", "light"))
    assert (ferry.count(), porch.count(), light.count()) == (1, 1, 0)

    take(source, named("Light", slug="ferry"), named("Porch"))
    assert (ferry.count(), porch.count(), light.count()) == (0, 1, 1)

    Meeting.objects.filter(name="Porch").delete()
    assert (ferry.count(), porch.count(), light.count()) == (0, 0, 1)


def test_index_of_words_forgets_all_when_a_table_is_emptied() -> None:
    imported(named("Ferry"))
    with connection.cursor() as cursor:
        cursor.execute(EMPTY[connection.vendor])

    assert Wanted(clauses=[["ferry"]]).count() == 0


EMPTY = {
    "sqlite": "DELETE FROM aftercare_meeting",
    "postgresql": "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE aftercare_meeting CASCADE",
}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("women", "_t-women"),
        ("language-es", "_t-language-es"),
        ("O'Neil \\ :", "_t-"),
        ("東京", "_t-"),
    ],
)
def test_mark_is_one_word_that_nobody_can_type(value: str, written: str) -> None:
    found = mark("t", value)

    assert found.startswith(written)
    assert found.replace("-", "").replace("_", "").isalnum()
    assert with_marks(" back porch ", marks=["_b", "_a"]) == " back porch | _a _b "
