from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from notifications import delivery
from notifications.claims import Taker
from notifications.gates import LOOK_AGAIN
from notifications.kinds import RULES, Kind
from notifications.models import Address, Attempt, Message, Program, Sender
from notifications.transports.base import Parcel, Receipt
from notifications.transports.memory import Memory
from tests import build
from tests.notifications.person import NOON, TUESDAY, Person

pytestmark = pytest.mark.django_db

State = Message.State
HOUR = timedelta(hours=1)


def fill(program: Program, count: int, kind: Kind, *, name: str) -> None:
    """So many messages due for as long, made in bulk."""
    sender = Sender.objects.get(program=program)
    start = Address.objects.count()
    people = Address.objects.bulk_create(
        Address(
            value=f"+1215{start + number:07d}",
            index=f"{start + number:064d}",
            time_zone=build.NEW_YORK,
            confirmed_at=build.LONG_AGO,
            created_at=build.LONG_AGO,
        )
        for number in range(count)
    )
    Message.objects.bulk_create(
        Message(
            key=f"{name}:{number}",
            program=program,
            sender=sender,
            address=person,
            kind=kind,
            lane=RULES[kind].lane,
            body=f"{name} {number}",
            not_before=TUESDAY - HOUR,
            next_at=TUESDAY - HOUR + timedelta(milliseconds=number),
            expires_at=TUESDAY + HOUR,
            queued_at=TUESDAY - HOUR,
        )
        for number, person in enumerate(people)
    )


def who(remote: Memory) -> list[str]:
    """To which batch the texts belong that left, in their order."""
    return [parcel.body.split()[0] for parcel in remote.sent]


def take(hands: int, *, most: int = 1000) -> list[str]:
    """The bodies of one claim."""
    taker = Taker(
        Message.objects.all(), owner="test", hands={"memory": hands}, at=NOON, keep_pace=False
    )
    return [each.parcel.body for each in taker.take(most=most).parcels]


def test_claim_is_no_larger_than_the_hands(remote: Memory) -> None:
    program = build.program()
    for number in range(5):
        Person(program=program).queue(body=f"Text {number}")

    assert take(3) == ["Text 0", "Text 1", "Text 2"]
    assert Attempt.objects.filter(state=Attempt.State.SUBMITTING).count() == 3
    assert take(3, most=1) == ["Text 3"]


def test_claim_of_lane_0_is_no_larger_than_the_hands_of_each_way(remote: Memory) -> None:
    program = build.program()
    box = Sender.objects.create(program=program, channel=Sender.Channel.EMAIL)
    for number in range(6):
        person = Person(program=program)
        person.sender = box if number < 3 else person.sender
        person.queue(Kind.STAFF_PAGE, body=f"Page {number}", at=NOON - HOUR)

    taker = Taker(
        Message.objects.all(),
        owner="test",
        hands={"memory": 8, "mailer": 1},
        at=NOON,
        keep_pace=False,
    )

    assert [each.parcel.body for each in taker.take(most=8).parcels] == [
        "Page 0",
        "Page 3",
        "Page 4",
        "Page 5",
    ]
    assert [each.parcel.body for each in taker.take(most=8).parcels] == ["Page 1"]


def test_no_more_is_unclear_than_is_under_way(
    remote: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.parallel = 1
    program, open_tries = build.program(), []
    for number in range(5):
        Person(program=program).queue(body=f"Text {number}")
    send = remote.send

    def count(parcel: Parcel) -> Receipt:
        open_tries.append(Attempt.objects.filter(state=Attempt.State.SUBMITTING).count())
        return send(parcel)

    monkeypatch.setattr(remote, "send", count)
    delivery.deliver_due(at=NOON)

    assert open_tries == [1] * 5


def test_crisis_answer_passes_5000_nudges_in_the_middle_of_a_run(
    remote: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(build.program(), 5000, Kind.CODE, name="code")
    somebody, send = Person(), remote.send

    def interrupt(parcel: Parcel) -> Receipt:
        if len(remote.sent) == 40:
            somebody.queue(Kind.CRISIS, body="crisis", at=TUESDAY)
        return send(parcel)

    monkeypatch.setattr(remote, "send", interrupt)
    delivery.deliver_due(at=TUESDAY, limit=60)

    assert who(remote) == ["code"] * 41 + ["crisis"] + ["code"] * 18


def test_programs_take_turns(remote: Memory) -> None:
    crowd, few = build.program(), build.program()
    fill(crowd, 1000, Kind.CODE, name="crowd")
    fill(few, 10, Kind.CODE, name="few")

    delivery.deliver_due(at=TUESDAY, limit=40)

    assert Counter(who(remote)) == {"crowd": 30, "few": 10}
    assert Counter(who(remote)[:20]) == {"crowd": 10, "few": 10}


def test_claim_is_shared_among_more_programs_than_hands(remote: Memory) -> None:
    for number in range(5):
        fill(build.program(), 6, Kind.CODE, name=f"program{number}")

    delivery.deliver_due(at=TUESDAY, limit=10)

    assert set(Counter(who(remote)).values()) == {2}
    assert len(set(who(remote))) == 5


def test_program_with_nothing_left_leaves_its_share_to_the_others(remote: Memory) -> None:
    fill(build.program(), 3, Kind.CODE, name="few")
    fill(build.program(), 30, Kind.CODE, name="crowd")

    assert delivery.deliver_due(at=TUESDAY) == delivery.Delivered(sent=33)


def test_person_with_several_texts_gets_them_one_after_another(remote: Memory) -> None:
    person = Person()
    for number in range(4):
        person.queue(Kind.CODE, body=f"Text {number}", at=NOON + timedelta(seconds=number))
    remote.parallel = 8

    delivery.deliver_due(at=NOON + timedelta(minutes=1))

    assert [parcel.body for parcel in remote.sent] == [f"Text {number}" for number in range(4)]


# Rows that cannot be worked on


def poison(message: Message, table: str, column: str, value: str) -> None:
    """Write what no code of ours would."""
    key = {
        "message": message.pk,
        "address": message.address_id,
        "program": message.program_id,
        "sender": message.sender_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE notifications_{table} SET {column} = %s WHERE id = %s",  # noqa: S608
            [value, key[table]],
        )


EVERYWHERE = [
    ("message", "kind", "unheard of"),
    ("message", "body", "k1.bm90IHNlYWxlZA=="),
    ("message", "body", "no key at all"),
    ("message", "body", ""),
    ("address", "value", "k9.AAAA"),
    ("address", "value", "not base64 \u00e9"),
    ("address", "quiet_windows", '[["late", "early"]]'),
    ("address", "quiet_windows", '[["25:00", "07:00"]]'),
    ("address", "quiet_windows", "[7]"),
    ("address", "quiet_windows", '"all day"'),
    ("address", "quiet_windows", '{"from": 7}'),
    ("sender", "channel", "pigeon"),
]
# PostgreSQL's types refuse these.
SQLITE_ONLY = [
    ("message", "uid", "no id"),
    ("message", "about", "no id"),
    ("message", "queued_at", "2026-13-45 99:99:99"),
    ("message", "expires_at", "2026-99-99 00:00:00"),
    ("message", "segments", "many"),
    ("address", "uid", "no id"),
    ("address", "confirmed_at", "2026-99-99 00:00:00"),
    ("sender", "free_at", "2026-99-99 00:00:00"),
]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    EVERYWHERE + (SQLITE_ONLY if connection.vendor == "sqlite" else []),
)
def test_row_that_cannot_be_worked_on_waits_alone(
    remote: Memory, table: str, column: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    remote.parallel = 20
    before, bad, after = (Person().queue() for _ in range(3))
    poison(bad, table, column, value)

    delivery.deliver_due(at=NOON)

    rows = Message.objects.order_by("pk").values_list("pk", "state", "reason", "next_at")
    fates = {pk: fate for pk, *fate in rows}
    assert fates == {
        before.pk: [State.SENT, "", None],
        bad.pk: [State.DEFERRED, "internal", NOON + LOOK_AGAIN],
        after.pk: [State.SENT, "", None],
    }
    assert " cannot be " in caplog.text


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's types refuse these")
@pytest.mark.parametrize(("column", "value"), [("uid", "no id"), ("created_at", "2026-99-99")])
def test_what_is_broken_in_a_program_and_not_needed_stops_no_text(
    remote: Memory, column: str, value: str
) -> None:
    message = Person().queue()
    poison(message, "program", column, value)

    delivery.deliver_due(at=NOON)

    message.refresh_from_db(fields=["state"])
    assert message.state == State.SENT
