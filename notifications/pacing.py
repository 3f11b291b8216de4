"""How fast and how much one number may send: segments a second, and segments a day.

The pace is kept by virtual scheduling (the generic cell rate algorithm, ITU-T I.371): the sender's
row says when its next segment is free to go, and each claim moves that instant on. All processes
and hosts share the row, which is locked for the length of a claim.
"""

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications import transports
from notifications.kinds import Lane
from notifications.models import Message, Sender

# How far ahead of its pace a sender may run: the tick comes once a second.
BURST = timedelta(seconds=1)
# A debt longer than this was written by a clock that was ahead.
LONGEST_DEBT = timedelta(minutes=30)
# Lanes from check-ins down leave this share of a day to what people asked for or wrote.
KEPT_FREE = 0.2


class Budget:
    """What one sender may still send; `keep_pace` is for when real time runs.

    Lane 0 waits for neither limit and is not counted. `free_at` is when its next segment may go.
    """

    def __init__(self, sender: Sender, *, at: datetime, keep_pace: bool) -> None:
        self.way = transports.name_of(sender.channel)
        self.sender = sender
        self._at = at
        self._keep_pace = keep_pace
        free_at = sender.free_at
        if free_at is None or not at < free_at < at + LONGEST_DEBT:
            free_at = at
        self.free_at = free_at
        self._spent = 0

    @property
    def has_room(self) -> bool:
        """Whether the pace lets another message go now."""
        return not self._keep_pace or self.free_at < self._at + BURST

    def full_until(self, message: Message) -> datetime | None:
        """The midnight until which the day has no room for this message; None where it has."""
        cap = self.sender.segments_per_day
        if cap is None:
            return None
        if message.lane >= Lane.CHECK_IN:
            cap = int(cap * (1 - KEPT_FREE))
        if self.counted() + message.segments <= cap:
            return None
        tomorrow = self._today() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), tzinfo=self._zone())

    def spend(self, message: Message) -> bool:
        """Count a message that may leave; False where the pace lets it wait."""
        if not self.has_room:
            return False
        takes = message.segments * 1_000_000 / self.sender.segments_per_second
        self.free_at += timedelta(microseconds=math.ceil(takes))
        self._spent += message.segments
        return True

    def counted(self) -> int:
        """How many segments its limited day has seen."""
        counted_on = self.sender.counted_on
        # A day that lies ahead was counted before the clock went back.
        goes_on = counted_on is not None and counted_on >= self._today()
        return (self.sender.counted if goes_on else 0) + self._spent

    def keep(self) -> None:
        """Write down what was spent, in the transaction that claims it."""
        moved: dict[str, object] = {}
        if self._keep_pace:
            moved["free_at"] = self.free_at
        if self.sender.segments_per_day is not None:
            moved |= {"counted_on": self._today(), "counted": self.counted()}
        if self._spent and moved:
            Sender.objects.filter(pk=self.sender.pk).update(**moved)

    def _today(self) -> date:
        return self._at.astimezone(self._zone()).date()

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.sender.program.time_zone)
