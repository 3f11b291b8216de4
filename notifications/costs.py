"""What texts cost, by program and month: as the provider charged them, else as an estimate."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Case, Count, F, Max, Q, Sum, When
from django.db.models.functions import Coalesce, TruncMonth

from notifications.models import Attempt, Sender

_CENT = Decimal("0.0001")
_ALL = Q()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One program in one month (UTC, as providers bill); `month` is its first day.

    `charged` is what the provider said so far, `estimated` what the `open_segments` it has not
    charged yet will come to; both in `currency` (ISO 4217).
    """

    program: str
    month: date
    texts: int
    segments: int
    open_segments: int
    charged: Decimal
    estimated: Decimal
    currency: str

    @property
    def total(self) -> Decimal:
        """What is charged and what is still to come."""
        return self.charged + self.estimated


def per_month(*, since: datetime, only: Q = _ALL) -> list[Cost]:
    """What the texts taken by the provider since an instant cost, newest month first; one query.

    `only` narrows the attempts, say to some programs. Texts that came in, and answers given in a
    webhook's own response, are not in it.
    """
    taken = Attempt.objects.filter(
        only,
        state=Attempt.State.SUBMITTED,
        started_at__gte=since,
        message__sender__channel=Sender.Channel.SMS,
    )
    sent = F("message__segments")
    rows = (
        taken.annotate(month=TruncMonth("started_at", tzinfo=UTC))
        .values("message__program__name", "month")
        .annotate(
            texts=Count("pk"),
            segments=Sum(Coalesce("billed_segments", sent)),
            open_segments=Coalesce(Sum(Case(When(price__isnull=True, then=sent))), 0),
            charged=Sum("price"),
            currency=Max("price_unit"),
        )
        .order_by("-month", "message__program__name")
    )
    return [
        Cost(
            program=row["message__program__name"],
            month=row["month"].date(),
            texts=row["texts"],
            segments=row["segments"],
            open_segments=row["open_segments"],
            charged=Decimal(row["charged"] or 0).quantize(_CENT),
            estimated=(row["open_segments"] * settings.SEGMENT_PRICE).quantize(_CENT),
            currency=row["currency"] or settings.SEGMENT_CURRENCY,
        )
        for row in rows
    ]
