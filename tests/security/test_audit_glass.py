"""Breaking the glass: a reason, one person, one hour, a banner, a notice, a review within a week."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from aftercare import access, glass, grants, looks, oversight, own_data, record
from aftercare.models import AuditEntry, GlassBreak, Graduate, Role
from aftercare.record import Actor
from notifications import clock, delivery
from notifications.models import Message
from tests import build
from tests.security.doors import age

pytestmark = pytest.mark.django_db

Figure = Callable[[str], None]
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def graduate() -> Graduate:
    program = build.program()
    return build.graduate(program=program, counselor=build.role(program=program), user=build.user())


def colleague(graduate: Graduate, kind: Role.Kind = Role.Kind.COUNSELOR) -> Role:
    return build.role(program=graduate.program, kind=kind, name="Lee Park")


def broken(graduate: Graduate, role: Role, at: datetime = AT, **more: str) -> GlassBreak:
    return glass.open_record(
        graduate=graduate,
        reason=GlassBreak.Reason.SAFETY,
        words=more.pop("words", "Their counselor cannot be reached."),
        actor=Actor(user=role.user, role=role.kind),
        at=at,
        **more,
    )


def opens(graduate: Graduate, role: Role, at: datetime) -> bool:
    standing = access.roles_of(user=role.user, at=at)
    try:
        return grants.open_record(standing=standing, uid=graduate.uid).glass is not None
    except access.NotYours:
        return False


def test_aud_07_it_opens_one_record_to_one_person_for_one_hour(
    graduate: Graduate, figure: Figure
) -> None:
    role, other = colleague(graduate), colleague(graduate)
    neighbour = build.graduate(program=graduate.program)
    assert not opens(graduate, role, AT)

    row = broken(graduate, role)

    tries = {
        "within the hour": opens(graduate, role, AT + HOUR - MINUTE),
        "before it": opens(graduate, role, AT - MINUTE),
        "after it": opens(graduate, role, AT + HOUR),
        "another person": opens(graduate, other, AT + MINUTE),
        "another record": opens(neighbour, role, AT + MINUTE),
    }
    assert tries == {name: name == "within the hour" for name in tries}
    assert broken(graduate, role, at=AT + MINUTE).pk == row.pk
    Role.objects.filter(pk=role.pk).update(until=AT + 2 * MINUTE)
    assert not opens(graduate, role, AT + 3 * MINUTE)
    with pytest.raises(glass.NotSaid):
        broken(graduate, other, words=" ")
    audit = AuditEntry.objects.filter(graduate_uid=graduate.uid, actor=role.user)
    assert list(audit.order_by("pk").values_list("verb", flat=True)) == ["broke_glass", "read"]
    figure("1 of 5 ways to open it works, for 60 minutes")


def test_aud_07_the_page_asks_anew_who_it_is_and_bears_its_banner(
    graduate: Graduate, client: Client
) -> None:
    role = colleague(graduate)
    build.message(graduate=graduate, body="The words of a text", at=clock.now() - HOUR)
    client.force_login(role.user)
    record = reverse("record", args=[graduate.uid])
    form = {"who": "sam rivers", "reason": "safety", "words": "Nobody else is here."}

    age(client, idle=timedelta(0), since=timedelta(minutes=6))
    for stale in (client.post(reverse("glass"), form), client.get(reverse("glass"))):
        assert stale.headers["Location"].startswith("/accounts/")
    assert GlassBreak.objects.count() == 0

    age(client, idle=timedelta(0))
    wrong = client.post(reverse("glass"), form | {"who": "Rivers"})
    assert (wrong.status_code, GlassBreak.objects.count()) == (422, 0)
    assert client.get(record).status_code == 404
    opened = client.post(reverse("glass"), form)
    assert opened.headers["Location"] == record

    for address in (record, f"{record}?before={clock.now().isoformat()}"):
        html = client.get(address).content.decode()
        assert "Opened out of the usual: somebody may be in danger" in html
    assert "The words of a text" in html
    assert [f"/graduates/{graduate.uid}" in html, "/texts/" in html] == [False, False]
    assert client.get(reverse("graduate", args=[graduate.uid])).status_code == 404
    assert (
        AuditEntry.objects.filter(actor=role.user, verb="searched").count() == 2
    )  # also the one in vain


def test_aud_07_a_lead_reads_the_words_of_texts_only_with_a_reason(
    graduate: Graduate, client: Client
) -> None:
    lead = colleague(graduate, Role.Kind.LEAD)
    at = clock.now()
    build.message(graduate=graduate, body="The words of a text", at=at - HOUR)
    build.reply(graduate=graduate, at=at - HOUR)
    client.force_login(lead.user)
    page = reverse("graduate", args=[graduate.uid])

    closed = client.get(page).content.decode()
    assert ("The words of a text" in closed, "···" in closed) == (False, True)
    broken(graduate, lead, at=at)
    opened = client.get(reverse("record", args=[graduate.uid])).content.decode()
    assert "The words of a text" in opened
    build.assignment(
        graduate=build.graduate(program=graduate.program), counselor=colleague(graduate)
    )
    counselor = graduate.assignments.get().counselor
    client.force_login(counselor.user)
    assert "The words of a text" in client.get(page).content.decode()


def test_aud_07_the_leads_hear_of_it_now_and_the_graduate_after_the_hour(
    graduate: Graduate,
) -> None:
    lead, role = colleague(graduate, Role.Kind.LEAD), colleague(graduate)
    broken(graduate, role)

    (to_lead,) = Message.objects.filter(address__channel="email")
    assert to_lead.address.value == lead.user.email
    assert "Sam" not in to_lead.body
    delivery.deliver_due(at=AT + HOUR - MINUTE)
    (to_graduate,) = Message.objects.filter(about=graduate.uid, kind="safety")
    assert (to_graduate.state, glass.told_to(graduate=graduate, at=AT)) == ("due", [])

    delivery.deliver_due(at=AT + HOUR)
    to_graduate.refresh_from_db()
    assert to_graduate.state == "sent"
    assert "who looked at it" in to_graduate.body
    assert [one.user for one in glass.told_to(graduate=graduate, at=AT + HOUR)] == [role.user]


def test_aud_07_a_notice_that_would_endanger_waits_for_a_lead(graduate: Graduate) -> None:
    lead, role = colleague(graduate, Role.Kind.LEAD), colleague(graduate)
    row = broken(graduate, role, withheld_because="He reads her phone.")
    texts = Message.objects.filter(about=graduate.uid, kind="safety")
    assert texts.count() == 0
    assert glass.told_to(graduate=graduate, at=AT + DAY) == []

    glass.review(
        row=row,
        outcome=GlassBreak.Outcome.RIGHT,
        note="",
        tells=True,
        actor=Actor(user=lead.user, role="lead"),
        at=AT + DAY,
    )

    assert texts.count() == 1
    assert glass.told_to(graduate=graduate, at=AT + DAY) == [row]


def test_aud_07_page_and_copy_tell_who_looked_when_the_notice_does(graduate: Graduate) -> None:
    role, counselor = colleague(graduate), graduate.assignments.get().counselor
    for one in (counselor, role):
        by = Actor(user=one.user, role="counselor")
        record.write(actor=by, verb=AuditEntry.Verb.READ, thing=graduate, at=AT - MINUTE)
    broken(graduate, role, withheld_because="He reads her phone.")
    for one in (counselor, role):
        by = Actor(user=one.user, role="counselor")
        record.write(actor=by, verb=AuditEntry.Verb.READ, thing=graduate, at=AT + MINUTE)

    def told(at: datetime) -> tuple[list[str], int, int]:
        parts = {one.name: one.rows for one in own_data.gather(graduate=graduate, at=at).parts}
        page = [look.deed for look in looks.of(graduate=graduate, at=at)]
        return page, len(parts["AuditEntry"]), len(parts["GlassBreak"])

    usual = ["Looked at your page"] * 3
    assert told(AT + MINUTE) == (usual, 3, 0)
    assert told(AT + DAY) == (usual, 3, 0)
    GlassBreak.objects.update(is_told=True)
    assert told(AT + HOUR - MINUTE) == (usual, 3, 0)
    whole, rows, breaks = told(AT + HOUR)
    assert (sorted(whole), rows, breaks) == (
        [*usual, usual[0], "Opened your record out of the usual"],
        5,
        1,
    )


def test_aud_07_no_text_goes_to_a_phone_that_others_see() -> None:
    graduate = build.graduate(shared=True)
    broken(graduate, colleague(graduate))
    assert Message.objects.filter(about=graduate.uid).count() == 0
    assert len(glass.told_to(graduate=graduate, at=AT + HOUR)) == 1


def test_aud_07_another_lead_reviews_it_within_seven_days(
    graduate: Graduate, figure: Figure
) -> None:
    lead, other = colleague(graduate, Role.Kind.LEAD), colleague(graduate, Role.Kind.LEAD)
    row = broken(graduate, lead)
    by_lead, by_other = (Actor(user=one.user, role="lead") for one in (lead, other))

    def review(actor: Actor, at: datetime) -> None:
        outcome = GlassBreak.Outcome.MISTAKEN
        glass.review(row=row, outcome=outcome, note="Talked.", tells=False, actor=actor, at=at)

    def waits(at: datetime) -> list[tuple[bool, bool]]:
        found = oversight.read(standing=access.roles_of(user=other.user, at=at), at=at)
        return [(one.is_overdue, one.may_review) for one in found.breaks]

    assert waits(AT + 7 * DAY) == [(False, True)]
    assert waits(AT + 7 * DAY + MINUTE) == [(True, True)]
    with pytest.raises(glass.OwnReview):
        review(by_lead, AT + DAY)
    review(by_other, AT + DAY)
    assert waits(AT + 8 * DAY) == []
    with pytest.raises(glass.AlreadyReviewed):
        review(by_other, AT + 2 * DAY)
    row.refresh_from_db()
    assert (row.outcome, row.reviewed_by, row.reviewed_at) == ("mistaken", other.user, AT + DAY)
    figure("due in 7 days, overdue a minute later, reviewed once, never by who opened it")
