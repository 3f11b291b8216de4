"""Words of questionnaires, loaded and entered, and what a program asks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import questionnaires
from aftercare.instruments.structure import structures
from aftercare.instruments.words import Words
from aftercare.models import AuditEntry, InstrumentChoice, InstrumentWording, Role
from aftercare.questionnaires import Disagrees, LicenceNeeded, OtherLanguage
from aftercare.record import Actor
from tests import build
from tests.questionnaires import as_bytes, questionnaire

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
PHQ_2 = structures()["phq_2"]
ENTERED = Words(
    items={"1": "First", "2": "Second"}, labels={code: ["a", "b", "c", "d"] for code in ("1", "2")}
)

pytestmark = pytest.mark.django_db


def load(code: str = "phq_2", *, language: str = "", licence: str = "", **changes: object) -> int:
    """The version that holds after loading a file."""
    body = as_bytes(questionnaire(code, **changes))
    kept = questionnaires.load(body=body, language=language, licence=licence, at=AT)
    return kept.wording.version


@pytest.fixture
def lead() -> Role:
    return build.role(program=build.program(), kind=Role.Kind.LEAD)


def enter(lead: Role, words: Words = ENTERED, licence: str = "A letter.") -> questionnaires.Kept:
    return questionnaires.enter(
        program=lead.program,
        structure=PHQ_2,
        language="en",
        words=words,
        licence=licence,
        actor=Actor(user=lead.user, role="lead"),
        at=AT,
    )


def test_load_keeps_where_the_words_come_from() -> None:
    load()

    row = InstrumentWording.objects.get()
    assert (row.instrument, row.structure, row.language, row.version) == ("phq_2", 1, "en", 1)
    assert row.words["items"] == {"1": "Question 1", "2": "Question 2"}
    assert row.words["labels"]["1"] == ["Choice 0", "Choice 1", "Choice 2", "Choice 3"]
    assert row.licence == "Made up for a test."
    assert row.source == "https://example.org/Questionnaire/phq_2 · 1.0"
    assert (len(row.checksum), row.program, row.added_at) == (64, None, AT)


def test_same_file_is_kept_once_and_another_is_the_next_version() -> None:
    assert (load(), load()) == (1, 1)
    assert load(version="1.1") == 2
    # Going back is a version of its own.
    assert load() == 3
    assert load(language="es") == 1
    assert InstrumentWording.objects.count() == 4


@pytest.mark.parametrize(
    ("of_file", "wanted", "kept"),
    [
        ("es", "", "es"),
        ("es-MX", "", "es"),
        ("en-US", "en", "en"),
        ("", "es", "es"),
        ("", "", "en"),
    ],
)
def test_language_is_that_of_the_file_or_the_one_named(
    of_file: str, wanted: str, kept: str
) -> None:
    form = questionnaire("phq_2", **({"language": of_file} if of_file else {}))
    questionnaires.load(body=as_bytes(form), language=wanted, at=AT)
    assert InstrumentWording.objects.get().language == kept


def test_file_of_another_language_is_refused() -> None:
    body = as_bytes(questionnaire("phq_2", language="en"))
    with pytest.raises(OtherLanguage):
        questionnaires.load(body=body, language="es", at=AT)
    with pytest.raises(OtherLanguage):
        questionnaires.load(body=as_bytes(questionnaire("phq_2", language="fr")), at=AT)
    assert not InstrumentWording.objects.exists()


def test_file_that_disagrees_keeps_nothing() -> None:
    form = questionnaire("phq_2")
    del form["item"][0]["item"][1]

    with pytest.raises(Disagrees) as raised:
        questionnaires.load(body=as_bytes(form), at=AT)

    assert [str(one) for one in raised.value.disagreements] == ["item 2: is missing"]
    assert not InstrumentWording.objects.exists()


def test_words_under_licence_need_one() -> None:
    with pytest.raises(LicenceNeeded):
        load("scoff")
    assert load("scoff", licence="Letter of 3 March.") == 1
    assert InstrumentWording.objects.get().licence == "Letter of 3 March."


def test_entered_words_are_for_the_own_program_and_on_record(lead: Role) -> None:
    other = build.program(name="Elsewhere")
    load()

    kept = enter(lead)

    assert (kept.is_new, kept.wording.added_by, kept.wording.licence) == (
        True,
        lead.user,
        "A letter.",
    )
    own = questionnaires.wordings(program=lead.program, language="en")
    assert own["phq_2"] == kept.wording
    assert questionnaires.wordings(program=other, language="en")["phq_2"].program is None
    assert questionnaires.wordings(program=lead.program, language="es") == {}
    entry = AuditEntry.objects.get(thing="instrumentwording")
    assert (entry.actor, entry.verb, entry.thing_uid) == (lead.user, "created", kept.wording.uid)


def test_entering_the_same_words_again_changes_nothing(lead: Role) -> None:
    assert [enter(lead).is_new, enter(lead).is_new] == [True, False]
    changed = Words(items={"1": "First!", "2": "Second"}, labels=ENTERED.labels)
    assert enter(lead, changed).wording.version == 2
    assert AuditEntry.objects.filter(thing="instrumentwording").count() == 2


def test_words_that_do_not_fit_are_not_entered(lead: Role) -> None:
    with pytest.raises(Disagrees):
        enter(lead, Words(items={"1": "First"}, labels=ENTERED.labels))
    with pytest.raises(LicenceNeeded):
        enter(lead, licence=" ")
    assert not InstrumentWording.objects.exists()


def test_program_chooses_how_often_it_asks(lead: Role) -> None:
    actor = Actor(user=lead.user, role="lead")
    before = questionnaires.asked_by(program=lead.program)
    assert (before["phq_9"], before["phq_2"]) == (30, 0)

    for _ in range(2):
        questionnaires.choose(
            program=lead.program, rhythms={**before, "phq_9": 90, "phq_2": 30}, actor=actor, at=AT
        )

    after = questionnaires.asked_by(program=lead.program)
    assert after == {**before, "phq_9": 90, "phq_2": 30}
    assert AuditEntry.objects.filter(thing="instrumentchoice").count() == 2


def test_rows_tell_rhythm_and_words_in_each_language(lead: Role) -> None:
    load("gad_7")
    rows = {row.structure.code: row for row in questionnaires.of_program(program=lead.program)}

    assert list(rows) == sorted(rows, key=lambda code: structures()[code].name)
    assert rows["gad_7"].every_days == 30
    held = dict(rows["gad_7"].wordings)
    assert (held["en"] is not None, held["es"]) == (True, None)


def test_database_keeps_each_version_once(lead: Role) -> None:
    build.wording()
    build.wording(program=lead.program)
    for program in (None, lead.program):
        with pytest.raises(IntegrityError), transaction.atomic():
            build.wording(program=program)


def test_database_keeps_one_choice_for_each_questionnaire(lead: Role) -> None:
    InstrumentChoice.objects.create(program=lead.program, instrument="bam", every_days=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        InstrumentChoice.objects.create(program=lead.program, instrument="bam", every_days=90)


def test_old_answers_keep_their_words() -> None:
    first = build.wording(instrument="phq_2")
    screening = build.screening(
        graduate=build.graduate(), at=AT - timedelta(days=40), instrument="phq_2"
    )

    load()

    screening.refresh_from_db()
    assert screening.wording == first
    assert InstrumentWording.objects.count() == 2
