"""A graduate's own signals: kind words, an answer that excuses, and the score turned off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aftercare import own_signals, preferences
from aftercare.engagement import watch
from aftercare.models import AuditEntry, CheckIn, DisengagementSignal, Graduate, Reply
from aftercare.record import Actor
from tests import build

Band, Kind, State = DisengagementSignal.Band, DisengagementSignal.Kind, DisengagementSignal.State

# A Sunday, two hours after the clocks of New York went forward.
AT = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def graduate() -> Graduate:
    """Somebody with a log-in who missed the last two check-ins, and one long before."""
    made = build.graduate(user=build.user(), graduated_on=date(2025, 6, 1))
    build.commitment(graduate=made)
    for days in (70, 13, 6):
        build.check_in(
            graduate=made, opens_at=AT - timedelta(days=days), state=CheckIn.State.MISSED
        )
    watch.reassess(graduate=made, at=AT - timedelta(days=1))
    return made


def explain(graduate: Graduate, **said: Any) -> str | None:
    actor = Actor(user=graduate.user, role="graduate")
    defaults = {"reason": "travel", "key": "k1", "actor": actor, "at": AT}
    return own_signals.explain(graduate=graduate, **{**defaults, **said})


def test_read_says_in_kind_words_what_is_open(graduate: Graduate) -> None:
    build.signal(graduate=graduate, kind=Kind.PLAN_EMPTY, band=Band.WATCH, opened_at=AT)

    own = own_signals.read(graduate=graduate)

    assert [(one.can_be_answered, one.since) for one in own.signals] == [
        (True, AT - timedelta(days=1)),
        (True, AT - timedelta(days=1)),
        (False, AT),
    ]
    assert "We have not heard from you for a while, and we think of you." in {
        one.words for one in own.signals
    }
    assert (own.can_be_answered, own.is_scored) == (True, True)


def test_every_kind_has_kind_words() -> None:
    graduate = build.graduate()
    for kind in Kind:
        build.signal(graduate=graduate, kind=kind)

    words = {one.words for one in own_signals.read(graduate=graduate).signals}

    assert len(words) == len(Kind)


def test_explain_excuses_what_the_signals_speak_of_and_ends_them(graduate: Graduate) -> None:
    explain(graduate, reason="illness")

    rows = graduate.expectations.order_by("opened_at")
    assert [(row.outcome, row.reason, row.answered_by) for row in rows] == [
        ("missed", "", None),
        ("excused", "illness", graduate.user),
        ("excused", "illness", graduate.user),
    ]
    assert {
        (row.kind, row.state, row.outcome, row.snooze_reason, row.closed_at)
        for row in graduate.signals.all()
    } == {(kind, "closed", "explained", "illness", AT) for kind in ("missed_check_ins", "silent")}
    graduate.refresh_from_db()
    assert graduate.status == Graduate.Status.ACTIVE
    assert AuditEntry.objects.filter(graduate_uid=graduate.uid, verb="changed").count() == 2


def test_explain_until_a_day_rests_everything_until_then(graduate: Graduate) -> None:
    explain(graduate, until=date(2026, 3, 20))

    graduate.refresh_from_db()
    assert (graduate.status, graduate.paused_until) == ("paused", date(2026, 3, 20))


def test_explain_refuses_a_day_gone_by_and_changes_nothing(graduate: Graduate) -> None:
    with pytest.raises(preferences.BadPause):
        explain(graduate, until=date(2026, 3, 1))

    assert {row.state for row in graduate.signals.all()} == {"open"}
    assert graduate.expectations.filter(outcome="missed").count() == 3


def test_words_reach_the_counselor_and_danger_in_them_is_answered(graduate: Graduate) -> None:
    answer = explain(graduate, words="On holiday with my sister, all well.")
    reply = Reply.objects.get(graduate=graduate)
    assert str(answer).startswith("Thank you. A person reads this")
    assert (reply.inbound.body, reply.needs_person) == (
        "On holiday with my sister, all well.",
        True,
    )

    build.signal(graduate=graduate, kind=Kind.SILENT)
    answer = explain(graduate, words="I want to kill myself", key="k2")

    assert str(answer).startswith("You matter.")
    assert graduate.signals.filter(kind=Kind.SAFETY, state=State.OPEN).count() == 1


def test_explain_needs_something_to_explain() -> None:
    graduate = build.graduate()
    build.signal(graduate=graduate, kind=Kind.NEED_SUPPORT, band=Band.URGENT)

    with pytest.raises(own_signals.NothingToAnswer):
        explain(graduate)

    assert graduate.signals.get().state == State.OPEN


def test_the_score_turned_off_leaves_the_fixed_rules(graduate: Graduate) -> None:
    actor = Actor(user=graduate.user, role="graduate")
    before = set(graduate.signals.values_list("kind", "points"))

    own_signals.set_scored(graduate=graduate, wanted=False, actor=actor, at=AT)
    without = set(graduate.signals.filter(state=State.OPEN).values_list("kind", "points"))
    own_signals.set_scored(graduate=graduate, wanted=True, actor=actor, at=AT)

    assert {kind for kind, points in before if points > 0} == {"missed_check_ins", "silent"}
    assert without == {("missed_check_ins", 0), ("silent", 0)}
    assert set(graduate.signals.filter(state=State.OPEN).values_list("kind", "points")) == before
