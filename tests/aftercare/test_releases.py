from datetime import UTC, date, datetime, timedelta

import pytest

from aftercare import disclosure, releases, replies
from aftercare.models import AuditEntry, Contact, Disclosure, Graduate, Item, Release
from aftercare.record import PORTAL, Actor
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def draft(graduate: Graduate, **more: object) -> Release:
    return build.release(graduate=graduate, at=AT, is_signed=False, **more)  # type: ignore[arg-type]


def ask(release: Release) -> str:
    """Staff read it aloud; the code that the text asks for."""
    staff = build.user(name="Dana Reyes")
    releases.ask_by_text(release=release, actor=Actor(user=staff, role="counselor"), at=AT)
    body: str = Message.objects.get(about=release.graduate.uid).body
    return body.split("reply ")[1][:4]


def text(graduate: Graduate, body: str, at: datetime = AT + MINUTE) -> None:
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=f"SM{at.timestamp()}{body}",
        at=at,
    )
    replies.read_unread(at=at)


def test_consent_read_aloud_begins_with_the_code_that_answers_it() -> None:
    graduate = build.graduate()
    release = draft(graduate)
    code = ask(release)
    assert disclosure.may_be_told(graduate=graduate, item=Item.ALERTS, at=AT) == []

    text(graduate, f"{(int(code) + 1) % 10000:04d}", AT + MINUTE)
    release.refresh_from_db()
    assert not release.is_in_force(AT + MINUTE)
    text(graduate, f"yes {code}", AT + 2 * MINUTE)

    release.refresh_from_db()
    assert (release.signed_at, release.way) == (AT + 2 * MINUTE, Release.Way.ALOUD)
    assert (release.signature, release.attested_at) == ("Sam Rivers", AT)
    assert release.attested_by is not None
    assert release.attested_by.name == "Dana Reyes"
    assert disclosure.may_be_told(graduate=graduate, item=Item.ALERTS, at=AT + HOUR) == [release]
    said = Message.objects.filter(kind="reply").order_by("pk").last()
    assert said is not None
    assert "your yes is written down" in said.body


def test_text_that_asks_for_a_yes_tells_nothing() -> None:
    release = draft(build.graduate())
    ask(release)
    body = Message.objects.get(about=release.graduate.uid).body
    assert [word for word in ("Maria", "Rivers", "consent", "share") if word in body] == []


def test_code_counts_for_a_day_from_the_phone_it_went_to_and_once() -> None:
    graduate = build.graduate()
    release, phone = draft(graduate), build.address_of(graduate)
    code = ask(release)
    other = build.address_of(build.graduate(program=graduate.program))

    late = AT + releases.ANSWER_WITHIN
    assert not releases.sign_by_text(address=phone, body=code, at=late)
    assert not releases.sign_by_text(address=other, body=code, at=AT + HOUR)
    assert releases.sign_by_text(address=phone, body=code, at=AT + HOUR)
    assert not releases.sign_by_text(address=phone, body=code, at=AT + HOUR)


def test_yes_by_text_is_not_asked_on_a_phone_that_others_see() -> None:
    shared = draft(build.graduate(shared=True))
    with pytest.raises(releases.NotPrivate):
        ask(shared)
    with pytest.raises(releases.NoPhone):
        ask(draft(build.graduate(with_phone=False)))
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    ("last_on", "is_good"),
    [
        (date(2026, 3, 9), False),
        (date(2026, 3, 10), True),
        (date(2027, 3, 11), True),
        (date(2027, 3, 12), False),
    ],
)
def test_consent_ends_within_a_year(last_on: date, is_good: bool) -> None:
    wanted = releases.Draft(recipient="Maria", purpose="Support", items=["alerts"], last_on=last_on)
    write = {"graduate": build.graduate(), "language": "en", "actor": PORTAL, "at": AT}
    if is_good:
        assert releases.write(draft=wanted, **write).last_on == last_on  # type: ignore[arg-type]
    else:
        with pytest.raises(releases.BadEnd):
            releases.write(draft=wanted, **write)  # type: ignore[arg-type]


def test_last_day_ends_where_the_graduate_is() -> None:
    graduate = build.graduate()
    # Until the end of 8 March in New York, on which its clock changes: 04:00 UTC.
    release = build.release(graduate=graduate, at=datetime(2026, 3, 1, 15, tzinfo=UTC), days=7)

    assert release.is_in_force(datetime(2026, 3, 9, 3, 59, tzinfo=UTC))
    assert not release.is_in_force(datetime(2026, 3, 9, 4, 0, tzinfo=UTC))


def test_event_ends_a_consent_when_staff_note_it() -> None:
    graduate = build.graduate()
    wanted = releases.Draft(
        recipient="Court", purpose="My case", items=["letter"], ends_event="The case is closed"
    )
    release = releases.write(graduate=graduate, draft=wanted, language="en", actor=PORTAL, at=AT)
    releases.sign(release=release, signature="Sam Rivers", actor=PORTAL, at=AT)
    assert "When this happens: The case is closed" in release.words
    assert release.is_in_force(AT + 900 * DAY)

    releases.note_event(release=release, actor=PORTAL, at=AT + DAY)

    assert not release.is_in_force(AT + DAY)
    with pytest.raises(releases.BadEnd):
        releases.write(
            graduate=graduate,
            draft=releases.Draft(
                recipient="M", purpose="P", items=["alerts"], ends_event="E", has_page=True
            ),
            language="en",
            actor=PORTAL,
            at=AT,
        )


def test_may_be_told_names_whom_to_ask_when_somebody_cannot_be_reached() -> None:
    graduate = build.graduate()
    build.release(graduate=graduate, at=AT)
    sister = build.release(
        graduate=graduate, at=AT, recipient="Ana Rivers", items=[Item.UNREACHABLE], has_page=False
    )
    of_other = build.release(graduate=build.graduate(), at=AT, items=[Item.UNREACHABLE])

    ask_for = {"graduate": graduate, "item": Item.UNREACHABLE, "at": AT}
    assert disclosure.may_be_told(**ask_for) == [sister]  # type: ignore[arg-type]
    assert disclosure.may_be_told(**ask_for, recipient=of_other) == []  # type: ignore[arg-type]
    assert disclosure.may_be_told(**ask_for, recipient=sister) == [sister]  # type: ignore[arg-type]
    releases.revoke(release=sister, actor=PORTAL, at=AT)
    assert disclosure.may_be_told(**ask_for) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [Graduate.Status.LEFT, Graduate.Status.DECEASED])
def test_nobody_is_told_of_who_has_left_or_died(status: Graduate.Status) -> None:
    graduate = build.graduate()
    release = build.release(graduate=graduate, at=AT)
    Graduate.objects.filter(pk=graduate.pk).update(status=status)

    assert disclosure.may_be_told(graduate=graduate, item=Item.ALERTS, at=AT) == []
    with pytest.raises(disclosure.NotAllowed):
        disclosure.tell(
            release=release,
            items=[Item.ALERTS],
            way=Disclosure.Way.SPOKEN,
            actor=PORTAL,
            at=AT,
        )


def test_each_step_of_a_consent_is_on_record_and_a_second_end_changes_nothing() -> None:
    graduate = build.graduate()
    release = build.release(graduate=graduate, at=AT)
    releases.revoke(release=release, actor=PORTAL, at=AT + HOUR)
    releases.revoke(release=release, actor=PORTAL, at=AT + DAY)

    verbs = AuditEntry.objects.filter(graduate_uid=graduate.uid, thing="release").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["created", "consented", "consented"]
    assert Release.objects.get(pk=release.pk).revoked_at == AT + HOUR
    assert Contact.objects.filter(graduate=graduate, until__isnull=True).count() == 1


def test_rows_show_what_holds_first_and_then_what_is_over() -> None:
    graduate = build.graduate()
    ended = build.release(graduate=graduate, at=AT, revoked_at=AT)
    waits = draft(graduate)
    holds = build.release(graduate=graduate, at=AT)

    rows = releases.rows(graduate=graduate, at=AT)

    assert [(row.release, row.state) for row in rows] == [
        (holds, "active"),
        (waits, "draft"),
        (ended, "over"),
    ]
