"""The mail of the morning: how much waits, by numbers alone."""

from datetime import UTC, datetime, timedelta

import pytest

from aftercare import access, digest, morning
from aftercare.models import AuditEntry, DisengagementSignal, Role
from notifications.kinds import Kind
from notifications.models import Message
from tests import build

# Sunday, 8 March 2026, on which New York changes its clocks; Monday's 8:15 there is 12:15 UTC.
SUNDAY = datetime(2026, 3, 8, 18, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 12, 15, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana() -> Role:
    """A counselor with one person who asked for a call, one to reach, and one unread text."""
    role = build.role(program=build.program(), name="Dana Reyes")
    asked, silent, wrote = (
        build.graduate(program=role.program, counselor=role, first_name=name)
        for name in ("Wendy", "Marcus", "Jo")
    )
    build.signal(
        graduate=asked,
        kind=DisengagementSignal.Kind.NEED_SUPPORT,
        band=DisengagementSignal.Band.URGENT,
    )
    build.signal(graduate=silent)
    build.reply(graduate=wrote, body="Can you help me?")
    return role


def mails() -> list[Message]:
    return list(Message.objects.filter(kind=Kind.DIGEST).order_by("pk"))


def play(*moments: datetime) -> list[int]:
    return [digest.send_due(at=at) for at in moments]


def test_a_mail_says_how_much_waits_once_a_day_and_names_nobody(
    dana: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It counts what is on the next pages, too.
    monkeypatch.setattr(morning, "PAGE", 1)
    build.role(program=dana.program, kind=Role.Kind.LEAD, user=dana.user)

    sent = play(SUNDAY, MONDAY - MINUTE, MONDAY, MONDAY + MINUTE, MONDAY + DAY)

    assert sent == [0, 0, 1, 0, 1]
    first, second = mails()
    assert first.body.splitlines() == [
        "Your list this morning",
        "",
        "1 cannot wait.",
        "2 for today.",
        "",
        "http://localhost:8000/",
        "",
        "At the foot of that page you can turn this mail off.",
    ]
    assert (first.address.value, first.not_before) == (dana.user.email, MONDAY)
    assert second.not_before == MONDAY + DAY
    for word in ("Wendy", "Marcus", "Jo", "Harbor", "help"):
        assert word not in first.body


def test_a_mail_comes_in_the_language_of_its_reader(dana: Role) -> None:
    dana.user.speak("es")

    play(SUNDAY, MONDAY)

    assert mails()[0].body.splitlines()[:4] == [
        "Tu lista de esta mañana",
        "",
        "1 no puede esperar.",
        "2 para hoy.",
    ]


def test_no_mail_on_days_off_late_in_the_day_or_where_nothing_waits(dana: Role) -> None:
    calm = build.role(program=build.program(name="Calm"))
    friday, saturday = MONDAY - 3 * DAY, MONDAY - 2 * DAY

    # The clocks go forward in between, so that Friday's quarter past eight is an hour later in UTC.
    assert play(friday, saturday + 61 * MINUTE) == [0, 0]
    # The work stood still until the afternoon.
    assert play(MONDAY + timedelta(hours=7)) == [0]
    assert play(MONDAY + DAY) == [1]
    assert [row.address.value for row in mails()] == [dana.user.email]
    assert Role.objects.get(pk=calm.pk).digest_at == MONDAY + 2 * DAY


def test_the_mail_is_off_by_choice_and_on_again(dana: Role) -> None:
    play(SUNDAY)
    standing = access.roles_of(user=dana.user, at=SUNDAY)
    digest.choose(standing=standing, wanted=False, at=SUNDAY)
    chosen = access.roles_of(user=dana.user, at=SUNDAY)

    assert play(MONDAY) == [0]
    assert (digest.is_wanted(standing=chosen), mails()) == (False, [])
    assert [(row.verb, row.thing) for row in AuditEntry.objects.all()] == [("changed", "role")]

    digest.choose(standing=chosen, wanted=True, at=MONDAY)
    assert play(MONDAY + MINUTE, MONDAY + DAY) == [0, 1]


def test_who_no_longer_works_here_gets_none(dana: Role) -> None:
    operator = build.role(program=dana.program, kind=Role.Kind.OPERATOR)
    play(SUNDAY)
    Role.objects.filter(pk=dana.pk).update(until=MONDAY - MINUTE)

    assert play(MONDAY) == [0]
    assert (mails(), Role.objects.get(pk=operator.pk).digest_at) == ([], None)
