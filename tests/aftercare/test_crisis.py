from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercare.crisis import Crisis, CrisisClass, Tier, find_crisis
from tests.tables import read_table

# Held are the hardest phrasings anybody here could think of, at first sight.
# Least recall over both tiers, most false alarms in tier A, most in both.
AIMS = {"dev": (0.98, 0.02, 0.10), "held": (0.95, 0.03, 0.10)}


find = cache(find_crisis)


@pytest.mark.parametrize("part", ["dev", "held"])
def test_crisis_words_are_found(part: str) -> None:
    rows = read_table("crisis", part=part)

    missed = [row["text"] for row in rows if not find(row["text"])]

    assert len(missed) <= (1 - AIMS[part][0]) * len(rows), missed


@pytest.mark.parametrize("part", ["dev", "held"])
def test_ordinary_texts_seldom_raise_an_alarm(part: str) -> None:
    rows = read_table("ordinary", part=part)
    found = [(row["text"], crisis) for row in rows if (crisis := find(row["text"]))]
    paging = [(text, crisis) for text, crisis in found if crisis.tier is Tier.A]
    _, most_paging, most = AIMS[part]

    assert len(paging) <= most_paging * len(rows), paging
    assert len(found) <= most * len(rows), found


def test_tables_are_as_large_as_promised() -> None:
    assert len(read_table("crisis")) >= 300
    assert len(read_table("ordinary")) >= 300


def test_class_of_the_danger_is_mostly_right_where_words_tell_it() -> None:
    rows = [row for row in read_table("crisis") if row["class"]]
    told = [(row, found) for row in rows if (found := find(row["text"])) and found.words]
    right = [row for row, found in told if found.kind == row["class"]]

    assert len(told) >= 0.85 * len(rows)
    assert len(right) >= 0.90 * len(told)


@pytest.mark.parametrize(
    ("text", "tier", "kind"),
    [
        ("I want to kill myself", "A", "suicide"),
        ("I am NOT suicidal", "A", "suicide"),
        ("I don't want to be here anymore", "B", "suicide"),
        ("I want to hurt myself", "A", "self_harm"),
        ("took the whole bottle", "A", "overdose_medical"),
        ("I fainted today", "A", "overdose_medical"),
        ("my husband choked me", "A", "abuse"),
        ("I'm going to shoot him", "A", "violence"),
        ("can't stop purging", "B", "eating"),
        ("someone please help me", "B", "distress"),
        ("my toddler got into my pills", "A", "overdose_medical"),
        ("mi niña se trago una pastilla", "A", "overdose_medical"),
        ("od help", "A", "overdose_medical"),
        ("he quit drinking and is confused", "B", "overdose_medical"),
        ("used the razor again", "B", "self_harm"),
        ("he is standing right next to me", "B", "abuse"),
        ("losing it pick up", "B", "distress"),
        ("no sleep for 5 days", "B", "distress"),
        ("i cant tell whats real", "B", "distress"),
        ("nowhere to sleep tonight", "B", "distress"),
        ("no tengo a donde ir", "B", "distress"),
        # Help for the body comes first, then what a second reader of the phone must not see.
        ("took all my pills, I want to die", "A", "overdose_medical"),
        ("he hits me and I want to die", "A", "abuse"),
        ("quiero morir", "A", "suicide"),
        ("me tomé todas las pastillas", "A", "overdose_medical"),
    ],
)
def test_tier_and_class_of_known_texts(text: str, tier: str, kind: str) -> None:
    crisis = find_crisis(text)

    assert crisis is not None
    assert (crisis.tier, crisis.kind) == (Tier(tier), CrisisClass(kind))


@pytest.mark.parametrize(
    "text",
    [
        "this job is killing me",
        "my phone died",
        "meeting was the bomb",
        "dead tired",
        "I could kill for a coffee",
        "I took 2 advil",
        "got my flu shot",
        "glad to be alive",
        "the quiz straight up destroyed me",
        "these bills are choking us",
        "ate the whole box of cookies",
        "wont make the 7 tonight",
        "me toco turno de tarde",
        "me ahogo en tareas",
        "casi me da un infarto con la cuenta",
        "ya no me manda correos",
    ],
)
def test_idioms_raise_no_alarm(text: str) -> None:
    assert find_crisis(text) is None


@pytest.mark.parametrize(
    "text",
    ["this job is killing me and I want to die", "my phone died, I took all my pills"],
)
def test_an_idiom_hides_nothing_beside_it(text: str) -> None:
    crisis = find_crisis(text)

    assert crisis is not None
    assert crisis.tier is Tier.A


@pytest.mark.parametrize("wish", ["I want to smother him", "lo quiero matar", "ill kill him"])
def test_a_laugh_makes_a_wish_to_hurt_a_question_and_no_page(wish: str) -> None:
    tiers = [found.tier for words in ("", " lol") if (found := find_crisis(wish + words))]

    assert tiers == [Tier.A, Tier.B]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("hoy no puedo", False),
        ("perdón, el jueves no puedo", False),
        ("hoy no puedo más", True),
        ("hoy ya no puedo", True),
        ("no puedo", True),
    ],
)
def test_a_day_that_does_not_suit_is_no_danger(text: str, is_found: bool) -> None:
    assert (find_crisis(text) is not None) is is_found


def test_a_laugh_excuses_loose_talk_only() -> None:
    assert find_crisis("kill me lol") is None
    assert find_crisis("kill me") == Crisis(tier=Tier.B, kind=CrisisClass.SUICIDE, words="kill me")
    assert find_crisis("lol i want to kill myself") == Crisis(
        tier=Tier.A, kind=CrisisClass.SUICIDE, words="kill myself"
    )


@pytest.mark.parametrize(
    "text",
    [
        "k1ll mys3lf",
        "ki11 myself",
        "k!ll myself",
        "k*ll myself",
        "kill myslef",
        "KILL MYSELF",
        "k i l l myself",
        "s.u.i.c.i.d.e",
        "su*cide",
        "$uicide",
        "suiicide",
        "ｓｕｉｃｉｄｅ",
        "su\u200bicide",
        "i want 2 die",
        "i want to dieeeee",
        "🔫 me",
    ],
)
def test_disguised_words_are_found(text: str) -> None:
    crisis = find_crisis(text)

    assert crisis is not None
    assert crisis.tier is Tier.A


INTENTS = [
    "I want to {}", "i'm going to {}", "I might {}", "part of me wants to {}", "I tried to {}",
    "I've decided to {}", "tonight I will {}", "i dont want to {} but i might", "he wants to {}",
]  # fmt: skip
DEEDS = [
    "kill myself", "end my life", "end it all", "take my own life", "die", "be dead", "overdose",
    "commit suicide", "hang myself", "jump off a bridge", "shoot myself", "slit my wrists",
    "take all my pills", "cut myself", "hurt myself", "drive off a bridge", "walk into traffic",
    "unalive myself", "kill him", "hurt someone", "stab someone", "shoot up the place",
]  # fmt: skip


@pytest.mark.parametrize("intent", INTENTS)
def test_every_deed_is_found_in_every_way_to_say_it(intent: str) -> None:
    missed = [deed for deed in DEEDS if find_crisis(intent.format(deed)) is None]

    assert missed == []


def test_doses_are_told_from_a_daily_pill() -> None:
    amounts = ["20", "thirty", "a bunch of", "a handful of", "the whole bottle of", "too many"]
    pills = ["pills", "xanax", "tylenol", "sleeping pills", "percs"]

    missed = [
        pair for pair in product(amounts, pills) if not find_crisis("I took {} {}".format(*pair))
    ]

    assert missed == []
    assert [find_crisis(f"took {n} pills") for n in ("my", "2", "two", "1")] == [None] * 4


@given(st.text(max_size=1600))
def test_any_text_is_searched_without_error(text: str) -> None:
    find_crisis(text)


@given(st.text(max_size=200), st.text(max_size=200))
def test_words_around_do_not_hide_it(before: str, after: str) -> None:
    crisis = find_crisis(f"{before}\nI want to kill myself\n{after}")

    assert crisis is not None
