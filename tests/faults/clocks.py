"""Faults of time: a clock that jumps, days that change their length, and an outage of hours."""

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

from django.test import override_settings

from aftercare import jobs, plan
from aftercare.drafts import CommitmentDraft
from aftercare.models import Commitment
from aftercare.record import PORTAL
from notifications import clock
from tests import build, twilio_fake
from tests.faults import people
from tests.faults.killing import wait_for_a_text
from tests.faults.play import NAMES, Play, most_in_a_second, tries

PACE = 60.0
# A second may hold the end of one second's share and the beginning of the next, and each leap a little more.
BURST = 2.5
JUMPS = (3600, -3600, 2 * 86_400, 0)
OUTAGE = timedelta(hours=3)
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/St_Johns",
)
HALF_PAST_TWO = wall_time(2, 30)
LEAD = timedelta(minutes=120)


def jumps(play: Play) -> None:
    """FI-08: the clock jumps an hour ahead and back, two days ahead, and back, while texts leave."""
    wrong = play.stage.folder / "clock"
    wrong.write_text("0")
    play.stage.extra["FAULTS_CLOCK"] = str(wrong)
    now = clock.now()
    sender = people.program(pace=PACE)
    phones = people.phones(sender=sender, count=play.messages)
    # Half is due now; the other half tomorrow, which the leap of two days reaches.
    dues = [now + timedelta(days=number % 2) for number in range(play.messages)]
    later = [now + timedelta(days=9)] * play.messages
    play.due = people.queue(sender=sender, to=phones, at=dues, expires=later)
    play.stage.provider.behave(mix={"500_after": 0.05}, seed=play.dice.random())
    play.stage.cluster()
    wait_for_a_text(play)
    for number in range(play.kills):
        wrong.write_text(str(JUMPS[number % len(JUMPS)]))
        time.sleep(play.dice.uniform(0.1, 0.5))
        play.struck += 1
    wrong.write_text(str(JUMPS[2]))
    play.stage.wait_for("everything is settled", play.is_quiet)
    tries(play)
    no_burst(play)


def no_burst(play: Play) -> None:
    """The number's pace is kept, whatever has piled up."""
    most = most_in_a_second([taken.at for taken in play.stage.provider.taken()])
    play.figures |= {"pace_per_s": PACE, "most_in_a_second": most}
    play.demands["no_burst"] = most <= PACE * BURST


def outage(play: Play) -> None:
    """FI-22: nothing ran for three hours; what is stale expires and is shown, the rest leaves once."""
    now = clock.now()
    sender = people.program(pace=PACE)
    phones = people.phones(sender=sender, count=play.messages)
    began = now - OUTAGE
    dues = [began + OUTAGE * number / play.messages for number in range(play.messages)]
    # Each is of use for a time of its own, up to four hours.
    expires = [at + timedelta(minutes=play.dice.uniform(5, 240)) for at in dues]
    play.due = people.queue(sender=sender, to=phones, at=dues, expires=expires)
    stale = sum(at <= now for at in expires)
    play.stage.cluster()
    play.stage.wait_for("everything is settled", play.is_quiet)
    tries(play)
    play.figures["stale_at_start"] = stale
    late = {taken.body: taken.at for taken in play.stage.provider.taken()}
    play.demands["none_sent_stale"] = all(
        late.get(message.body, 0) <= at.timestamp() + 1
        for message, at in zip(play.due, expires, strict=True)
    )
    no_burst(play)


def half_past_two(play: Play) -> None:
    """FI-09: somebody in each of six zones is reminded of 02:30 local, each day of a year.

    `lost` are days without their reminder at the right instant, `twice` reminders too many.
    """
    began = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    days = [date(2026, 1, 3) + timedelta(days=number) for number in range(365)]
    people_of = {zone: _daily(zone, days[0], at=began) for zone in ZONES}
    wanted = {(zone, day): _starts(day, ZoneInfo(zone)) - LEAD for zone in ZONES for day in days}
    missing, wrong, seen = [], [], 0
    with override_settings(
        TWILIO_API_URL=play.stage.provider.url,
        TWILIO_ACCOUNT_SID=twilio_fake.ACCOUNT,
        TWILIO_AUTH_TOKEN=twilio_fake.TOKEN,
        SMS_TRANSPORT="twilio",
        PUBLIC_URL=play.stage.web,
    ):
        for at in sorted(set(wanted.values())):
            jobs.tick(at=at)
            sent = play.stage.provider.entries(after=seen)
            seen += len(sent)
            got = [one["to"] for one in sent if one["fields"]["Body"].startswith("Reminder:")]
            due = [people_of[zone] for (zone, _), moment in wanted.items() if moment == at]
            missing += [at for to in due if to not in got]
            wrong += [text for text in got if got.count(text) > due.count(text)]
    play.figures |= {"zones": len(ZONES), "days": len(days)}
    play.counted = dict.fromkeys(NAMES, 0) | {
        "due": len(wanted),
        "delivered": len(wanted) - len(missing),
        "lost": len(missing),
        "twice": len(wrong),
    }


def _daily(zone: str, first: date, *, at: datetime) -> str:
    """Somebody who does something each day at 02:30 there; their number."""
    graduate = build.graduate(time_zone=zone)
    plan.add(
        graduate=graduate,
        draft=CommitmentDraft(
            kind=Commitment.Kind.PRACTICE,
            title="Breathing",
            weekdays=tuple(range(7)),
            start_time=HALF_PAST_TWO,
            time_zone=zone,
            starts_on=first,
            remind_minutes=int(LEAD.total_seconds() // 60),
        ),
        actor=PORTAL,
        at=at,
    )
    return str(build.address_of(graduate).value)


def _starts(day: date, zone: ZoneInfo) -> datetime:
    """02:30 of a day: once where it comes twice, and an hour later where the clock leaps over it."""
    local = datetime.combine(day, HALF_PAST_TWO, tzinfo=zone)
    return local.astimezone(UTC)
