from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import disclosure, enrolment, invitations, supporters
from aftercare.models import (
    Disclosure,
    DisengagementSignal,
    Expectation,
    Graduate,
    Invitation,
    Item,
    Release,
)
from aftercare.record import PORTAL, Actor
from aftercare.supporters import Week
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def look(release: Release, at: datetime = AT) -> supporters.Shared:
    return supporters.look(release=release, actor=Actor(role=supporters.ROLE), at=at)


def date_of(graduate: Graduate, starts_at: datetime, outcome: Expectation.Outcome) -> None:
    build.occurrence(
        commitment=build.commitment(graduate=graduate),
        starts_at=starts_at,
        recurrence_id=f"{starts_at:%Y%m%dT%H%M%S}",
        outcome=outcome,
    )


def test_link_makes_a_log_in_that_holds_the_page_and_works_once() -> None:
    release = build.release(graduate=build.graduate(), at=AT)
    issued = supporters.invite(release=release, way=Invitation.Way.BY_HAND, actor=PORTAL, at=AT)
    mother = build.user(name="")

    joined = enrolment.redeem(token=issued.token, account=lambda _: mother, at=AT)

    release.refresh_from_db()
    assert (joined.release, joined.graduate, joined.role) == (release, None, None)
    assert (release.holder, mother.name, mother.roles.count()) == (mother, "Maria Rivers", 0)
    with pytest.raises(invitations.LinkClosed):
        enrolment.redeem(token=issued.token, account=lambda _: build.user(), at=AT)
    with pytest.raises(supporters.NotShared):
        supporters.invite(release=release, way=Invitation.Way.BY_HAND, actor=PORTAL, at=AT)


def test_newer_link_takes_the_place_of_the_older_and_no_link_outlives_the_consent() -> None:
    release = build.release(graduate=build.graduate(), at=AT, days=0)
    older, newer = (
        supporters.invite(release=release, way=Invitation.Way.BY_HAND, actor=PORTAL, at=AT)
        for _ in range(2)
    )
    assert release.ends_at is not None
    assert newer.invitation.expires_at == release.ends_at
    with pytest.raises(invitations.LinkClosed):
        invitations.find(token=older.token, at=AT)
    with pytest.raises(invitations.LinkClosed):
        enrolment.redeem(token=newer.token, account=lambda _: build.user(), at=release.ends_at)


def test_mail_with_the_link_names_nobody() -> None:
    release = build.release(graduate=build.graduate(), at=AT, email="Maria@example.org")
    supporters.invite(release=release, way=Invitation.Way.EMAIL, actor=PORTAL, at=AT)
    message = Message.objects.get(about=release.uid)
    assert message.address.value == "maria@example.org"
    assert [word for word in ("Sam", "Rivers", "House", "program") if word in message.body] == []


def test_weeks_say_yes_or_no_and_never_what_it_was() -> None:
    graduate = build.graduate()
    date_of(graduate, AT - DAY, Expectation.Outcome.KEPT)
    date_of(graduate, AT - DAY + timedelta(hours=1), Expectation.Outcome.MISSED)
    date_of(graduate, AT - WEEK, Expectation.Outcome.MISSED)
    date_of(graduate, AT - 2 * WEEK, Expectation.Outcome.EXCUSED)

    shared = look(build.release(graduate=graduate, at=AT, items=[Item.ATTENDANCE]))

    assert shared.weeks == (
        Week(first_on=date(2026, 3, 9), went=True),
        Week(first_on=date(2026, 3, 2), went=False),
        Week(first_on=date(2026, 2, 23), went=None),
        Week(first_on=date(2026, 2, 16), went=None),
    )
    assert (shared.milestone, shared.alert, shared.others) == (None, None, ())


def test_milestones_are_counted_from_the_graduation() -> None:
    graduate = build.graduate(graduated_on=date(2026, 1, 2))
    release = build.release(graduate=graduate, at=AT, items=[Item.MILESTONES], days=300)
    days = {datetime(2026, 1, 31, 15, tzinfo=UTC): "", AT: "One month"}
    days |= {AT + 24 * DAY: "Three months", AT + 116 * DAY: "Six months"}
    days |= {AT + 298 * DAY: "One year and more"}
    found = {at: supporters._milestone(graduate, at) for at in days}
    assert found == days
    assert look(release).milestone == "One month"


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (DisengagementSignal.Band.WATCH, ""),
        (DisengagementSignal.Band.URGENT, ""),
        (DisengagementSignal.Band.REACH_OUT, "This may be a good day to say hello to Sam."),
        (
            DisengagementSignal.Band.LOST_CONTACT,
            "We have not reached Sam for a while. Please say hello.",
        ),
    ],
)
def test_alert_asks_for_a_hello_without_a_reason(
    band: DisengagementSignal.Band, words: str
) -> None:
    graduate = build.graduate()
    build.signal(graduate=graduate, band=band)
    shared = look(build.release(graduate=graduate, at=AT, items=[Item.ALERTS, Item.UNREACHABLE]))
    assert (shared.alert, shared.weeks, len(shared.others)) == (words, None, 1)


def test_each_look_stands_in_the_ledger_and_none_after_the_end() -> None:
    release = build.release(graduate=build.graduate(), at=AT, days=1)
    look(release)
    assert release.ends_at is not None
    with pytest.raises(disclosure.NotAllowed):
        look(release, release.ends_at)
    (row,) = Disclosure.objects.all()
    assert (row.items, row.way, row.at) == (
        ["attendance", "milestones", "alerts"],
        Disclosure.Way.PAGE,
        AT,
    )
