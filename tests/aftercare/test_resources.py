"""The lines of a crisis: in every language, in order, and compared with their source in time."""

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from aftercare import resources


@pytest.mark.parametrize("language", resources.LANGUAGES)
def test_lines_come_in_order_with_words(language: str) -> None:
    lines = resources.lines(language=language)

    assert [line.key for line in lines] == ["988", "911", "samhsa"]
    assert all(line.name and line.about and line.source.startswith("https://") for line in lines)


def test_lines_of_both_languages_lead_to_the_same_numbers() -> None:
    english, spanish = (resources.lines(language=language) for language in resources.LANGUAGES)

    assert [(line.call, line.text) for line in english] == [
        (line.call, line.text) for line in spanish
    ]
    assert all(asdict(one) != asdict(other) for one, other in zip(english, spanish, strict=True))


def test_spanish_lines_say_tu_as_the_rest_of_the_house_does() -> None:
    words = " ".join(
        f"{line.name} {line.about} {line.hint}" for line in resources.lines(language="es")
    ).lower()

    assert re.findall(r"\b(usted|hable|llame|oprima|envíe|puede|le)\b(?! morir)", words) == []


def test_unknown_language_reads_english() -> None:
    assert resources.lines(language="tlh") == resources.lines(language="en")


def test_unknown_country_has_no_lines() -> None:
    assert resources.lines(language="en", country="XX") == ()


def test_line_is_stale_after_180_days() -> None:
    first = min(line.verified_on for line in resources.lines(language="en"))
    last_good = datetime(first.year, first.month, first.day, 9, tzinfo=UTC) + timedelta(days=180)

    assert resources.stale(at=last_good) == ()
    assert [line.key for line in resources.stale(at=last_good + timedelta(days=1))] == [
        line.key for line in resources.lines(language="en") if line.verified_on == first
    ]
