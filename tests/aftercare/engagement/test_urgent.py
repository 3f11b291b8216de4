"""What may not wait is opened at once, asks for an answer, and is closed by a person alone."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare.engagement import watch
from aftercare.models import DisengagementSignal
from tests import build

Band, Kind = DisengagementSignal.Band, DisengagementSignal.Kind

TUESDAY = datetime(2026, 2, 3, 15, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_raise_urgent_opens_once_and_asks_for_an_answer() -> None:
    graduate = build.graduate()
    words = [{"code": "crisis_words", "class": "suicide"}]

    first = watch.raise_urgent(graduate=graduate, kind=Kind.SAFETY, reasons=words, at=TUESDAY)
    again = watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=words, at=TUESDAY + timedelta(minutes=1)
    )

    assert first == again
    assert (again.band, again.reasons) == (Band.URGENT, words)
    assert (again.changed_at, again.answer_by) == (TUESDAY, TUESDAY + timedelta(minutes=15))


def test_raise_urgent_asks_again_for_new_words() -> None:
    graduate = build.graduate()
    signal = watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=[{"code": "crisis_words", "n": 1}], at=TUESDAY
    )
    signal.acknowledged_at = TUESDAY + timedelta(minutes=5)
    signal.save()
    later = TUESDAY + timedelta(hours=1)

    again = watch.raise_urgent(
        graduate=graduate, kind=Kind.SAFETY, reasons=[{"code": "crisis_words", "n": 2}], at=later
    )

    assert again.pk == signal.pk
    assert [reason["n"] for reason in again.reasons] == [1, 2]
    assert (again.acknowledged_at, again.answer_by) == (None, later + timedelta(minutes=15))


def test_raise_urgent_waits_two_staffed_hours_for_support() -> None:
    graduate = build.graduate()
    four_on_friday = datetime(2026, 2, 6, 21, 0, tzinfo=UTC)

    signal = watch.raise_urgent(
        graduate=graduate,
        kind=Kind.NEED_SUPPORT,
        reasons=[{"code": "asked_for_support"}],
        at=four_on_friday,
    )

    # One hour is left on Friday; the second ends at ten on Monday.
    assert signal.answer_by == datetime(2026, 2, 9, 15, 0, tzinfo=UTC)


def test_raise_urgent_refuses_what_the_rules_find() -> None:
    with pytest.raises(ValueError, match="found by the rules"):
        watch.raise_urgent(graduate=build.graduate(), kind=Kind.SILENT, reasons=[], at=TUESDAY)
