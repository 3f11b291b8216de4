"""Pure: what a text costs to send, plain characters in place of costly ones, and words to compare.

Sizes are those of 3GPP TS 23.038 (the 7-bit alphabet and its extension table) and TS 23.040
(a text of several parts spends 6 bytes of each on the header that joins them).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each travels as an escape and a second septet.
_EXTENDED = frozenset("^{}[]~\\|€\f")

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u202f\u205f\u3000", " "),
        **dict.fromkeys(map(chr, range(0x2000, 0x200B)), " "),
        **dict.fromkeys("\u2028\u2029", "\n"),
        # Soft hyphen, zero-width space, direction marks, word joiner, byte order mark.
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
    }
)
# A joiner between two pictures makes one picture of them; anywhere else it is invisible ballast.
_STRAY_JOINER = re.compile("[\u200c\u200d](?![\u2600-\u27bf\U0001f000-\U0001faff])")

_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_NO_WORD = re.compile(r"[^a-z0-9]+")


class Encoding(StrEnum):
    """How the characters of a text travel."""

    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_SINGLE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
_JOINED = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """What a body becomes on its way: parts paid for, units used, and units left in the last part.

    A unit is a septet of GSM-7 or a 16-bit unit of UCS-2; `units` counts those of the characters,
    not the few that stay empty because a pair does not fit at the end of a part.
    """

    encoding: Encoding
    count: int
    units: int
    characters_left: int


def segments(body: str) -> Segments:
    """Count the segments of `body` as it stands; an empty body is one segment with all its room."""
    encoding = Encoding.UCS_2
    if all(character in _BASIC or character in _EXTENDED for character in body):
        encoding = Encoding.GSM_7
    sizes = [_size(character, encoding) for character in body]
    units = sum(sizes)
    room = _SINGLE[encoding]
    if units <= room:
        return Segments(encoding=encoding, count=1, units=units, characters_left=room - units)
    room = _JOINED[encoding]
    count, used = 1, 0
    for size in sizes:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return Segments(encoding=encoding, count=count, units=units, characters_left=room - used)


def plain(body: str) -> str:
    """Replace what editors put in (curly quotes, dashes, hard spaces, zero-widths) by plain signs.

    Letters keep their accents and pictures stay as they are; nothing that carries meaning is lost.
    """
    return _STRAY_JOINER.sub("", unicodedata.normalize("NFC", body).translate(_PLAIN))


def cheap(body: str) -> str:
    """Leave out the accents that the 7-bit alphabet has no letters for: one "á" makes a text of two
    out of a text of one. Other signs stay as they are."""
    return "".join(
        sign
        if sign in _BASIC
        or sign in _EXTENDED
        or (bare := unicodedata.normalize("NFD", sign)[0]) not in _BASIC
        else bare
        for sign in body
    )


def fold(body: str) -> str:
    """The words of `body` to compare: lower case, no accents or apostrophes, one space between."""
    bare = body.casefold()
    if not bare.isascii():
        signs = unicodedata.normalize("NFKD", bare)
        bare = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return _NO_WORD.sub(" ", _APOSTROPHES.sub("", bare)).strip()


def _size(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM_7:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
