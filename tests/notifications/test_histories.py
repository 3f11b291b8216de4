import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from notifications import delivery
from notifications.models import Message
from notifications.transports.memory import MEMORY
from tests.notifications import lives
from tests.notifications.person import TUESDAY, Person


@pytest.mark.django_db
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.one_database) for seed in (1, 2))]
)
def test_nothing_leaves_that_should_not_and_all_says_why(seed: int) -> None:
    ended = lives.play(seed)

    assert ended[Message.State.SENT] > lives.PHONES
    assert ended[Message.State.SUPPRESSED] > 0


class Keys(TestCase):
    """Every order of keys."""

    @given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=12))
    @settings(max_examples=15, deadline=None)
    def test_a_key_stands_for_one_message_however_often_it_is_queued(self, keys: list[str]) -> None:
        MEMORY.clear()
        person = Person()

        for number, key in enumerate(keys):
            person.queue(key=key, body=f"Text {number}", at=TUESDAY)
            if number % 3 == 0:
                delivery.deliver_due(at=TUESDAY)
        delivery.deliver_due(at=TUESDAY)

        assert Message.objects.count() == len(set(keys))
        firsts = {f"Text {keys.index(key)}" for key in keys}
        assert sorted(parcel.body for parcel in MEMORY.sent) == sorted(firsts)
