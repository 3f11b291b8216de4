"""The words of questionnaires: loaded from a file, or entered by a program that holds a licence; and what is asked."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from aftercare import record
from aftercare.instruments import fhir
from aftercare.instruments.structure import Structure, structures
from aftercare.instruments.words import Disagreement, Words, check
from aftercare.models import AuditEntry, InstrumentChoice, InstrumentWording
from aftercare.record import PORTAL, Actor
from notifications.models import Program

LANGUAGES = ("en", "es")
# What a program may choose, in days: not at all, each month, every three months.
RHYTHMS = (0, 30, 90)
SAMPLE = "Sample wording of the portal's own, for a demo. It is not the official text."


class OtherLanguage(ValueError):
    """The file says that it is in another language than it is loaded as, or in one nobody here reads."""


class LicenceNeeded(ValueError):
    """The words may be used under a licence alone, and none was named."""


class Disagrees(ValueError):
    """The words do not fit the structure; `disagreements` tells each place."""

    def __init__(self, structure: Structure, disagreements: tuple[Disagreement, ...]) -> None:
        super().__init__("; ".join(map(str, disagreements)))
        self.structure = structure
        self.disagreements = disagreements


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The wording that holds from now on, and whether it is a new version."""

    wording: InstrumentWording
    is_new: bool


@transaction.atomic
def load(
    *,
    body: bytes,
    at: datetime,
    language: str = "",
    instrument: str = "",
    licence: str = "",
) -> Kept:
    """Keep the words of a FHIR Questionnaire for the whole installation.

    `language` is needed only where the file names none and is not English; `instrument` (a code)
    where it does not say what it is. The same file once more changes nothing; another one becomes
    the next version, and what was answered before keeps its words.
    Raises fhir.Unreadable, OtherLanguage, LicenceNeeded, Disagrees.
    """
    reading = fhir.read(body=body, instrument=instrument)
    structure = reading.structure
    if reading.disagreements:
        raise Disagrees(structure, reading.disagreements)
    spoken = language or reading.language or LANGUAGES[0]
    if reading.language not in ("", spoken) or spoken not in LANGUAGES:
        raise OtherLanguage(reading.language or spoken)
    if structure.needs_licence and not licence:
        raise LicenceNeeded(structure.licence)
    return _keep(
        InstrumentWording(
            instrument=structure.code,
            structure=structure.version,
            language=spoken,
            words=reading.words.as_dict(),
            licence=licence or reading.licence or structure.licence,
            source=reading.source,
            checksum=reading.checksum,
            added_at=at,
        )
    )


@transaction.atomic
def enter(
    *,
    program: Program,
    structure: Structure,
    language: str,
    words: Words,
    licence: str,
    actor: Actor,
    at: datetime,
) -> Kept:
    """Keep words that a program entered under its own licence, for its own graduates.

    `licence` says which one. Raises Disagrees, LicenceNeeded.
    """
    disagreements = check(structure=structure, words=words)
    if disagreements:
        raise Disagrees(structure, tuple(disagreements))
    if not licence.strip():
        raise LicenceNeeded(structure.licence)
    # Two leads at once take turns, so that each version has its own number.
    Program.objects.select_for_update().get(pk=program.pk)
    kept = _keep(
        InstrumentWording(
            instrument=structure.code,
            structure=structure.version,
            program=program,
            language=language,
            words=words.as_dict(),
            licence=licence.strip(),
            checksum=_checksum(words),
            added_by=actor.user,
            added_at=at,
        )
    )
    if kept.is_new:
        record.write(
            actor=actor, verb=AuditEntry.Verb.CREATED, thing=kept.wording, program=program, at=at
        )
    return kept


@transaction.atomic
def keep_sample(*, structure: Structure, language: str, words: Words, at: datetime) -> Kept:
    """Keep words of our own for a demo, marked as a sample. Raises Disagrees."""
    disagreements = check(structure=structure, words=words)
    if disagreements:
        raise Disagrees(structure, tuple(disagreements))
    return _keep(
        InstrumentWording(
            instrument=structure.code,
            structure=structure.version,
            language=language,
            words=words.as_dict(),
            licence=SAMPLE,
            checksum=_checksum(words),
            is_sample=True,
            added_at=at,
        )
    )


def _checksum(words: Words) -> str:
    text = json.dumps(words.as_dict(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _keep(draft: InstrumentWording) -> Kept:
    newest = (
        InstrumentWording.objects.filter(
            instrument=draft.instrument, language=draft.language, program=draft.program
        )
        .order_by("-version")
        .first()
    )
    if newest is not None and (newest.checksum, newest.structure) == (
        draft.checksum,
        draft.structure,
    ):
        return Kept(wording=newest, is_new=False)
    draft.version = newest.version + 1 if newest else 1
    draft.save()
    return Kept(wording=draft, is_new=True)


@transaction.atomic
def choose(
    *, program: Program, rhythms: Mapping[str, int], actor: Actor = PORTAL, at: datetime
) -> None:
    """Set how often a program asks each questionnaire: days by code, one of RHYTHMS."""
    known = asked_by(program=program)
    for code, days in rhythms.items():
        if known[code] != days:
            row, _ = InstrumentChoice.objects.update_or_create(
                program=program, instrument=code, defaults={"every_days": days}
            )
            verb = AuditEntry.Verb.CHANGED
            record.write(actor=actor, verb=verb, thing=row, program=program, at=at)


# Reading


def asked_by(*, program: Program) -> dict[str, int]:
    """How often, in days, a program asks each questionnaire, by code; 0 is never."""
    chosen = InstrumentChoice.objects.filter(program=program)
    by_default = {code: one.every_days for code, one in structures().items()}
    return by_default | dict(chosen.values_list("instrument", "every_days"))


def wordings(*, program: Program, language: str) -> dict[str, InstrumentWording]:
    """The wording in force in a language by code: the program's own, else that of the installation.

    The words themselves are left in the database until they are read.
    """
    rows = InstrumentWording.objects.filter(
        Q(program=program) | Q(program__isnull=True), language=language
    ).defer("words")
    ordered = sorted(rows, key=lambda row: (row.program_id is not None, row.version))
    return {row.instrument: row for row in ordered}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentRow:
    """One questionnaire as a lead sees it: how often it is asked, and its words by language."""

    structure: Structure
    every_days: int
    wordings: tuple[tuple[str, InstrumentWording | None], ...]


def of_program(*, program: Program) -> tuple[InstrumentRow, ...]:
    """Every questionnaire, by name."""
    rhythms = asked_by(program=program)
    held = {language: wordings(program=program, language=language) for language in LANGUAGES}
    ordered = sorted(structures().values(), key=lambda one: one.name)
    return tuple(
        InstrumentRow(
            structure=one,
            every_days=rhythms[one.code],
            wordings=tuple((language, held[language].get(one.code)) for language in LANGUAGES),
        )
        for one in ordered
    )
