from datetime import UTC, date, datetime, time
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import translation

from aftercare import questions, wording, writing
from aftercare.questions import Tone
from aftercare.recurrence import Repeats, Rule
from notifications.text import segments

FOLDER = Path(settings.BASE_DIR) / "templates" / "messages"
LANGUAGES = [code for code, _ in settings.LANGUAGES]
NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
ALIAS, NAME, PHONE = "Harbor Light", "Guadalupe", "(215) 555-0142"
CLOCK = "12:30 PM EDT"
LINK = "https://portal.example.org/safety/"
NOTE_LINK = "https://portal.example.org/safety-note/"

ASKED = [question for question in questions.BY_CODE.values() if question.code != "okay"]
OPENING = [questions.BY_CODE[code] for code in ("rough", "mood", "eating", "edge")]
FOLLOWING = [question for question in ASKED if question.code not in ("rough", "mood")]
TONES = [tone for tone in Tone if tone != Tone.SETBACK]  # after a setback nothing more is asked

AWAY: list[dict[str, object]] = [{}, {"cover": "Bernadette", "back_day": "Wednesday"}]
WEEKDAYS = ("Wednesday",)
FAR_DAY = "Wednesday, September 30"
# The longest facts each text may have to carry.
FACTS: dict[str, list[dict[str, object]]] = {
    "agree": [{"alias": ALIAS, "is_shared": is_shared} for is_shared in (False, True)],
    "checkin_again": [{"again": question.again} for question in questions.BY_CODE.values()],
    "checkin_next": [
        {"tone": tone, "question": question.words, "hint": question.hint}
        for tone, question in product(TONES, FOLLOWING)
    ],
    "checkin_nudge": [
        {"counselor": name, "alias": ALIAS, "question": question.words, "hint": question.hint}
        for name, question in (*product((NAME, ""), OPENING), ("", questions.OKAY))
    ],
    "checkin_open": [
        {
            "counselor": name,
            "alias": ALIAS,
            "question": question.words,
            "hint": question.hint,
            **away,
        }
        for (name, question), away in product(
            (*product((NAME, ""), OPENING), ("", questions.OKAY)), AWAY
        )
    ],
    "checkin_thanks": [
        {"tone": tone, "counselor": NAME, **away} for tone, away in product(Tone, AWAY)
    ],
    "code": [{"alias": ALIAS, "code": "123456"}],
    "crisis_default": [{"alias": ALIAS, "phone": PHONE}],
    "called_off": [
        {"clock": CLOCK, "day": "Wednesday", "note": note, "alias": ALIAS}
        for note in ("", "See you on Friday.")
    ],
    "place_changed": [
        {
            "is_shut": is_shut,
            "is_over": is_over,
            "clock": clock,
            "day": "Wednesday",
            "alias": ALIAS,
            "link": "https://portal.example.org/changed/" + "x" * 22,
        }
        for is_shut, is_over, clock in (
            (True, False, CLOCK),
            *((False, *rest) for rest in product((True, False), (CLOCK, ""))),
        )
    ],
    "said_yes": [{}],
    "nothing_shared": [{}],
    "record_opened": [{"alias": ALIAS, "phone": PHONE}],
    "agree_release": [{"alias": ALIAS, "code": "1234"}],
    "call_later": [{}],
    "call_now": [{}],
    "danger_at_home": [{}],
    "danger_body": [{}],
    "danger_medical": [{}],
    "danger_safe": [{}],
    "danger_unclear": [{}],
    "goodbye": [{"alias": ALIAS, "phone": PHONE}],
    "help": [{"alias": ALIAS, "phone": PHONE}],
    "how_often": [
        {"often": often, "undo": undo, "day": FAR_DAY}
        for often, undo in product(("every two weeks", ""), ("more", "less"))
    ],
    "how_often_limit": [
        {"often": often, "is_most": is_most, "day": "Wednesday"}
        for often, is_most in (("every three days", True), ("every four weeks", False), ("", False))
    ],
    "invitation": [
        {"alias": ALIAS, "counselor": name, "link": "https://example.org/join/" + "x" * 22}
        for name in (NAME, "")
    ],
    "later": [
        {"what": what, "day": day}
        for what, day in product(("again", "left_out", "rest", "next"), ("Wednesday", ""))
    ],
    "log_in": [{"alias": ALIAS, "link": "https://example.org/accounts/login/"}],
    "nearby_ask": [{}],
    "nearby_found": [
        {
            "day": "Sunday",
            "found": [f"{CLOCK}, Quiet Harbor, 12 Elm Street (1.5 mi)"] * 3,
        }
    ],
    "nearby_none": [{}],
    "nearby_unknown": [{"place": "nowhereville"}],
    "hard_moment": [
        {"phone": PHONE, **facts}
        for facts in (
            {},
            {"steps": ["Call Rosa", "Walk to the river"], "person": "Rosa, (215) 555-0148"},
            {"meeting": f"{CLOCK}, Quiet Harbor"},
        )
    ],
    "number_changed": [{"alias": ALIAS, "phone": PHONE}],
    "page_danger": [{"code": "1234", "link": LINK, "cannot_be_texted": no} for no in (True, False)],
    "page_resume": [{"link": LINK}],
    "page_support": [{"code": "1234", "link": LINK}],
    "page_taken": [{}],
    "page_test": [{"alias": ALIAS, "code": "1234"}],
    "page_tested": [{}],
    "page_unknown": [{}],
    "safety_note": [{"counselor": name, "alias": ALIAS, "link": NOTE_LINK} for name in (NAME, "")],
    "safety_note_full": [{"link": NOTE_LINK}],
    "setback": [{}],
    "setback_hello": [{"counselor": name, "alias": ALIAS} for name in (NAME, "")],
    "need_support": [
        {"is_staffed": True},
        {"is_staffed": False, "back_day": "Wednesday", "back_clock": CLOCK},
        {"is_staffed": False},
    ],
    "not_now": [{"question": question.words} for question in ASKED],
    "passed_on": [{}],
    "paused": [{"day": FAR_DAY}],
    "read_answers": [{"counselor": NAME}],
    **{
        f"ready_{code}": [{"who": name, "me": name, "phone": PHONE} for name in (NAME, "")]
        for code in writing.READY
    },
    "reminder": [{"clock": CLOCK, "day": "Wednesday, September 30", "alias": ALIAS}],
    "reminder_named": [
        {
            "clock": CLOCK,
            "day": "Wednesday",
            "alias": ALIAS,
            "title": "Tuesday Lantern Group",
            "place": place,
        }
        for place in ("12 Elm Street", "")
    ],
    "reminder_of_several": [
        {"day": "Wednesday", "dates": f"Choir, {CLOCK}; Lantern, {CLOCK}", "alias": ALIAS}
    ],
    "resumed": [{"day": "Wednesday"}, {"day": ""}],
    "sign_in_changed": [{"alias": ALIAS, "phone": PHONE}],
    "texts_on": [{"alias": ALIAS}],
    "touch_after": [
        {"counselor": NAME, "alias": ALIAS, "weekday": weekday} for weekday in WEEKDAYS
    ],
    "touch_anniversary": [{"counselor": NAME, "alias": ALIAS, "years": years} for years in (1, 12)],
    "touch_before": [
        {"counselor": NAME, "alias": ALIAS, "weekday": weekday, "is_today": is_today}
        for weekday, is_today in product(WEEKDAYS, (True, False))
    ],
    "touch_caring": [
        {"counselor": name, "alias": ALIAS, "way": way}
        for name, way in product((NAME, ""), range(4))
    ],
    "touch_hello": [{"counselor": NAME, "alias": ALIAS}],
    "unknown_number": [{"phone": PHONE}],
    "welcome": [{"alias": ALIAS}],
}
# What the person's own words make longer is theirs to choose.
UNBOUNDED = {
    "crisis_default",
    "hard_moment",
    "invitation",
    "nearby_found",
    "reminder_named",
    "reminder_of_several",
}
EVERY = [
    pytest.param(name, language, facts, id=f"{name}-{language}-{number}")
    for name in sorted(FACTS)
    for language in LANGUAGES
    for number, facts in enumerate(FACTS[name])
]


def test_every_text_is_in_the_table_above() -> None:
    names = {path.stem for path in FOLDER.glob("*.txt") if not path.stem.startswith("_")}

    assert names == set(FACTS)


@pytest.mark.parametrize(("name", "language", "facts"), EVERY)
def test_text_fits_its_segments(name: str, language: str, facts: dict[str, object]) -> None:
    body = wording.text(name=name, language=language, **facts)

    budget = 1 if language == "en" else 2
    assert segments(body).count <= (budget + 1 if name in UNBOUNDED else budget), body


@pytest.mark.parametrize(("name", "language", "facts"), EVERY)
def test_text_tells_a_stranger_nothing(name: str, language: str, facts: dict[str, object]) -> None:
    body = wording.text(name=name, language=language, **facts)

    if name not in wording.OUTSPOKEN:
        assert wording.telling_word(body) == ""


@pytest.mark.parametrize(("name", "language", "facts"), EVERY)
def test_text_has_no_holes(name: str, language: str, facts: dict[str, object]) -> None:
    body = wording.text(name=name, language=language, **facts)

    assert body == body.strip()
    assert "  " not in body
    assert "{" not in body
    assert "%(" not in body


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("Your recovery group starts at 7", "recovery"),
        ("See you at the Meeting", "meeting"),
        ("Tu reunión empieza", "reunion"),
        ("Tu programa", "programa"),
        ("Diagnóstico", "diagnostico"),
        ("Your counselor wrote", "counselor"),
        ("Reminder: your 7:00 PM, today", ""),
        ("Nice to meet you", ""),
    ],
)
def test_telling_word_is_found(body: str, word: str) -> None:
    assert wording.telling_word(body) == word


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Bay Recovery", "recovery"),
        ("HarborRecovery", "recover"),
        ("Soberly", "sober"),
        ("North Rehab", "rehab"),
        ("Elm IOP", "iop"),
        ("AA Friends", "aa"),
        ("Opioid Care", "opioid"),
        ("Depression Support", "depress"),
        ("Mental-Health Line", "mental health"),
        ("Casa de recuperación", "recuperacion"),
        ("bayrecovery.example.org", "recover"),
        ("my-program.example.org", "program"),
        ("Harbor", ""),
        ("Elm Street Team", ""),
        ("portal.example.org", ""),
        ("Nadia and Isaac", ""),
    ],
)
def test_telling_name_is_found_inside_words_as_well(name: str, word: str) -> None:
    assert wording.telling_name(name) == word


def test_text_that_says_too_much_is_refused_with_the_word() -> None:
    with pytest.raises(wording.SaysTooMuch, match=r'"reminder" would say "recovery"'):
        wording.text(
            name="reminder", language="en", clock="7:00 PM", day="today", alias="Bay Recovery"
        )


def test_person_may_choose_to_have_the_name_in_a_reminder() -> None:
    body = wording.text(
        name="reminder_named",
        language="en",
        title="Lunch Meeting",
        clock="12:00 PM",
        day="today",
        place="",
        alias="Harbor",
    )

    assert body == "Reminder: Lunch Meeting, today at 12:00 PM. Wishing you well, Harbor"


def test_text_is_plain_and_unescaped() -> None:
    body = wording.text(name="read_answers", language="en", counselor="D’Arcy & Co")

    assert body == "D'Arcy & Co read your answers. Thank you for telling me."


EVENING = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)  # 19:00 in New York, the day the clock changed


def test_clock_names_the_zone_only_where_another_clock_differs() -> None:
    assert wording.clock(at=EVENING, zone=NEW_YORK, language="en") == "7:00 PM"
    assert wording.clock(at=EVENING, zone=NEW_YORK, language="en", other=NEW_YORK) == "7:00 PM"
    assert wording.clock(at=EVENING, zone=NEW_YORK, language="en", other=CHICAGO) == "7:00 PM EDT"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "today"),
        (datetime(2026, 3, 9, 4, 0, tzinfo=UTC), "Monday"),
        (datetime(2026, 3, 14, 16, 0, tzinfo=UTC), "Saturday"),
        (datetime(2026, 3, 15, 16, 0, tzinfo=UTC), "Sunday, March 15"),
    ],
)
def test_day_is_told_by_the_persons_calendar(at: datetime, words: str) -> None:
    assert wording.day(at=at, now=EVENING, zone=NEW_YORK, language="en") == words


def rule(**changes: object) -> Rule:
    facts: dict[str, object] = {
        "repeats": Repeats.WEEKLY,
        "start_time": time(19, 0),
        "time_zone": "America/New_York",
        "starts_on": date(2026, 3, 8),
        "weekdays": (1,),
    }
    return Rule(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (rule(), "Every Tuesday at 7:00 PM"),
        (rule(weekdays=(3, 1)), "Every Tuesday and Thursday at 7:00 PM"),
        (rule(interval=2), "Every other week on Tuesday at 7:00 PM"),
        (rule(interval=3), "Every 3 weeks on Tuesday at 7:00 PM"),
        (rule(repeats=Repeats.ONCE, weekdays=()), "March 8 at 7:00 PM"),
        (
            rule(repeats=Repeats.MONTHLY_POSITION, weekdays=(5,), position=1),
            "The first Saturday of the month at 7:00 PM",
        ),
        (
            rule(repeats=Repeats.MONTHLY_POSITION, weekdays=(5,), position=-1),
            "The last Saturday of the month at 7:00 PM",
        ),
        (
            rule(repeats=Repeats.MONTHLY_DATE, weekdays=(), month_day=15),
            "Day 15 of the month at 7:00 PM",
        ),
        (
            rule(repeats=Repeats.MONTHLY_DATE, weekdays=(), month_day=31),
            "Day 31 of the month at 7:00 PM, in months that have one",
        ),
        (
            rule(repeats=Repeats.MONTHLY_DATE, weekdays=(), month_day=-1),
            "The last day of the month at 7:00 PM",
        ),
    ],
)
def test_schedule_is_told_in_words(made: Rule, words: str) -> None:
    with translation.override("en"):
        assert wording.schedule(made) == words


def test_given_name_is_the_first_word() -> None:
    assert wording.given_name("Dana Reyes") == "Dana"
    assert wording.given_name("") == ""
