from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from notifications import delivery, settling, sweep, tracking
from notifications.kinds import Kind
from notifications.models import Attempt, InboundMessage, Message, Sweep
from notifications.transports.base import Listed, Receipt, TransportError, Way
from notifications.transports.memory import Memory
from notifications.transports.outcomes import Outcome
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
THAT_DAY = NOON.date()
# Six hours after the end of that day.
RIPE = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def sent(person: Person, body: str = "At 7 PM today.", kind: Kind = Kind.REMINDER) -> Attempt:
    message = person.queue(kind, body=body)
    delivery.deliver(message_id=message.pk, at=NOON)
    return Attempt.objects.get(message=message)


def lists(
    provider: Memory,
    provider_id: str,
    person: Person,
    *,
    body: str = "At 7 PM today.",
    way: Way = Way.OUT,
    status: str = "delivered",
    made_at: datetime = NOON + SECOND,
    price: Decimal | None = Decimal("0.0079"),
) -> None:
    """A message in the provider's own list."""
    ends = [person.sender.number, person.address.value]
    sender, to = reversed(ends) if way is Way.IN else ends
    receipt = Receipt(
        provider_id=provider_id,
        status=status,
        segments=1,
        price=price,
        price_unit="USD" if price else "",
    )
    listed = Listed(
        receipt=receipt, way=way, sender=sender, to=to, body=body, media=0, made_at=made_at
    )
    provider.listed.append(listed)
    provider.fates[provider_id] = receipt


def test_run_fills_price_and_last_word_of_what_both_have(provider: Memory) -> None:
    person = Person()
    attempt = sent(person)
    lists(provider, attempt.provider_id, person)

    assert sweep.run(at=RIPE) == 3

    attempt.refresh_from_db()
    row = Sweep.objects.get(on=THAT_DAY)
    assert (attempt.listed_at, attempt.price, attempt.price_unit, attempt.billed_segments) == (
        RIPE,
        Decimal("0.00790"),
        "USD",
        1,
    )
    assert Message.objects.get().state == State.DELIVERED
    assert (row.listed, row.matched, row.settled, row.strangers, row.missing, row.done_at) == (
        1,
        1,
        0,
        [],
        [],
        RIPE,
    )
    tracking.follow(at=RIPE)
    assert provider.redacted == [attempt.provider_id]


def test_run_waits_until_the_day_has_settled_and_does_each_once(provider: Memory) -> None:
    assert sweep.run(at=RIPE - SECOND) == 3
    assert not Sweep.objects.filter(on=THAT_DAY).exists()

    assert sweep.run(at=RIPE) == 1
    assert sweep.run(at=RIPE) == 0

    assert list(Sweep.objects.order_by("on").values_list("on", flat=True)) == [
        THAT_DAY - timedelta(days=back) for back in (3, 2, 1, 0)
    ]


def test_sweep_is_once_a_day() -> None:
    Sweep.objects.create(on=THAT_DAY, began_at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        Sweep.objects.create(on=THAT_DAY, began_at=NOON)


def test_run_settles_what_a_person_was_left_with(provider: Memory) -> None:
    person = Person()
    message = person.queue(Kind.PERSONAL, body="See you.")
    provider.script.append("lose")
    delivery.deliver(message_id=message.pk, at=NOON)
    settling.reconcile(at=NOON + timedelta(minutes=1))
    settling.reconcile(at=NOON + timedelta(minutes=4))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.UNKNOWN, "unsettled")
    # The list was later than our patience.
    lists(provider, "SM5", person, body="See you.")

    sweep.run(at=RIPE)

    message.refresh_from_db()
    attempt = Attempt.objects.get()
    assert (message.state, message.reason) == (State.DELIVERED, "")
    assert (attempt.provider_id, attempt.state) == ("SM5", Attempt.State.SUBMITTED)
    assert Sweep.objects.get(on=THAT_DAY).settled == 1


@pytest.mark.parametrize(
    ("body", "made_at"),
    [
        ("Something else.", NOON + SECOND),
        ("At 7 PM today.", NOON - timedelta(minutes=1)),
        ("At 7 PM today.", NOON + timedelta(hours=2)),
    ],
)
def test_run_tells_of_texts_that_nobody_here_sent(
    provider: Memory, caplog: pytest.LogCaptureFixture, body: str, made_at: datetime
) -> None:
    person = Person()
    provider.script.append("lose")
    message = person.queue()
    delivery.deliver(message_id=message.pk, at=NOON)
    lists(provider, "SM6", person, body=body, made_at=made_at)

    sweep.run(at=RIPE)

    row = Sweep.objects.get(on=THAT_DAY)
    message.refresh_from_db()
    assert (row.strangers, row.settled, message.state) == (["SM6"], 0, State.UNKNOWN)
    assert "1 texts that nobody here knows as sent: SM6" in caplog.text


def test_run_tells_of_texts_that_the_provider_does_not_know(
    provider: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    lost, late = sent(Person()), sent(Person())
    provider.sent.clear()
    provider.fates[late.provider_id] = Receipt(
        provider_id=late.provider_id, status="failed", code="30008"
    )

    sweep.run(at=RIPE)

    late.refresh_from_db()
    row = Sweep.objects.get(on=THAT_DAY)
    assert (row.missing, row.matched) == ([lost.pk], 1)
    # Not in the day's list, but known by its id: it never was sent, so it has no day.
    assert (late.listed_at, late.status) == (RIPE, "failed")
    assert f"attempts {lost.pk}." in caplog.text
    assert Message.objects.get(pk=lost.message_id).state == State.SENT


def test_run_goes_on_where_it_was_cut_short(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.page_size = 2
    people = [Person() for _ in range(5)]
    for person in people:
        lists(provider, sent(person).provider_id, person)
    asked: list[str] = []
    broken = [True]
    day = provider.day

    def breaks_on_the_second_page(on: date, *, to: str = "", cursor: str = "") -> object:
        asked.append(cursor)
        if cursor == "2" and broken:
            broken.pop()
            raise TransportError(Outcome.AMBIGUOUS)
        return day(on, to=to, cursor=cursor)

    monkeypatch.setattr(provider, "day", breaks_on_the_second_page)
    Sweep.objects.bulk_create(
        Sweep(on=THAT_DAY - timedelta(days=back), began_at=NOON, done_at=NOON) for back in (1, 2)
    )

    assert sweep.run(at=RIPE) == 0
    cut = Sweep.objects.get(on=THAT_DAY)
    assert (cut.done_at, cut.cursor, cut.listed) == (None, "2", 2)
    asked.clear()
    assert sweep.run(at=RIPE + timedelta(hours=1)) == 1

    whole = Sweep.objects.get(on=THAT_DAY)
    of_the_day = [cursor for cursor in asked if cursor]
    assert of_the_day == ["2", "4"]
    assert (whole.listed, whole.matched, whole.missing) == (5, 5, [])


def test_run_begins_anew_where_the_place_is_no_longer_good(
    provider: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sweep.objects.create(on=THAT_DAY, began_at=NOON, cursor="stale", listed=9)
    day = provider.day

    def knows_no_such_place(on: date, *, to: str = "", cursor: str = "") -> object:
        if cursor == "stale":
            raise TransportError(Outcome.REFUSED, code="20001")
        return day(on, to=to, cursor=cursor)

    monkeypatch.setattr(provider, "day", knows_no_such_place)
    person = Person()
    lists(provider, sent(person).provider_id, person)

    sweep.run(at=RIPE)
    sweep.run(at=RIPE)

    row = Sweep.objects.get(on=THAT_DAY)
    assert (row.listed, row.matched, row.done_at) == (1, 1, RIPE)


def test_run_waits_for_a_provider_that_is_away(provider: Memory) -> None:
    provider.away = True

    assert sweep.run(at=RIPE) == 0

    provider.away = False
    assert sweep.run(at=RIPE) == 3


def test_run_has_nothing_to_compare_with_where_nothing_is_kept(settings: Settings) -> None:
    settings.SMS_TRANSPORT = "console"

    assert sweep.run(at=RIPE) == 0
    assert Sweep.objects.count() == 0


# What came in


def test_run_takes_in_a_text_that_never_reached_us(provider: Memory) -> None:
    person = Person()
    waiting = person.queue(at=NOON + timedelta(days=1))
    lists(provider, "SM8", person, body="stop texting me", way=Way.IN)

    sweep.run(at=NOON + timedelta(minutes=20))
    sweep.run(at=NOON + timedelta(minutes=80))

    stored = InboundMessage.objects.get()
    waiting.refresh_from_db()
    assert (stored.provider_id, stored.body, stored.read_at) == ("SM8", "stop texting me", None)
    assert (waiting.state, waiting.reason) == (State.CANCELLED, "opted_out")


@pytest.mark.parametrize(
    ("body", "kind"), [("please stop texting me", Kind.OPT_OUT), ("HELP", Kind.HELP)]
)
def test_what_was_to_be_said_back_goes_by_itself(provider: Memory, body: str, kind: Kind) -> None:
    person = Person()
    lists(provider, "SM8", person, body=body, way=Way.IN)

    sweep.run(at=NOON + timedelta(minutes=20))
    delivery.deliver_due(at=NOON + timedelta(minutes=20))

    message = Message.objects.get()
    assert (message.kind, message.state) == (kind, State.SENT)
    assert "988" in provider.sent[0].body
    assert InboundMessage.objects.get().answer is None


def test_run_takes_in_what_came_just_before_midnight(provider: Memory) -> None:
    person = Person()
    lists(
        provider,
        "SM8",
        person,
        body="Hi",
        way=Way.IN,
        made_at=datetime(2026, 3, 8, 23, 59, tzinfo=UTC),
    )

    sweep.run(at=datetime(2026, 3, 9, 0, 30, tzinfo=UTC))

    assert InboundMessage.objects.get().body == "Hi"


def test_a_text_to_a_number_on_no_list_stays_with_the_provider(provider: Memory) -> None:
    person = Person()
    lists(provider, "SM8", person, body="Hi", way=Way.IN)
    person.sender.number = build.phone()
    person.sender.save()

    sweep.run(at=RIPE)

    assert InboundMessage.objects.count() == 0
    assert Sweep.objects.get(on=THAT_DAY).fetched == 0


def test_answers_of_a_webhook_are_no_strangers_and_their_words_are_wiped(provider: Memory) -> None:
    person = Person()
    lists(provider, "SM9", person, body="Call or text 988.", way=Way.ANSWER)
    lists(provider, "SM10", person, body="", way=Way.ANSWER)

    sweep.run(at=RIPE)

    assert Sweep.objects.get(on=THAT_DAY).strangers == []
    assert provider.redacted == ["SM9"]
