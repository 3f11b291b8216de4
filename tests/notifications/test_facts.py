from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from notifications import facts
from notifications.models import Address, Message
from notifications.quiet_hours import PROGRAM_HOURS, program_hours
from tests import build
from tests.notifications.person import NOON, Person


def unsaved(value: str, *, time_zone: str = "", channel: str = "sms") -> Address:
    return Address(value=value, time_zone=time_zone, channel=channel)


@pytest.mark.parametrize(
    ("address", "zones"),
    [
        (unsaved("+12155550142", time_zone="America/Chicago"), ["America/Chicago"]),
        (unsaved("+12155550142"), ["America/New_York"]),
        (unsaved("+12155550142", time_zone="Mars/Olympus"), ["America/New_York"]),
        # Area code 850 lies in two zones: each must allow a text.
        (unsaved("+18505550142"), ["America/Chicago", "America/New_York"]),
        # What is no number has no place.
        (unsaved("anonymous"), ["America/Denver"]),
        (unsaved("sam@example.org", channel="email"), ["America/Denver"]),
    ],
)
def test_zones_of_an_address(address: Address, zones: list[str]) -> None:
    found = facts.zones_of(address, otherwise="America/Denver")

    assert [zone.key for zone in found] == zones


@pytest.mark.django_db
def test_reader_reads_hours_by_channel_and_state() -> None:
    person = Person(quiet_windows=[["22:00", "07:00"]])
    message = person.queue()

    everywhere = facts.Reader([message], at=NOON).of(message)
    message.address.state = "PA"
    in_pennsylvania = facts.Reader([message], at=NOON).of(message)
    message.address.channel = "email"
    by_mail = facts.Reader([message], at=NOON).of(message)

    assert everywhere.zones == (ZoneInfo(build.NEW_YORK),)
    assert everywhere.may_text == program_hours(states=[])
    assert in_pennsylvania.may_text == program_hours(states=["PA"])
    assert by_mail.may_text == PROGRAM_HOURS
    assert everywhere.may_remind != by_mail.may_text


@pytest.mark.django_db
def test_reader_costs_the_same_for_many(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        Person().queue()
    messages = list(Message.objects.select_related("address", "sender", "program"))

    with django_assert_num_queries(1):
        reader = facts.Reader(messages, at=NOON)
        found = [reader.of(message) for message in messages]

    assert len(found) == 3
