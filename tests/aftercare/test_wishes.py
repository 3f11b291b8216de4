from datetime import date, timedelta
from pathlib import Path

import pytest

from aftercare import answers, wishes
from aftercare.wishes import Wish, Wished
from notifications.keywords import CARRIER_STOP

TABLE = Path(__file__).resolve().parent.parent / "data" / "answers.tsv"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("LATER", Wish.LATER),
        ("Later please", Wish.LATER),
        ("ask me later", Wish.LATER),
        ("Luego", Wish.LATER),
        ("más tarde, por favor", Wish.LATER),
        ("LESS", Wish.LESS),
        ("less often please", Wish.LESS),
        ("fewer texts", Wish.LESS),
        ("MENOS", Wish.LESS),
        ("menos mensajes por favor", Wish.LESS),
        ("MORE", Wish.MORE),
        ("Can you check on me more often?", Wish.MORE),
        ("MAS", Wish.MORE),
        ("Más seguido", Wish.MORE),
        ("RESUME", Wish.RESUME),
        ("I'm back", Wish.RESUME),
        ("SEGUIR", Wish.RESUME),
        ("ya volví", Wish.RESUME),
        ("NOT NOW", Wish.NOT_NOW),
        ("ahora no", Wish.NOT_NOW),
        ("TONIGHT", Wish.TONIGHT),
        ("Hoy", Wish.TONIGHT),
    ],
)
def test_wish_is_read_in_both_languages(text: str, wish: Wish) -> None:
    assert wishes.read(text=text) == Wished(wish=wish)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("PAUSE 2 WEEKS", 14),
        ("pause for two weeks please", 14),
        ("Pause texts for 10 days", 10),
        ("pause a month", 30),
        ("take a break for a couple of weeks", 14),
        ("PAUSA 2 SEMANAS", 14),
        ("pausa dos meses", 60),
        ("pausa por tres días", 3),
        ("un descanso de una semana", 7),
        ("PAUSE", None),
        ("pausa", None),
    ],
)
def test_pause_is_read_with_its_span(text: str, days: int | None) -> None:
    span = None if days is None else timedelta(days=days)

    assert wishes.read(text=text) == Wished(wish=Wish.PAUSE, span=span)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("PAUSE until Friday", date(2026, 3, 13)),
        ("pause till this sat please", date(2026, 3, 14)),
        ("Pause texts until Tuesday", date(2026, 3, 17)),
        ("take a break until tomorrow", date(2026, 3, 11)),
        ("pause until 3 May", date(2026, 5, 3)),
        ("pause until May 3rd, thanks", date(2026, 5, 3)),
        ("pause until the 15th", date(2026, 3, 15)),
        ("pausa hasta el viernes", date(2026, 3, 13)),
        ("Pausa hasta el miércoles por favor", date(2026, 3, 11)),
        ("pausa hasta el 3 de mayo", date(2026, 5, 3)),
        ("pausa hasta mañana", date(2026, 3, 11)),
        ("un descanso hasta el 10", date(2026, 4, 10)),
        ("pause until March 10", date(2027, 3, 10)),
        ("pause until 29 Feb", date(2028, 2, 29)),
    ],
)
def test_pause_is_read_with_the_day_it_names(text: str, until: date) -> None:
    wished = wishes.read(text=text)

    assert wished is not None
    assert wished.until is not None
    assert (wished.wish, wished.span) == (Wish.PAUSE, None)
    assert wished.until.after(today=date(2026, 3, 10)) == until


@pytest.mark.parametrize(
    "text",
    [
        *sorted(CARRIER_STOP),
        "4",
        "8 más o menos",
        "more or less",
        "no more",
        "less than 5",
        "I need a break",
        "pause until we talk",
        "pause until next Friday",
        "pause until 5/3",
        "pause until 31 June",
        "pause until May",
        "pausa hasta que te avise",
        "until friday",
        "take a break until then",
        "later I went to the store and it was fine",
        "more than usual",
        "see you later",
    ],
)
def test_what_says_anything_else_is_no_wish(text: str) -> None:
    assert wishes.read(text=text) is None


def test_no_reply_that_answers_a_question_is_a_wish() -> None:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    answering = {str(kind) for kind in (answers.Kind.NUMBER, answers.Kind.YES, answers.Kind.NO)}
    replies = [row[-1] for row in rows if len(row) > 2 and row[2] in answering]

    assert len(replies) > 300
    assert [text for text in replies if wishes.read(text=text)] == []
