from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from notifications import delivery, inbound, outbox, tracking
from notifications.models import Attempt, InboundMessage, Message
from notifications.transports.base import Receipt
from notifications.transports.memory import Memory
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


def sent(person: Person | None = None) -> Attempt:
    """A text that the provider took, and of which it says nothing more."""
    message = (person or Person()).queue()
    delivery.deliver(message_id=message.pk, at=NOON)
    return Attempt.objects.get(message=message)


def say(provider: Memory, attempt: Attempt, status: str, code: str = "", **charge: object) -> None:
    """What the provider's account knows of a text."""
    receipt = Receipt(provider_id=attempt.provider_id, status=status, code=code, **charge)  # type: ignore[arg-type]
    provider.fates[attempt.provider_id] = receipt


def next_ask(attempt: Attempt) -> datetime | None:
    attempt.refresh_from_db()
    return attempt.next_ask_at


def test_follow_asks_after_a_quarter_of_an_hour_and_not_before(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "delivered", price=Decimal("0.0079"), price_unit="USD", segments=1)

    assert tracking.follow(at=NOON + QUARTER - timedelta(seconds=1)) == 0
    assert Message.objects.get().state == State.SENT
    assert tracking.follow(at=NOON + QUARTER) == 1

    attempt.refresh_from_db()
    assert Message.objects.get().state == State.DELIVERED
    assert (attempt.price, attempt.price_unit, attempt.billed_segments) == (
        Decimal("0.00790"),
        "USD",
        1,
    )
    assert attempt.next_ask_at is None


def test_follow_takes_a_lost_failure_for_what_it_is(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "undelivered", "30007")

    tracking.follow(at=NOON + QUARTER)

    message = Message.objects.get()
    assert (message.state, message.reason) == (State.UNDELIVERED, "filtered_by_carrier")


def test_follow_asks_more_and_more_seldom_and_rests_after_a_day(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "sent")
    asked = []
    at: datetime | None = next_ask(attempt)
    while at is not None:
        tracking.follow(at=at)
        asked.append((at - NOON) / timedelta(hours=1))
        at = next_ask(attempt)

    assert asked == [0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75]
    assert Message.objects.get().state == State.SENT


def test_a_report_that_came_ends_the_asking(provider: Memory) -> None:
    attempt = sent()
    outbox.record_status(
        attempt_uid=attempt.uid, provider_id=attempt.provider_id, status="delivered", at=NOON
    )

    assert next_ask(attempt) is None
    assert tracking.follow(at=NOON + DAY) == 0


def test_follow_asks_again_when_the_provider_was_away(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "delivered")
    provider.away = True

    tracking.follow(at=NOON + QUARTER)
    again_at = next_ask(attempt)
    provider.away = False
    assert again_at == NOON + 3 * QUARTER
    tracking.follow(at=again_at)

    assert Message.objects.get().state == State.DELIVERED


def test_follow_leaves_what_the_provider_does_not_know_to_the_comparison(provider: Memory) -> None:
    attempt = sent()
    provider.sent.clear()

    tracking.follow(at=NOON + QUARTER)

    assert next_ask(attempt) is None
    assert Message.objects.get().state == State.SENT


def test_follow_asks_nobody_where_nothing_is_kept(provider: Memory, settings: Settings) -> None:
    attempt = sent()
    settings.SMS_TRANSPORT = "console"

    assert tracking.follow(at=NOON + QUARTER) == 1

    assert next_ask(attempt) is None


# The provider's copy of the words


def listed(attempt: Attempt, *, at: datetime) -> None:
    """The daily comparison has met it."""
    Attempt.objects.filter(pk=attempt.pk).update(listed_at=at, next_ask_at=at)


def test_words_are_wiped_once_the_text_was_listed_and_is_done(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "delivered")
    tracking.follow(at=NOON + QUARTER)
    tracking.follow(at=NOON + DAY)
    assert provider.redacted == []

    say(
        provider, attempt, "delivered", price=Decimal("0.0166"), price_unit="USD", segments=2
    )  # charged meanwhile
    listed(attempt, at=NOON + DAY)
    tracking.follow(at=NOON + DAY)

    attempt.refresh_from_db()
    assert provider.redacted == [attempt.provider_id]
    assert (attempt.redacted_at, attempt.next_ask_at) == (NOON + DAY, None)
    assert (attempt.price, attempt.billed_segments) == (Decimal("0.01660"), 2)
    assert tracking.follow(at=NOON + 2 * DAY) == 0


def test_words_are_not_wiped_while_more_may_be_heard(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "sent")
    listed(attempt, at=NOON + QUARTER)

    tracking.follow(at=NOON + QUARTER)
    assert provider.redacted == []
    outbox.record_status(
        attempt_uid=attempt.uid,
        provider_id=attempt.provider_id,
        status="delivered",
        at=NOON + 2 * QUARTER,
    )
    tracking.follow(at=NOON + 2 * QUARTER)

    assert provider.redacted == [attempt.provider_id]


def test_words_are_wiped_later_when_the_provider_was_away(provider: Memory) -> None:
    attempt = sent()
    say(provider, attempt, "delivered")
    tracking.follow(at=NOON + QUARTER)
    listed(attempt, at=NOON + DAY)
    provider.away = True

    tracking.follow(at=NOON + DAY)
    attempt.refresh_from_db()
    assert (attempt.redacted_at, attempt.next_ask_at) == (None, NOON + DAY + 2 * QUARTER)
    provider.away = False
    tracking.follow(at=NOON + DAY + 2 * QUARTER)

    assert provider.redacted == [attempt.provider_id]


def test_wiping_is_given_up_at_last_and_the_operator_told(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = sent()
    say(provider, attempt, "delivered")
    tracking.follow(at=NOON + QUARTER)
    listed(attempt, at=NOON + DAY)
    Attempt.objects.update(asks=tracking.MOST_ASKS)
    provider.away = True

    tracking.follow(at=NOON + DAY)

    assert next_ask(attempt) is None
    assert "could not be wiped" in caplog.text


def test_words_stay_where_the_operator_wants_them(provider: Memory, settings: Settings) -> None:
    settings.REDACT_AT_PROVIDER = False
    attempt = sent()
    say(provider, attempt, "delivered")
    tracking.follow(at=NOON + QUARTER)
    listed(attempt, at=NOON + DAY)

    tracking.follow(at=NOON + DAY)

    assert (provider.redacted, next_ask(attempt)) == ([], None)


def test_what_somebody_wrote_is_wiped_after_a_day(provider: Memory) -> None:
    person = Person()
    inbound.accept(
        to=person.sender.number,
        sender=person.address.value,
        body="I am well",
        provider_id="SM7",
        at=NOON,
    )

    tracking.follow(at=NOON + DAY - QUARTER)
    assert provider.redacted == []
    tracking.follow(at=NOON + DAY)

    stored = InboundMessage.objects.get()
    assert provider.redacted == ["SM7"]
    assert (stored.next_ask_at, stored.body) == (None, "I am well")
