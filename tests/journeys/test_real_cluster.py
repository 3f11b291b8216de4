"""The real cluster, the real client of Twilio, and a commitment whose reminder falls due."""

import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftercare import plan
from aftercare.drafts import CommitmentDraft
from aftercare.models import Commitment
from aftercare.record import PORTAL
from notifications import clock
from tests import build
from tests.faults.stage import Stage, stage

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60
LEAD = timedelta(minutes=120)
SENT_REMINDER = """
    SELECT attempt.state, attempt.provider_id, reminder.state
    FROM aftercare_reminder AS reminder
    JOIN notifications_message AS message ON message.id = reminder.message_id
    JOIN notifications_attempt AS attempt ON attempt.message_id = message.id
    WHERE message.state = 'sent'
"""


def test_a_reminder_leaves_through_the_cluster_and_the_provider(tmp_path: Path) -> None:
    now = clock.now()
    graduate = build.graduate()
    # Planned a while ago, so that the reminder falls due within the last minute.
    starts = (now + LEAD).astimezone(ZoneInfo(build.NEW_YORK)).replace(second=0, microsecond=0)
    plan.add(
        graduate=graduate,
        draft=CommitmentDraft(
            kind=Commitment.Kind.SUPPORT_MEETING,
            title="Tuesday Lantern",
            weekdays=(starts.weekday(),),
            start_time=starts.time(),
            time_zone=build.NEW_YORK,
            starts_on=starts.date(),
            remind_minutes=120,
        ),
        actor=PORTAL,
        at=now - timedelta(minutes=5),
    )
    with stage(tmp_path) as at:
        cluster = at.start("manage.py", "cluster", log="cluster")
        wait_for(SENT_REMINDER, at)
        assert cluster.poll() is None

        (text,) = [text for text in at.provider.taken() if text.body.startswith("Reminder:")]
        assert text.to == build.address_of(graduate).value
        assert text.fields["From"] == build.sender_of(graduate).number
        assert text.fields["StatusCallback"].startswith(f"{at.web}/sms/status/")
        assert "Lantern" not in text.body
        assert at.rows(SENT_REMINDER) == [("submitted", text.sid, "queued")]
        assert wait_for("SELECT name FROM notifications_heartbeat", at) == [("tick",)]

        cluster.send_signal(signal.SIGTERM)
        assert cluster.wait(PATIENCE) == 0


def wait_for(query: str, at: Stage) -> list[tuple[Any, ...]]:
    """What the query finds, as soon as it finds anything."""
    ends_at = time.monotonic() + PATIENCE
    while not (found := at.rows(query)) and time.monotonic() < ends_at:
        time.sleep(0.1)
    return found
