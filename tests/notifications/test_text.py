import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.text import Encoding, Segments, cheap, fold, plain, segments

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2


@pytest.mark.parametrize(
    ("body", "encoding", "count", "units", "left"),
    [
        ("", GSM, 1, 0, 160),
        ("a" * 160, GSM, 1, 160, 0),
        ("a" * 161, GSM, 2, 161, 145),
        ("a" * 306, GSM, 2, 306, 0),
        ("a" * 307, GSM, 3, 307, 152),
        ("^{}[]~\\|€\f", GSM, 1, 20, 140),
        ("€" * 80, GSM, 1, 160, 0),
        ("ñéüàèìòùäöåøæßÇÑÉ¿¡", GSM, 1, 19, 141),
        ("line\nline\r", GSM, 1, 10, 150),
        ("á", UCS, 1, 1, 69),
        ("í", UCS, 1, 1, 69),
        ("ó", UCS, 1, 1, 69),
        ("ú", UCS, 1, 1, 69),
        ("ç", UCS, 1, 1, 69),
        ("’", UCS, 1, 1, 69),
        ("\t", UCS, 1, 1, 69),
        ("á" * 70, UCS, 1, 70, 0),
        ("á" * 71, UCS, 2, 71, 63),
        ("á" * 134, UCS, 2, 134, 0),
        ("á" * 135, UCS, 3, 135, 66),
        ("😀" * 35, UCS, 1, 70, 0),
    ],
)
def test_segments_of_known_bodies(
    body: str, encoding: Encoding, count: int, units: int, left: int
) -> None:
    assert segments(body) == Segments(
        encoding=encoding, count=count, units=units, characters_left=left
    )


def test_escape_pair_is_not_split_between_segments() -> None:
    # 152 + 2 leaves one septet of the first part empty; 153 + 153 would be two parts.
    assert segments("a" * 152 + "€" + "a" * 152) == Segments(
        encoding=GSM, count=3, units=306, characters_left=152
    )
    assert segments("a" * 151 + "€" + "a" * 153).count == 2


def test_surrogate_pair_is_not_split_between_segments() -> None:
    assert segments("á" * 66 + "😀" + "á" * 66) == Segments(
        encoding=UCS, count=3, units=134, characters_left=66
    )
    assert segments("á" * 65 + "😀" + "á" * 67).count == 2


ESCAPE = 0x1B
# 3GPP TS 23.038, in the order of its table, and where the extension keeps the others.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D}
EXTENSION |= {"]": 0x3E, "|": 0x40, "€": 0x65}


def parts(units: list[int], *, single: int, joined: int, first_of_two: range) -> int:
    """How many parts so many units make when no pair is split; one part has more room than each of many."""
    if len(units) <= single:
        return 1
    count, start = 0, 0
    while start < len(units):
        end = min(start + joined, len(units))
        if end < len(units) and units[end - 1] in first_of_two:
            end -= 1
        count, start = count + 1, end
    return count


def by_octets(body: str) -> tuple[Encoding, int]:
    """Encoding and parts of a body, by writing out what travels."""
    septets: list[int] = []
    for sign in body:
        if sign in EXTENSION:
            septets += [ESCAPE, EXTENSION[sign]]
        elif sign in ALPHABET and sign != chr(ESCAPE):
            septets.append(ALPHABET.index(sign))
        else:
            raw = body.encode("utf-16-be")
            wide = [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]
            high = range(0xD800, 0xDC00)
            return UCS, parts(wide, single=70, joined=67, first_of_two=high)
    escapes = range(ESCAPE, ESCAPE + 1)
    return GSM, parts(septets, single=160, joined=153, first_of_two=escapes)


SIGNS = st.sampled_from([*ALPHABET, *EXTENSION, *"áíóúő’“—漢👍💙\x1b"])


@given(
    st.text(SIGNS, max_size=500)
    | st.text(st.sampled_from([*ALPHABET.replace("\x1b", ""), *EXTENSION]), max_size=700)
    | st.tuples(st.sampled_from(["a", "€", "á", "👍"]), st.integers(0, 480)).map(
        lambda pair: pair[0] * pair[1]
    )
)
def test_segments_are_those_of_what_travels(body: str) -> None:
    counted = segments(body)

    assert (counted.encoding, counted.count) == by_octets(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("it’s “fine” – really…", 'it\'s "fine" - really...'),
        ("5\u00a0pm\u2009at\u202fhome\ttoday", "5 pm at home today"),
        ("zero\u200bwidth\ufeff\u2060 so\u00adft\u200e", "zerowidth soft"),
        ("‘a’ ‚b‛ «c» —d− e‑f", "'a' 'b' \"c\" -d- e-f"),
        ("one\u2028two", "one\ntwo"),
        ("man\u0303ana, sen\u0303ora, café, años", "mañana, señora, café, años"),
        ("á í ó ú ü ñ ¿Qué? 👍🏽 👩\u200d👧 x\u200dy", "á í ó ú ü ñ ¿Qué? 👍🏽 👩\u200d👧 xy"),
    ],
)
def test_plain_replaces_costly_signs_and_keeps_letters(body: str, expected: str) -> None:
    assert plain(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Sábado: Grupo Número Único, ñandú", "Sabado: Grupo Numero Unico, ñandu"),
        ("é, ü, Ñ and à cost nothing", "é, ü, Ñ and à cost nothing"),
        ("Čaj Ω [7] мир 東 🙂", "Caj Ω [7] мир 東 🙂"),
    ],
)
def test_cheap_leaves_out_only_accents_that_double_the_price(body: str, expected: str) -> None:
    assert cheap(body) == expected


def test_plain_makes_an_edited_text_cheap() -> None:
    body = "“You’ve got this” — see you at 5\u00a0pm…"

    assert segments(body).encoding is UCS
    assert segments(plain(body)).encoding is GSM


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  Don’t  STOP!! ", "dont stop"),
        ("Llámame, por favor", "llamame por favor"),
        ("ＳＴＯＰ\u200b 8️⃣", "stop 8"),
        ("👍", ""),
        ("mañana\nSí", "manana si"),
    ],
)
def test_fold_gives_words_to_compare(body: str, expected: str) -> None:
    assert fold(body) == expected


@given(st.text(max_size=700))
def test_segments_hold_all_units_and_no_more_than_needed(body: str) -> None:
    found = segments(body)
    single, joined = (160, 153) if found.encoding is GSM else (70, 67)

    assert (found.count == 1) == (found.units <= single)
    if found.encoding is UCS:
        assert found.units == len(body.encode("utf-16-le", "surrogatepass")) // 2
    if found.count > 1:
        # A pair may leave one unit of each full part empty.
        assert (joined - 1) * (found.count - 1) < found.units <= joined * found.count
        assert 0 <= found.characters_left < joined


@given(st.text())
def test_plain_and_fold_are_settled_after_one_pass(body: str) -> None:
    assert plain(plain(body)) == plain(body)
    assert fold(fold(body)) == fold(body)
