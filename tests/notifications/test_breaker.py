from datetime import datetime, timedelta

import pytest

from notifications import breaker, delivery
from notifications.breaker import FAILURES
from notifications.kinds import Kind
from notifications.models import Breaker, Message
from notifications.transports.base import Parcel, Receipt, TransportError
from notifications.transports.memory import Memory
from notifications.transports.outcomes import Outcome
from tests import build
from tests.notifications.person import NOON, Person

pytestmark = pytest.mark.django_db

State = Message.State
SECOND = timedelta(seconds=1)


def queue(count: int) -> list[Message]:
    program = build.program()
    return [Person(program=program).queue(body=f"Text {number}") for number in range(count)]


def states() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def opened(remote: Memory, *, count: int, step: str = "20429") -> datetime:
    """A breaker that so many messages have opened and others wait behind; until when it rests."""
    queue(count)
    remote.script.extend([step] * FAILURES)
    delivery.deliver_due(at=NOON)
    until = Breaker.objects.get(name="memory").open_until
    assert until is not None
    return until


@pytest.mark.parametrize(("step", "state"), [("20429", State.DEFERRED), ("lose", State.UNKNOWN)])
def test_way_that_fails_again_and_again_rests_and_what_is_due_stays_as_it_is(
    remote: Memory, step: str, state: str
) -> None:
    until = opened(remote, count=FAILURES + 3, step=step)

    again = delivery.deliver_due(at=NOON)

    assert states() == [state] * FAILURES + [State.DUE] * 3
    assert again == delivery.Delivered()
    assert NOON + SECOND <= until <= NOON + 2 * SECOND
    row = Breaker.objects.get(name="memory")
    assert (row.failures, row.openings, row.opened_at) == (FAILURES, 1, NOON)
    assert row.reason == ("provider_busy" if step == "20429" else "asking_provider")


def test_way_that_fails_now_and_then_goes_on(remote: Memory) -> None:
    queue(3 * FAILURES)
    for _ in range(3):
        remote.script.extend(["lose"] * (FAILURES - 1) + ["accept"])

    result = delivery.deliver_due(at=NOON)

    assert result == delivery.Delivered(sent=3, unknown=3 * (FAILURES - 1))
    assert Breaker.objects.get(name="memory").failures == 0


def test_refusal_is_an_answer(remote: Memory) -> None:
    queue(2 * FAILURES)
    remote.script.extend(["30007"] * 2 * FAILURES)

    assert delivery.deliver_due(at=NOON) == delivery.Delivered(failed=2 * FAILURES)
    assert not Breaker.objects.exists()


def test_no_more_are_under_way_at_once_than_may_still_fail(remote: Memory) -> None:
    remote.parallel = 100
    queue(60)
    remote.script.extend(["lose"] * 60)
    Breaker.objects.create(name="memory", failures=FAILURES - 2)

    assert delivery.deliver_due(at=NOON) == delivery.Delivered(unknown=2)


def test_way_is_tried_by_one_after_its_rest_and_opens_by_its_success(
    remote: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    until = opened(remote, count=FAILURES + 3, step="lose")

    result = delivery.deliver_due(at=until)

    assert result == delivery.Delivered(sent=3)
    row = Breaker.objects.get(name="memory")
    assert (row.failures, row.openings, row.open_until, row.reason) == (0, 0, None, "")
    assert "rests until" in caplog.text
    assert "works again" in caplog.text


def test_rest_grows_while_the_trial_fails(remote: Memory) -> None:
    at = opened(remote, count=FAILURES + 12, step="lose")
    rests = []
    for _ in range(10):
        remote.script.append("lose")
        assert delivery.deliver_due(at=at) == delivery.Delivered(unknown=1)
        row = Breaker.objects.get(name="memory")
        assert row.open_until is not None
        rests.append((row.open_until - at).total_seconds())
        at = row.open_until

    longest = [4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert all(most / 2 <= rest <= most for rest, most in zip(rests, longest, strict=True))


def test_only_one_tries_and_another_where_that_one_died(db: None) -> None:
    Breaker.objects.create(name="memory", failures=FAILURES, open_until=NOON)

    first = breaker.standings(hands={"memory": 40}, at=NOON)["memory"]
    breaker.begin_trial(way=first, at=NOON)
    second = breaker.standings(hands={"memory": 40}, at=NOON)["memory"]
    later = breaker.standings(hands={"memory": 40}, at=NOON + breaker.TRYING)["memory"]

    assert [(way.room, way.is_trial) for way in (first, second, later)] == [
        (1, True),
        (0, False),
        (1, True),
    ]


def test_wish_of_the_provider_is_kept(db: None) -> None:
    busy = TransportError(Outcome.NOT_PROCESSED, code="20429", retry_after=90)
    way = breaker.standings(hands={"twilio": 40}, at=NOON)["twilio"]

    breaker.note(way=way, answers=[busy] * FAILURES, at=NOON)

    assert Breaker.objects.get(name="twilio").open_until == NOON + 90 * SECOND


def test_wish_beyond_all_measure_is_an_hour(
    remote: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(parcel: Parcel) -> Receipt:
        raise TransportError(Outcome.NOT_PROCESSED, code="20429", retry_after=10**18)

    monkeypatch.setattr(remote, "send", refuse)
    queue(FAILURES)

    assert delivery.deliver_due(at=NOON) == delivery.Delivered(deferred=FAILURES)

    assert set(Message.objects.values_list("next_at", flat=True)) == {NOON + timedelta(hours=1)}
    assert Breaker.objects.get().open_until == NOON + timedelta(hours=1)


def test_other_ways_out_go_on(db: None) -> None:
    Breaker.objects.create(name="twilio", failures=FAILURES, open_until=NOON + SECOND)

    ways = breaker.standings(hands={"twilio": 40, "mailer": 1}, at=NOON)

    assert {name: way.room for name, way in ways.items()} == {"twilio": 0, "mailer": 1}


def test_crisis_answer_passes_and_closes_what_was_open(remote: Memory) -> None:
    opened(remote, count=FAILURES + 1, step="lose")
    crisis = Person().queue(Kind.CRISIS)

    result = delivery.deliver_due(at=NOON)

    crisis.refresh_from_db()
    assert crisis.state == State.SENT
    assert result == delivery.Delivered(sent=2)


def test_rest_that_a_clock_ahead_wrote_is_over(db: None) -> None:
    Breaker.objects.create(name="memory", failures=FAILURES, open_until=NOON + timedelta(days=2))

    assert breaker.standings(hands={"memory": 40}, at=NOON)["memory"].is_trial
