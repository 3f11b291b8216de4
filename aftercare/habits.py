"""What somebody has kept for a year needs no reminding: its reminders rest, until the person wants them back."""

from datetime import datetime, timedelta

from aftercare.models import Commitment, Expectation

YEAR = timedelta(days=365)
# So many dates of that year are known at the least, and so many in a hundred of them were kept.
FEWEST, KEPT_PERCENT = 12, 80
# Nobody outgrows these: a missed one may harm at once.
ALWAYS_REMINDED = (Commitment.Kind.MEDICATION,)


def rest(*, commitment: Commitment, at: datetime) -> bool:
    """Let the reminders of a commitment rest from now on if it was kept for a year; whether they rest."""
    if commitment.rested_at is None and _is_kept(commitment, at):
        commitment.rested_at = at
        commitment.save(update_fields=["rested_at"])
    return commitment.rested_at is not None


def _is_kept(commitment: Commitment, at: datetime) -> bool:
    is_old = commitment.created_at <= at - YEAR
    if not is_old or not commitment.may_rest or commitment.kind in ALWAYS_REMINDED:
        return False
    known = commitment.expectations.filter(
        outcome__in=[*Expectation.CAME, Expectation.Outcome.MISSED]
    )
    came = known.filter(outcome__in=Expectation.CAME)
    if not came.filter(opened_at__lte=at - YEAR).exists():
        return False
    of_year = known.filter(opened_at__gt=at - YEAR, opened_at__lte=at)
    count = of_year.count()
    kept = of_year.filter(outcome__in=Expectation.CAME).count()
    return count >= FEWEST and kept * 100 >= count * KEPT_PERCENT
