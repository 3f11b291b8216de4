"""Pure: what is on record about one graduate, as the facts are worked out from it."""

from dataclasses import dataclass
from datetime import date, datetime

CHECK_IN = "check_in"
CAME = frozenset({"kept", "late"})
MISSED = "missed"
PENDING = "pending"
UNREPORTED = "unreported"
# What was expected and what came; everything else is left out of every count.
COUNTED = CAME | {MISSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that was due: a check-in, or one date of a commitment (then with its key)."""

    kind: str
    opened_at: datetime
    due_at: datetime
    outcome: str
    answered_at: datetime | None = None
    reported_use: bool | None = None
    told_by_staff: bool = False
    commitment: int | None = None

    @property
    def came(self) -> bool:
        """Kept, on time or late."""
        return self.outcome in CAME

    @property
    def is_check_in(self) -> bool:
        """A check-in, whose missing answer is a miss; an unanswered commitment is none."""
        return self.kind == CHECK_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One support in the plan; `weekday` (0 Monday) where it has just one, `last_on` its last day.

    `closed_at` is when the meeting it stands for left the directory for good.
    """

    key: int
    kind: str
    created_at: datetime
    weekday: int | None = None
    ended_at: datetime | None = None
    last_on: date | None = None
    closed_at: datetime | None = None

    def runs(self, *, at: datetime, today: date) -> bool:
        """Whether it is in the plan at that instant."""
        begun = self.created_at <= at
        ended = self.ended_at is not None and self.ended_at <= at
        return begun and not ended and (self.last_on is None or self.last_on >= today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number given to one question; `span` is the width of its scale.

    A higher `burden` is always a harder week, whichever way the question runs.
    """

    question: str
    value: float
    burden: float
    span: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything on record about one graduate.

    `heard_at` are texts from the person, `reached_at` talks with staff. An opt-out and an
    unreachable number are of all phones together: there is no other number to write to. Who turned
    the score off is not `is_scored`; the offset moves the line of the program for a call.
    """

    graduated_on: date
    joined_at: datetime | None
    time_zone: str
    is_active: bool = True
    is_scored: bool = True
    dues: tuple[Due, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    readings: tuple[Reading, ...] = ()
    heard_at: tuple[datetime, ...] = ()
    reached_at: tuple[datetime, ...] = ()
    opted_out_at: datetime | None = None
    unreachable_at: datetime | None = None
    offset: float = 0.0
