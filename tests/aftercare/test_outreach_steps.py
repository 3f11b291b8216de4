"""Steps that follow a contact by themselves, and those that wait until they are done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aftercare import morning, outreach
from aftercare.access import roles_of
from aftercare.engagement import watch
from aftercare.models import CheckIn, DisengagementSignal, Graduate, Item, Outreach, Role
from aftercare.record import Actor
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

# A Monday noon in New York.
AT = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def counselor() -> Role:
    return build.role(program=build.program())


@pytest.fixture
def lost(counselor: Role) -> Graduate:
    """Nothing heard since joining, two check-ins unanswered: contact is lost."""
    graduate = build.graduate(
        program=counselor.program, counselor=counselor, graduated_on=date(2025, 6, 1)
    )
    build.commitment(graduate=graduate)
    for days in (13, 6):
        build.check_in(graduate=graduate, opens_at=AT - days * DAY, state=CheckIn.State.MISSED)
    watch.reassess(graduate=graduate, at=AT - DAY)
    assert graduate.signals.get(kind=Kind.SILENT).band == Band.LOST_CONTACT
    return graduate


def note(graduate: Graduate, counselor: Role, way: str, *, at: datetime, **about: Any) -> Outreach:
    signals = [row.uid for row in graduate.signals.exclude(state=State.CLOSED)]
    return outreach.note(
        graduate=graduate,
        actor=Actor(user=counselor.user, role="counselor"),
        at=at,
        **{"way": way, "outcome": "no_answer", "signals": signals, **about},
    )


def waiting(graduate: Graduate) -> list[tuple[str, date | None]]:
    rows = graduate.outreach.filter(next_on__isnull=False, next_done_at__isnull=True)
    return list(rows.order_by("pk").values_list("next_kind", "next_on"))


def test_each_try_in_vain_leads_to_the_next_step_and_the_signal_rests_until_then(
    lost: Graduate, counselor: Role
) -> None:
    steps, at = [], AT
    for way in ("call", "text", "call", "call", "mail", "call"):
        note(lost, counselor, way, at=at)
        steps += waiting(lost)
        rests_until = lost.signals.get(kind=Kind.SILENT).snoozed_until
        assert rests_until is not None
        assert rests_until.date() == steps[-1][1]
        at = rests_until + timedelta(hours=1)

    assert steps == [
        ("try", date(2026, 3, 11)),
        ("try", date(2026, 3, 13)),
        ("letter", date(2026, 3, 14)),
        ("letter", date(2026, 3, 15)),
        ("quarterly", date(2026, 6, 14)),
        ("quarterly", date(2026, 9, 13)),
    ]


def test_a_day_to_call_again_is_done_with_by_a_talk_and_comes_back_with_what_is_taken_back(
    counselor: Role,
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)
    today, later = AT.date(), AT.date() + 9 * DAY
    plain, written, ahead = (
        note(graduate, counselor, "call", at=AT - DAY, outcome="planned", **about)
        for about in (
            {"next_on": today},
            {"next_on": today, "next_step": "Bring the form"},
            {"next_on": later},
        )
    )

    def open_steps() -> set[int]:
        rows = graduate.outreach.filter(next_on__isnull=False, next_done_at__isnull=True)
        return set(rows.values_list("pk", flat=True))

    note(graduate, counselor, "call", at=AT, outcome="no_answer")
    assert open_steps() == {plain.pk, written.pk, ahead.pk}
    talk = note(graduate, counselor, "call", at=AT, outcome="reached")
    assert open_steps() == {written.pk, ahead.pk}
    outreach.take_back(
        graduate=graduate, outreach=talk.uid, actor=Actor(user=counselor.user), at=AT
    )
    assert open_steps() == {plain.pk, written.pk, ahead.pk}
    moved = note(graduate, counselor, "call", at=AT, outcome="planned", next_on=later)
    assert open_steps() == {written.pk, ahead.pk, moved.pk}


def test_what_waits_for_an_answer_comes_back_by_itself_with_nobody_to_call_beside_it(
    counselor: Role,
) -> None:
    graduate = build.graduate(program=counselor.program, counselor=counselor)
    watch.reassess(graduate=graduate, at=AT)
    signal = graduate.signals.get(kind=Kind.PLAN_EMPTY)

    made = outreach.wait_for_answer(graduate=graduate, actor=Actor(user=counselor.user), at=AT)

    signal.refresh_from_db()
    # Eight in the morning in New York, three days later.
    assert signal.snoozed_until == datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
    assert (made.outcome, waiting(graduate)) == ("planned", [])


def test_the_step_stands_on_the_morning_list_in_words(lost: Graduate, counselor: Role) -> None:
    note(lost, counselor, "call", at=AT)

    day = AT + 2 * DAY
    found = morning.read(
        standing=roles_of(user=counselor.user, at=day), at=day, mine_only=True, today=day.date()
    )

    assert [task.step for entry in found.today for task in entry.tasks] == [
        "Try again, by another way than last time."
    ]


def test_nobody_named_as_safe_is_asked_without_a_signed_consent(
    lost: Graduate, counselor: Role
) -> None:
    lost.contact_card = {"safe_contacts": "my sister, 215-555-0123"}
    lost.save()

    assert outreach.may_contact(graduate=lost, at=AT) is False
    build.release(graduate=lost, items=[Item.UNREACHABLE], at=AT)
    assert outreach.may_contact(graduate=lost, at=AT) is True


def test_looking_ends_once_the_person_is_reached_or_answers(
    lost: Graduate, counselor: Role
) -> None:
    note(lost, counselor, "call", at=AT)
    note(lost, counselor, "call", at=AT + DAY, outcome="reached")
    reached = waiting(lost)

    Outreach.objects.all().delete()
    lost.signals.all().delete()
    watch.reassess(graduate=lost, at=AT + DAY)
    note(lost, counselor, "call", at=AT + DAY)
    before = waiting(lost)
    build.reply(graduate=lost, at=AT + 2 * DAY)
    watch.reassess(graduate=lost, at=AT + 2 * DAY)

    assert reached == []
    assert [kind for kind, _on in before] == ["try"]
    assert waiting(lost) == []


def test_a_referral_and_a_hand_off_wait_until_done_whatever_else_happens(
    lost: Graduate, counselor: Role
) -> None:
    actor = Actor(user=counselor.user, role="counselor")
    made = note(lost, counselor, "call", at=AT, outcome="referred", next_kind="referral")
    note(lost, counselor, "call", at=AT + DAY, outcome="reached", next_kind="hand_off")
    note(lost, counselor, "call", at=AT + 2 * DAY, outcome="reached")
    before = waiting(lost)

    outreach.finish_step(graduate=lost, outreach=made.uid, actor=actor, at=AT + 30 * DAY)

    assert before == [("referral", date(2026, 3, 10)), ("hand_off", date(2026, 3, 11))]
    assert waiting(lost) == [("hand_off", date(2026, 3, 11))]
    assert made.step == "Return to care: see that they arrive."
