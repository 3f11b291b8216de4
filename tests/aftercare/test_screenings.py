"""Questionnaires on the web: begun, kept answer by answer, scored, and laid before a person at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from aftercare import access, inbox, questionnaires, safety, screenings
from aftercare.engagement import wording
from aftercare.instruments.structure import structures
from aftercare.models import (
    AuditEntry,
    CheckIn,
    DisengagementSignal,
    Graduate,
    Screening,
    ScreeningAnswer,
    Track,
)
from aftercare.record import Actor
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

AT = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
SAFETY = DisengagementSignal.Kind.SAFETY

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    return build.graduate(tracks=[Track.MOOD])


def begin(graduate: Graduate, at: datetime = AT, language: str = "en") -> list[str]:
    """The questionnaires begun by now."""
    screenings.begin(graduate=graduate, language=language, at=at)
    rows = Screening.objects.filter(graduate=graduate).order_by("pk")
    return list(rows.values_list("instrument", flat=True))


def sitting(graduate: Graduate, at: datetime = AT) -> screenings.Sitting:
    return screenings.sitting(graduate=graduate, language="en", at=at)


def due(graduate: Graduate, at: datetime = AT, language: str = "en") -> list[str]:
    found = screenings.sitting(graduate=graduate, language=language, at=at)
    return [one.code for one in found.due]


def answer(screening: Screening, values: dict[str, int], at: datetime = AT) -> Screening:
    actor = Actor(user=None, role="graduate")
    screenings.answer(screening=screening, values=values, actor=actor, at=at)
    screening.refresh_from_db()
    return screening


def phq_9(graduate: Graduate) -> Screening:
    build.wording(instrument="phq_9")
    begin(graduate)
    return Screening.objects.get(instrument="phq_9")


def signals() -> list[DisengagementSignal]:
    return list(DisengagementSignal.objects.filter(kind=SAFETY))


# What is asked, and when


def test_person_is_asked_what_their_tracks_ask_and_has_words(graduate: Graduate) -> None:
    for code in ("phq_9", "bam", "pc_ptsd_5", "phq_2"):
        build.wording(instrument=code)
    both = build.graduate(program=graduate.program, tracks=[Track.TRAUMA, Track.SUBSTANCE_USE])

    assert due(graduate) == ["phq_9"]
    assert due(both) == ["bam", "pc_ptsd_5"]
    assert due(graduate, language="es") == []


def test_program_s_own_choice_of_what_is_asked_holds(graduate: Graduate) -> None:
    for code in ("phq_9", "phq_2"):
        build.wording(instrument=code)
    questionnaires.choose(program=graduate.program, rhythms={"phq_9": 0, "phq_2": 30}, at=AT)
    assert due(graduate) == ["phq_2"]


def test_what_was_begun_is_asked_again_after_a_month_of_local_days(graduate: Graduate) -> None:
    build.wording()
    late = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)  # the evening of the ninth in New York
    begin(graduate, at=late)

    assert due(graduate, at=late + timedelta(days=29)) == []
    assert due(graduate, at=late + timedelta(days=30)) == ["phq_9"]
    assert Screening.objects.get().begun_on.isoformat() == "2026-03-09"


def test_nothing_new_is_asked_in_a_pause_or_while_danger_is_looked_after(
    graduate: Graduate,
) -> None:
    build.wording()
    paused = build.graduate(tracks=[Track.MOOD], status=Graduate.Status.PAUSED)
    in_danger = build.graduate(tracks=[Track.MOOD])
    safety.open_for(graduate=in_danger, code="danger_answer", name="PHQ-9", at=AT)

    assert [due(one) for one in (graduate, paused, in_danger)] == [["phq_9"], [], []]
    assert begin(in_danger) == []


def test_begin_takes_the_program_s_own_and_newest_words(graduate: Graduate) -> None:
    build.wording(version=7)
    build.wording(program=graduate.program)
    own = build.wording(program=graduate.program, version=2)

    assert begin(graduate) == ["phq_9"]
    assert Screening.objects.get().wording == own


def test_begin_twice_begins_once(graduate: Graduate) -> None:
    build.wording()
    assert begin(graduate) == begin(graduate) == ["phq_9"]


# Answers


def test_answers_are_kept_one_by_one_and_sealed(graduate: Graduate) -> None:
    row = phq_9(graduate)

    answer(row, {"1": 2})
    answer(row, {"2": 0}, at=AT + timedelta(days=2))

    (part,) = sitting(graduate, at=AT + timedelta(days=2)).parts
    assert (part.values, part.open, part.total) == ({"1": 2, "2": 0}, 7, 9)
    assert (row.scores, row.finished_at) == (None, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM aftercare_screeninganswer")
        assert all("value" not in text for (text,) in cursor.fetchall())


def test_last_answer_gives_the_score(graduate: Graduate) -> None:
    row = phq_9(graduate)

    answer(row, {str(code): 1 for code in range(1, 9)})
    answer(row, {"9": 0})

    assert (row.scores, row.finished_at) == ({"total": 8}, AT)


def test_change_of_mind_renews_the_score_within_the_week(graduate: Graduate) -> None:
    row = phq_9(graduate)
    answer(row, {str(code): 0 for code in range(1, 10)})

    answer(row, {"1": 3}, at=AT + timedelta(days=6))

    assert (row.scores, row.finished_at) == ({"total": 3}, AT)
    with pytest.raises(screenings.TooLate):
        answer(row, {"1": 0}, at=AT + timedelta(days=7))
    assert ScreeningAnswer.objects.count() == 9


def test_opened_gate_takes_the_score_back_until_the_rest_is_answered(graduate: Graduate) -> None:
    graduate.tracks = [Track.TRAUMA]
    build.wording(instrument="pc_ptsd_5")
    begin(graduate)
    row = Screening.objects.get()

    assert answer(row, {"event": 0}).scores == {"total": 0}
    opened = answer(row, {"event": 1})
    assert (opened.scores, opened.finished_at) == (None, None)
    assert answer(row, {str(code): 1 for code in range(1, 6)}).scores == {"total": 5}


def test_same_answers_again_change_nothing(graduate: Graduate) -> None:
    row = phq_9(graduate)
    answer(row, {"1": 2, "9": 1})
    before = AuditEntry.objects.count(), ScreeningAnswer.objects.get(item="1").at

    answer(row, {"1": 2, "9": 1}, at=AT + timedelta(minutes=5))

    assert (AuditEntry.objects.count(), ScreeningAnswer.objects.get(item="1").at) == before
    assert len(signals()[0].reasons) == 1


@pytest.mark.parametrize("values", [{"1": 4}, {"1": -1}, {"10": 0}, {"event": 1}])
def test_what_is_no_answer_is_refused_whole(values: dict[str, int], graduate: Graduate) -> None:
    row = phq_9(graduate)
    with pytest.raises(screenings.NoSuchAnswer):
        answer(row, {"2": 1, **values})
    assert not ScreeningAnswer.objects.exists()


def test_answering_is_put_on_record(graduate: Graduate) -> None:
    row = phq_9(graduate)
    answer(row, {"1": 2})
    entry = AuditEntry.objects.get(thing="screening")
    assert (entry.thing_uid, entry.graduate_uid) == (row.uid, graduate.uid)


# Danger


def test_thoughts_of_death_open_the_safety_lane_at_once(graduate: Graduate) -> None:
    row = phq_9(graduate)
    waiting = build.message(graduate=graduate, kind=Kind.CHECK_IN, state=Message.State.DUE, at=AT)

    answer(row, {"8": 3})
    assert signals() == []
    answer(row, {"9": 1})

    (signal,) = signals()
    assert (signal.graduate, signal.band, signal.answer_by) == (
        graduate,
        "urgent",
        AT + timedelta(minutes=15),
    )
    assert wording.sentences(signal.reasons) == [
        "Answered on the PHQ-9 that there are thoughts of death or self-harm."
    ]
    waiting.refresh_from_db()
    assert waiting.state == Message.State.CANCELLED
    assert sitting(graduate).is_danger


def test_no_thoughts_of_death_open_nothing(graduate: Graduate) -> None:
    answer(phq_9(graduate), {"9": 0})
    assert signals() == []
    assert not sitting(graduate).is_danger


def test_somebody_without_a_phone_is_in_no_less_danger() -> None:
    graduate = build.graduate(tracks=[Track.MOOD], with_phone=False)

    answer(phq_9(graduate), {"9": 3})

    assert [signal.graduate for signal in signals()] == [graduate]


# Being read


def test_who_answered_is_told_once_that_it_was_read(graduate: Graduate) -> None:
    counselor = build.role(program=graduate.program)
    build.assignment(graduate=graduate, counselor=counselor)
    stranger = build.screening(graduate=build.graduate(), at=AT, scores={"total": 1})
    rows = [
        build.screening(graduate=graduate, at=AT, instrument=code, scores={"total": 1})
        for code in ("phq_9", "gad_7")
    ]
    begun = build.screening(graduate=graduate, at=AT, instrument="phq_2")
    uids = [row.uid for row in (*rows, begun, stranger)]
    standing = access.roles_of(user=counselor.user, at=AT)

    counts = [screenings.mark_read(uids=uids, standing=standing, at=AT) for _ in range(2)]

    assert counts == [2, 0]
    read = Screening.objects.filter(read_at=AT)
    assert set(read) == set(rows)
    texts = Message.objects.filter(about=graduate.uid, kind=Kind.PERSONAL)
    assert [text.body for text in texts] == ["Dana read your answers. Thank you for telling me."]
    assert AuditEntry.objects.filter(verb="read", thing="screening").count() == 2


def test_who_hears_of_it_anyhow_gets_no_second_text(graduate: Graduate) -> None:
    counselor = build.role(program=graduate.program)
    build.assignment(graduate=graduate, counselor=counselor)
    row = build.screening(graduate=graduate, at=AT, scores={"total": 1})
    check_in = build.check_in(
        graduate=graduate, opens_at=AT, state=CheckIn.State.ANSWERED, answered_at=AT
    )
    standing = access.roles_of(user=counselor.user, at=AT)

    done = inbox.mark_read(standing=standing, at=AT, check_ins=[row.uid, check_in.uid])

    assert done == inbox.Read(texts=0, answers=2)
    assert Message.objects.filter(about=graduate.uid, kind=Kind.PERSONAL).count() == 1


def test_change_after_it_was_read_waits_again(graduate: Graduate) -> None:
    row = phq_9(graduate)
    answer(row, {str(code): 0 for code in range(1, 10)})
    Screening.objects.update(read_at=AT)

    assert answer(row, {"1": 0}).read_at == AT
    assert answer(row, {"1": 3}).read_at is None


# The way through


def test_pages_lead_through_all_parts_and_leave_out_what_is_not_asked(graduate: Graduate) -> None:
    graduate.tracks = [Track.TRAUMA, Track.MOOD]
    for code in ("pc_ptsd_5", "phq_9"):
        build.wording(instrument=code)
    begin(graduate)
    event, mood = Screening.objects.order_by("pk")

    asked = sitting(graduate)
    assert asked.places() == [(event.uid, 1), (mood.uid, 1), (mood.uid, 2)]
    answer(event, {"event": 1})

    asked = sitting(graduate)
    assert asked.places() == [(event.uid, 1), (event.uid, 2), (mood.uid, 1), (mood.uid, 2)]
    assert asked.place() == (event.uid, 2)
    assert asked.place_after(event.uid, 2) == (mood.uid, 1)
    assert asked.place_after(mood.uid, 2) is None
    assert asked.place_before(mood.uid, 1) == (event.uid, 2)
    assert asked.place_before(event.uid, 1) is None
    assert (asked.answered, asked.total, asked.is_open) == (1, 15, True)
    part = asked.parts[0]
    assert [len(part.page(number)) for number in (0, 1, 2, 3)] == [0, 1, 5, 0]


def test_sitting_ends_after_a_week_and_what_was_answered_stays(graduate: Graduate) -> None:
    answer(phq_9(graduate), {"1": 1})

    assert sitting(graduate, at=AT + timedelta(days=7)).parts == ()
    assert due(graduate, at=AT + timedelta(days=7)) == []
    assert ScreeningAnswer.objects.count() == 1


def test_finished_sitting_leads_nowhere(graduate: Graduate) -> None:
    answer(phq_9(graduate), {str(code): 0 for code in range(1, 10)})

    found = sitting(graduate)

    assert (found.place(), found.is_open, found.due) == (None, False, ())


# The database


def test_database_keeps_one_of_a_kind_a_day(graduate: Graduate) -> None:
    build.screening(graduate=graduate, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        build.screening(graduate=graduate, at=AT)


def test_database_keeps_one_answer_to_a_question(graduate: Graduate) -> None:
    row = build.screening(graduate=graduate, at=AT, values={"1": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        ScreeningAnswer.objects.create(screening=row, item="1", content={"value": 2}, at=AT)


def test_every_questionnaire_can_be_answered_to_the_end() -> None:
    graduate = build.graduate()
    for code, structure in structures().items():
        row = build.screening(graduate=graduate, at=AT, instrument=code)
        answer(row, {item.code: item.scores[-1] for item in structure.items})
        assert row.scores is not None
        assert set(row.scores) == {scale.code for scale in structure.scales}
