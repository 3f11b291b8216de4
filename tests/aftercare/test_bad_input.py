import random
from datetime import UTC, datetime

import pytest

from aftercare import replies
from aftercare.models import Reply
from notifications.models import InboundMessage
from tests import build
from tests.bench.texts_in import generated, unseen

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
TEXTS = 24


def test_whatever_comes_in_is_stored_once_and_seen_by_a_person() -> None:
    graduate, dice = build.graduate(), random.Random(7)
    line = {"to": build.sender_of(graduate).number, "sender": build.address_of(graduate).value}

    for number in range(TEXTS):
        body, media = generated(dice, number)
        for _ in range(2):
            replies.receive(body=body, media=media, provider_id=f"SM{number}", at=AT, **line)
    replies.read_unread(at=AT)

    assert InboundMessage.objects.count() == TEXTS
    assert Reply.objects.count() == TEXTS
    assert unseen() == 0
