from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftercare import alarms, duty, jobs, outreach, replies, safety
from aftercare.models import (
    Alarm,
    Coverage,
    DisengagementSignal,
    Duty,
    Graduate,
    Outreach,
    Reply,
    Role,
)
from aftercare.record import PORTAL, Actor
from notifications.kinds import Kind
from notifications.models import Message, Program
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER = timedelta(minutes=15)
DANGER = "I want to kill myself"


@pytest.fixture
def home() -> Program:
    """A program whose safety lane is on: somebody on call, a lead, and a third on the list."""
    program = build.program()
    build.safety_lane(role=build.role(program=program, name="Ann First"))
    build.duty(role=build.role(program=program, kind=Role.Kind.LEAD, name="Lee Lead"))
    build.duty(role=build.role(program=program, name="Tom Third"))
    return program


@pytest.fixture
def graduate(home: Program) -> Graduate:
    return build.graduate(program=home, first_name="Sam", last_name="Rivers")


def receive(graduate: Graduate, body: str, *, sender: str = "", at: datetime = AT) -> str | None:
    return replies.receive(
        to=build.sender_of(graduate).number,
        sender=sender or build.address_of(graduate).value,
        body=body,
        provider_id=f"SM{body}{at.isoformat()}{sender}",
        at=at,
    ).answer


def paged() -> list[tuple[str, str]]:
    """Whom pages went to, by channel, in the order they were queued."""
    names: dict[int | None, tuple[str, str]] = {}
    for row in Duty.objects.select_related("user", "phone", "mailbox"):
        names[row.phone_id] = (row.user.name.split()[0], "sms")
        names[row.mailbox_id] = (row.user.name.split()[0], "email")
    rows = Message.objects.filter(kind=Kind.STAFF_PAGE).order_by("pk")
    return [names[row.address_id] for row in rows]


def test_danger_pages_who_is_on_call_then_the_lead_then_everybody(graduate: Graduate) -> None:
    receive(graduate, DANGER)

    assert paged() == []  # the webhook only writes the row; the tick does the rest
    assert alarms.page_due(at=AT) == 1
    assert paged() == [("Ann", "sms"), ("Ann", "email")]
    assert alarms.page_due(at=AT + QUARTER - MINUTE) == 0
    assert alarms.page_due(at=AT + QUARTER) == 1
    assert paged()[2:] == [("Lee", "sms"), ("Lee", "email")]
    assert alarms.page_due(at=AT + 2 * QUARTER) == 1
    everybody = [(who, way) for who in ("Ann", "Lee", "Tom") for way in ("sms", "email")]
    assert paged()[4:] == everybody
    assert alarms.page_due(at=AT + 3 * QUARTER) == 1
    assert paged()[10:] == everybody


def test_page_says_nothing_of_whom_it_is_about(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    alarms.page_due(at=AT)

    text = Message.objects.get(kind=Kind.STAFF_PAGE, sender__channel="sms").body
    code = Alarm.objects.get().code
    assert text == (
        f"An urgent item waits. Reply OK {code} if you have it. http://localhost:8000/safety/"
    )


def test_ok_with_the_code_takes_it_and_calls_other_pages_back(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    alarms.page_due(at=AT)
    first = Duty.objects.get(is_on_call=True)
    code = Alarm.objects.get().code

    said = receive(graduate, f"Ok {code}", sender=first.phone.value, at=AT + MINUTE)

    alarm = Alarm.objects.get()
    assert said == "Thank you, it is yours. Please write down what you did when there is time."
    assert (alarm.acknowledged_by, alarm.acknowledged_way) == (first.user, "text")
    assert alarm.acknowledged_at == AT + MINUTE
    assert alarms.page_due(at=AT + HOUR) == 0
    assert set(Message.objects.filter(kind=Kind.STAFF_PAGE).values_list("state", flat=True)) == {
        Message.State.CANCELLED
    }
    assert DisengagementSignal.objects.get(kind="safety").acknowledged_at == AT + MINUTE
    assert Reply.objects.latest("pk").kind == Reply.Kind.STAFF


def test_a_wrong_code_or_a_strange_phone_takes_nothing(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    first = Duty.objects.get(is_on_call=True)
    code = Alarm.objects.get().code
    wrong = f"{(int(code) + 1) % 10000:04d}"

    said = receive(graduate, f"OK {wrong}", sender=first.phone.value)
    receive(graduate, f"OK {code}", sender="+12155550199")

    assert said == "That code is not open. Look at the list of urgent items on the web."
    assert Alarm.objects.get().acknowledged_at is None
    first.refresh_from_db()
    assert first.wrong_codes == 1


def test_guessing_codes_comes_to_an_end(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    first = Duty.objects.get(is_on_call=True)
    Duty.objects.filter(pk=first.pk).update(wrong_codes=duty.MOST_WRONG)

    receive(graduate, f"OK {Alarm.objects.get().code}", sender=first.phone.value)

    assert Alarm.objects.get().acknowledged_at is None


def test_new_danger_after_somebody_took_it_pages_again(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    alarms.page_due(at=AT)
    alarms.acknowledge(alarm=Alarm.objects.get(), actor=PORTAL, at=AT + MINUTE)

    receive(graduate, "took all my pills", at=AT + HOUR)

    alarm = Alarm.objects.get()
    assert (alarm.next_at, alarm.acknowledged_at, alarm.rounds) == (AT + HOUR, None, 0)


def test_unclear_danger_pages_only_after_no_or_silence(graduate: Graduate) -> None:
    receive(graduate, "i dont want to be here anymore")

    assert alarms.page_due(at=AT) == 0
    assert Alarm.objects.get().next_at is None
    safety.follow_up_due(at=AT + QUARTER)
    assert alarms.page_due(at=AT + QUARTER) == 1


def test_an_unknown_number_pages_the_program_of_the_line(home: Program, graduate: Graduate) -> None:
    said = receive(graduate, DANGER, sender="+12155550188")

    alarm = Alarm.objects.get()
    assert "988" in (said or "")
    assert (alarm.program, alarm.graduate, alarm.address.value) == (home, None, "+12155550188")  # type: ignore[union-attr]
    assert alarms.page_due(at=AT) == 1
    assert paged() == [("Ann", "sms"), ("Ann", "email")]


def test_danger_after_stop_says_that_only_a_call_helps(graduate: Graduate) -> None:
    receive(graduate, "STOP")
    receive(graduate, DANGER, at=AT + MINUTE)
    alarms.page_due(at=AT + MINUTE)

    text = Message.objects.filter(kind=Kind.STAFF_PAGE).order_by("pk")[0].body
    assert "They cannot get our texts: CALL." in text


def test_an_hour_without_workers_ends_with_the_page_sent_and_the_chain_continued(
    graduate: Graduate,
) -> None:
    receive(graduate, DANGER)

    jobs.tick(at=AT + HOUR)
    sent = Message.objects.filter(kind=Kind.STAFF_PAGE, sent_at=AT + HOUR)
    assert sent.count() == 2
    assert paged() == [("Ann", "sms"), ("Ann", "email")]
    jobs.tick(at=AT + HOUR + QUARTER)
    assert paged()[2:] == [("Lee", "sms"), ("Lee", "email")]


def test_a_program_that_is_not_ready_pages_nobody_and_shows_the_item() -> None:
    person = build.graduate()

    receive(person, DANGER)

    assert alarms.page_due(at=AT + DAY) == 0
    assert Alarm.objects.get().graduate == person


def test_texts_rest_until_somebody_lets_them_go_on_and_is_asked_after_a_day(
    graduate: Graduate,
) -> None:
    receive(graduate, DANGER)
    alarm = Alarm.objects.get()
    ann = Duty.objects.get(is_on_call=True)
    actor = Actor(user=ann.user, role="counselor")
    alarms.close(
        alarm=alarm, outcome="safe", note="Talked for an hour.", resumes=False, actor=actor, at=AT
    )

    assert safety.is_looked_after(graduate=graduate)
    assert DisengagementSignal.objects.get(kind="safety").outcome == "reached"
    assert alarms.ask_due(at=AT + DAY - MINUTE) == 0
    assert alarms.ask_due(at=AT + DAY) == 1
    asked = Message.objects.filter(kind=Kind.STAFF_PAGE, key__startswith="resume:").order_by("pk")
    assert [row.address for row in asked] == [ann.phone, ann.mailbox]
    assert asked[0].body.startswith("An item waits for your decision: may planned texts go on?")
    alarms.resume(alarm=alarm, actor=actor, at=AT + DAY)
    assert not safety.is_looked_after(graduate=graduate)
    assert alarms.ask_due(at=AT + 9 * DAY) == 0


def test_an_alarm_ends_only_when_it_is_written_down(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    alarm = Alarm.objects.get()

    for outcome, note in [("safe", " "), ("", "All well.")]:
        with pytest.raises(alarms.NotWrittenDown):
            alarms.close(alarm=alarm, outcome=outcome, note=note, resumes=True, actor=PORTAL, at=AT)
    assert Alarm.objects.get().closed_at is None


def test_a_call_in_the_list_of_the_morning_takes_the_alarm(graduate: Graduate) -> None:
    receive(graduate, DANGER)
    signal = DisengagementSignal.objects.get(kind="safety")
    actor = Actor(user=build.user(), role="counselor")

    outreach.note(
        graduate=graduate,
        way=Outreach.Way.CALL,
        outcome=Outreach.Outcome.REACHED,
        actor=actor,
        signals=[signal.uid],
        at=AT + MINUTE,
    )

    alarm = Alarm.objects.get()
    assert (alarm.acknowledged_by, alarm.next_at, alarm.closed_at) == (actor.user, None, None)


def test_a_wish_for_a_call_that_nobody_met_goes_to_the_cover_and_then_to_the_lead(
    home: Program,
) -> None:
    counselor = build.role(program=home, name="Cara Own")
    cover = next(role for role in Role.objects.all() if role.user.name == "Tom Third")
    Coverage.objects.create(
        counselor=counselor, cover=cover, starts_at=AT - DAY, ends_at=AT + 3 * DAY
    )
    graduate = build.graduate(program=home, counselor=counselor)

    receive(graduate, "CALL")
    replies.read_unread(at=AT)

    assert alarms.page_due(at=AT + 2 * HOUR - MINUTE) == 0
    assert alarms.page_due(at=AT + 2 * HOUR) == 1
    assert paged() == [("Tom", "sms"), ("Tom", "email")]
    assert alarms.page_due(at=AT + 4 * HOUR) == 1
    assert paged()[2:] == [("Lee", "sms"), ("Lee", "email")]
    signal = DisengagementSignal.objects.get(kind="need_support")
    outreach.acknowledge(
        graduate=graduate, signal=signal.uid, actor=Actor(user=cover.user), at=AT + 4 * HOUR
    )
    assert Alarm.objects.get().closed_at == AT + 4 * HOUR


def test_every_alarm_is_about_somebody() -> None:
    with pytest.raises(IntegrityError):
        Alarm.objects.create(program=build.program(), code="1234", opened_at=AT)


def test_one_alarm_is_open_for_each_person_and_each_number(graduate: Graduate) -> None:
    for sender in ("", "+12155550188"):
        receive(graduate, DANGER, sender=sender)
        receive(graduate, "took all my pills", sender=sender, at=AT + MINUTE)

    assert Alarm.objects.count() == 2
    for row in Alarm.objects.select_related("graduate", "address", "program"):
        facts = {"graduate": row.graduate, "address": row.address, "program": row.program}
        with pytest.raises(IntegrityError), transaction.atomic():
            Alarm.objects.create(code="1234", opened_at=AT, **facts)
