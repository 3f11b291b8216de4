"""IMP-02: inputs spoiled at random, over every reader of what others write."""

import json
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from aftercare import answers, crisis, hard_moments, roster_file, wishes, wording
from aftercare.directory import asking, importing
from aftercare.directory.listing import Unreadable
from aftercare.instruments import fhir
from notifications import phone, text
from notifications.keywords import keyword
from notifications.phone import UnusablePhone
from tests import questionnaires
from tests.feeds import NEW_YORK, bmlt_row, guide, row, rows

Figure = Callable[[str], None]
DATA = Path(__file__).resolve().parent.parent / "data"
# A text of a phone has 1,600 letters at most; a reader that needs longer than this is stuck.
LONGEST_SECONDS = 10.0
TOKENS = (
    *(b"[", b"]", b"{", b"}", b'"', b",", b":", b"\\", b"\\u0000", b"\\ud800", b"null", b"1e999"),
    *(b"-1", b"9" * 400, b"NaN", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b";"),
    *(b"<script>", b"&amp;", b"&#x0;", b"=cmd()", b"'", b"%s", b"{name}", b"\xf0\x9f\x98\x80"),
    *("\u202e\u0301\u200b".encode(), b"../", b"http://[", b"24:60", b"2026-02-30", b" " * 300),
    *(
        b"a" * 3000,
        b"[" * 200,
        b'"item":[',
        b"1" * 5000,
        b"yes no " * 100,
        b"\xc3",
        b"\xed\xa0\x80",
    ),
)


class Stuck(BaseException):
    """A reader took longer than it may; no handler of the reader's own takes it for a fault of the input."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    # Of the processor: whatever else the machine does is no fault of the input.
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stuck

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def spoiled(seed: bytes, chance: random.Random) -> bytes:
    """One to six changes: a byte, a piece cut out, doubled or moved, a token put in."""
    found = bytearray(seed)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(found) + 1)
        end = min(len(found), start + chance.choice((1, 2, 8, 64)))
        piece = bytes(found[start:end])
        match chance.randrange(5):
            case 0 if start < len(found):
                found[start] = chance.randrange(256)
            case 1:
                del found[start:end]
            case 2:
                found[start:start] = piece * chance.choice((1, 2, 50))
            case 3:
                del found[start:end]
                place = chance.randrange(len(found) + 1)
                found[place:place] = piece
            case _:
                found[start:start] = chance.choice(TOKENS)
    return bytes(found)


def _texts() -> list[bytes]:
    found = []
    for name, column in (("answers", 4), ("crisis", 2), ("keywords", -1), ("ordinary", -1)):
        lines = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        cells = (line.split("\t") for line in lines)
        found += [row[column].encode() for row in cells if len(row) > max(column, 0)]
    return found


def _feed(kind: str) -> Callable[[bytes], object]:
    return lambda body: importing.read(body=body, kind=kind, fellowship="aa", timezone=NEW_YORK)


def _read_text(body: bytes) -> None:
    """Whatever reads a text that came in, or a line that somebody typed."""
    words = body.decode("utf-8", "replace")[:1600]
    keyword(words)
    crisis.find_crisis(words)
    wishes.read(text=words)
    asking.read(text=words)
    hard_moments.is_asked(text=words)
    wording.telling_name(words)
    text.segments(words)
    for question in answers.Question:
        answers.read(text=words, question=question)
    phone.parse(raw=words[:60])


def _seeds() -> dict[str, tuple[Callable[[bytes], object], list[bytes]]]:
    forms = [questionnaires.as_bytes(questionnaires.questionnaire(one)) for one in ("phq_9", "bam")]
    sheet = b"Name,Day,Time,Address\nQuiet Harbor,Monday,7:00 PM,1418 Alderbrook Street\n" * 3
    roster = (
        b"first_name,last_name,phone,graduated_on\nSam,Rivers,(215) 555-0101,2026-01-02\n"
        b'Ana,"Luz; y Sol",,01/05/2026\n'
    )
    bmlt = json.dumps([bmlt_row(), bmlt_row(id_bigint="42")]).encode()
    return {
        "meeting guide": (_feed("meeting_guide"), [guide(row()), guide(*rows(4))]),
        "bmlt": (_feed("bmlt"), [bmlt]),
        "sheet of meetings": (_feed("csv"), [sheet, sheet.replace(b",", b";")]),
        "roster": (lambda body: list(roster_file.lines(body)), [roster]),
        "questionnaire": (lambda body: fhir.read(body=body, instrument="phq_9"), forms),
        "text": (_read_text, _texts()),
    }


REFUSED = (Unreadable, roster_file.Unreadable, fhir.Unreadable, UnusablePhone)


def test_imp_02_no_spoiled_input_crashes_or_hangs_a_reader(
    figure: Figure, many: Callable[..., int]
) -> None:
    chance, readers = random.Random(20260308), _seeds()
    count = many(short=120, full=50_000)
    faults: dict[str, Any] = {}
    refused, slowest = 0, 0.0
    for number in range(count):
        name = list(readers)[number % len(readers)]
        read, seeds = readers[name]
        body = spoiled(chance.choice(seeds), chance)
        started = time.process_time()
        try:
            with _within(LONGEST_SECONDS):
                read(body)
        except REFUSED:
            refused += 1
        except (Exception, Stuck) as fault:  # noqa: BLE001 - a fault of any kind is what is looked for
            faults.setdefault(f"{name}: {type(fault).__name__}: {fault}"[:200], body)
        slowest = max(slowest, time.process_time() - started)

    assert faults == {}
    assert 0 < refused < count
    figure(
        f"0 crashes and 0 hangs in {count:,} spoiled inputs over {len(readers)} readers"
        f" (the slowest {slowest * 1000:.0f} ms)"
    )
