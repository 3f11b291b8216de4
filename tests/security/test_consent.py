"""Consent to tell somebody something: whole, ended at once, written into the ledger."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse

from aftercare import (
    disclosure,
    enrolment,
    invitations,
    letters,
    release_words,
    releases,
    replies,
    supporters,
)
from aftercare.models import Disclosure, Invitation, Item, Release
from aftercare.record import PORTAL, Actor
from notifications import clock, delivery
from notifications.models import Message
from tests import build

pytestmark = pytest.mark.django_db

Figure = Callable[[str], None]
Many = Callable[..., int]
# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What 42 CFR 2.31(a) asks for, and the column or words that hold it.
ELEMENTS: dict[str, dict[str, object]] = {
    "discloser": {"discloser": ""},
    "what": {"items": []},
    "recipient": {"recipient": "", "relation": ""},
    "purpose": {"purpose": ""},
    "expiry": {"ends_at": None, "ends_event": None, "has_page": False},
}


def test_cons_01_a_consent_lacking_any_element_cannot_be_activated(figure: Figure) -> None:
    graduate = build.graduate()
    refused: dict[str, tuple[str, ...]] = {}

    def refuse(name: str, release: Release, signature: str = "Sam Rivers") -> None:
        with pytest.raises(release_words.Incomplete) as error:
            releases.sign(release=release, signature=signature, actor=PORTAL, at=AT)
        refused[name] = error.value.missing

    for name, values in ELEMENTS.items():
        release = build.release(graduate=graduate, at=AT, is_signed=False)
        for field, value in values.items():
            setattr(release, field, value)
        refuse(name, release)
    refuse("signature", build.release(graduate=graduate, at=AT, is_signed=False), signature=" ")
    nameless = build.graduate(program=graduate.program, first_name="", last_name="")
    refuse("graduate", build.release(graduate=nameless, at=AT, is_signed=False))

    assert refused == {name: (name,) for name in (*ELEMENTS, "signature", "graduate")}
    assert Release.objects.filter(signed_at__isnull=False).count() == 0
    whole = releases.form_of(
        release=build.release(graduate=graduate, at=AT, is_signed=False), signature="Sam", at=AT
    )
    release_words.check(form=whole)
    names = [one.name for one in fields(whole)]
    for name in names:
        with pytest.raises(release_words.Incomplete) as error:
            release_words.check(form=replace(whole, **{name: " "}))
        assert error.value.missing == (name,)
    figure(f"{len(names)} of {len(names)} elements: none can be left out")


def test_cons_01_the_signed_words_are_kept_with_version_and_fingerprint() -> None:
    release = Release.objects.get(pk=build.release(graduate=build.graduate(), at=AT).pk)

    assert release.form_version == release_words.VERSION
    assert release.form_hash == hashlib.sha256(release.words.encode()).hexdigest()
    form = releases.form_of(release=release, signature="Sam Rivers", at=AT)
    assert release.words.splitlines() == [f"{label}: {words}" for label, words in form.lines]
    assert "Maria Rivers (mother)" in release.words
    assert "April 9, 2026" in release.words
    assert (release.signed_at, release.way) == (AT, Release.Way.WEB)


def test_cons_01_the_database_holds_no_signature_without_form_and_end() -> None:
    release = build.release(graduate=build.graduate(), at=AT, is_signed=False)
    rows = Release.objects.filter(pk=release.pk)
    for lacking in ({"form_hash": ""}, {"form_version": ""}, {"ends_at": None}, {"way": ""}):
        whole = {"signed_at": AT, "form_hash": "f", "form_version": "1", "way": Release.Way.WEB}
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**whole | lacking)


def test_cons_01_each_recipient_has_a_consent_of_its_own_that_is_not_changed_once_signed() -> None:
    graduate = build.graduate()
    mother = build.release(graduate=graduate, at=AT)
    court = build.release(
        graduate=graduate, at=AT, recipient="Court", items=[Item.LETTER], has_page=False
    )

    releases.revoke(release=mother, actor=PORTAL, at=AT + HOUR)

    later = AT + 2 * HOUR
    found = {item: disclosure.may_be_told(graduate=graduate, item=item, at=later) for item in Item}
    assert found == {item: [court] if item == Item.LETTER else [] for item in Item}
    with pytest.raises(releases.AlreadySigned):
        releases.sign(release=court, signature="Somebody", actor=PORTAL, at=later)


# Ending


class Life:
    """One consent whose graduate, clock and program do things in any order."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.now = dice, AT
        self.graduate = build.graduate(user=build.user())
        self.holder = build.user()
        self.release: Release | None = None
        self.told: list[bool] = []

    def grant(self) -> None:
        self.release = build.release(
            graduate=self.graduate,
            at=self.now,
            items=[Item.ATTENDANCE, Item.LETTER],
            days=self.dice.choice((0, 1, 20)),
            holder=None,
            email="maria@example.org",
        )
        supporters.invite(release=self.release, way=Invitation.Way.EMAIL, actor=PORTAL, at=self.now)
        if self.dice.random() < 0.5:
            Release.objects.filter(pk=self.release.pk).update(holder=self.holder)

    def revoke(self) -> None:
        door = self.dice.randrange(3)
        if door == 0 and self.release:
            releases.revoke(release=self.release, actor=PORTAL, at=self.now)
        elif door == 1:
            releases.revoke_all(graduate=self.graduate, actor=PORTAL, at=self.now)
        elif self.release and self.release.revoked_at is None:
            releases.note_event(release=self.release, actor=PORTAL, at=self.now)

    def expire(self) -> None:
        self.now += self.dice.choice((HOUR, DAY, 2 * DAY, 10 * DAY))

    def send(self) -> None:
        """Every way by which something goes out, tried with what somebody still has in the hand."""
        if self.release is None:
            return
        held = Release.objects.get(pk=self.release.pk)
        is_open = held.revoked_at is None and held.ends_at is not None and held.ends_at > self.now
        before = Disclosure.objects.count() + self._mails()
        try:
            supporters.look(release=self.release, actor=PORTAL, at=self.now)
            letters_to = [Item.LETTER]
            disclosure.tell(
                release=self.release,
                items=letters_to,
                way=Disclosure.Way.LETTER,
                actor=PORTAL,
                at=self.now,
            )
        except disclosure.NotAllowed:
            pass
        delivery.deliver_due(at=self.now)
        went = Disclosure.objects.count() + self._mails() - before
        self.told.append(is_open)
        assert (went > 0) == is_open, f"{went} went out, open: {is_open}"

    def _mails(self) -> int:
        return Message.objects.filter(
            about=self.release.uid if self.release else None, state=Message.State.SENT
        ).count()


def test_cons_02_nothing_is_told_after_a_revocation_or_an_end(figure: Figure, many: Many) -> None:
    trials = many(short=12, full=1000)
    closed = opened = 0
    for trial in range(trials):
        dice = random.Random(trial)
        with transaction.atomic():
            life = Life(dice)
            deeds = (life.grant, life.revoke, life.expire, life.send, life.send)
            for _ in range(8):
                dice.choice(deeds)()
                life.now += timedelta(minutes=1)
            life.send()
            transaction.set_rollback(True)
        closed += life.told.count(False)
        opened += life.told.count(True)
    assert min(closed, opened) >= trials // 4
    figure(
        f"{trials:,} interleavings: 0 of {closed:,} tries after an end told anything, "
        f"{opened:,} of {opened:,} before it did"
    )


def test_cons_02_a_revocation_calls_back_the_link_that_has_not_left() -> None:
    release = build.release(graduate=build.graduate(), at=AT, email="maria@example.org")
    issued = supporters.invite(release=release, way=Invitation.Way.EMAIL, actor=PORTAL, at=AT)

    releases.revoke(release=release, actor=PORTAL, at=AT)

    message = Message.objects.get(about=release.uid)
    assert (message.state, message.reason) == (Message.State.CANCELLED, "consent_withdrawn")
    with pytest.raises(invitations.LinkClosed):
        enrolment.redeem(token=issued.token, account=lambda _: build.user(), at=AT)


@pytest.mark.parametrize(
    "body",
    [
        "stop sharing",
        "Please stop sharing my info with anyone.",
        "I revoke my consent",
        "don't share anything with my family",
        "Ya no compartas nada con nadie",
        "Retiro mi consentimiento",
    ],
)
def test_cons_02_a_text_takes_everything_back_at_once(body: str) -> None:
    assert releases.takes_back(text=body)
    graduate = build.graduate(user=build.user())
    release = build.release(graduate=graduate, at=AT)

    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id="SM1",
        at=AT + HOUR,
    )
    replies.read_unread(at=AT + HOUR)

    release.refresh_from_db()
    assert release.revoked_at == AT + HOUR
    assert graduate.replies.get().needs_person


@pytest.mark.parametrize(
    "body", ["stop sharing with Maria only", "can you share it with my aunt", "I consent", "4821"]
)
def test_cons_02_what_may_mean_one_person_is_left_to_a_person(body: str) -> None:
    assert not releases.takes_back(text=body)


# The ledger


def test_cons_04_each_disclosure_carries_notice_and_scope_and_is_read_in_one_tap(
    client: Client, figure: Figure
) -> None:
    at = clock.now()
    graduate = build.graduate(user=build.user())
    staff = build.user(name="Dana Reyes")
    by_staff = Actor(user=staff, role="counselor")
    page = build.release(graduate=graduate, at=at)
    court = build.release(
        graduate=graduate, at=at, recipient="Lee, Court", items=[Item.LETTER], has_page=False
    )

    supporters.look(release=page, actor=PORTAL, at=at)
    supporters.look(release=page, actor=PORTAL, at=at)
    letter = letters.write(release=court, words="Thank you.", actor=by_staff, at=at)
    disclosure.tell_in_emergency(
        graduate=graduate,
        recipient="Dr. Kim, General Hospital",
        what="What she takes",
        nature="Found unconscious",
        told_at=at,
        actor=by_staff,
        at=at,
    )

    rows = list(Disclosure.objects.all())
    assert [row.notice for row in rows] == [release_words.NOTICE_VERSION] * 4
    assert letter.disclosure in rows
    lines = {line.recipient: line for line in disclosure.ledger(graduate=graduate)}
    assert {
        name: (line.count, len(line.items), len(line.scope)) for name, line in lines.items()
    } == {
        "Maria Rivers": (2, 3, 3),
        "Lee, Court": (1, 1, 1),
        "Dr. Kim, General Hospital": (1, 0, 0),
    }
    assert graduate.user is not None
    client.force_login(graduate.user)
    me = client.get(reverse("me")).content.decode()
    assert f'href="{reverse("disclosures")}"' in me
    told = client.get(reverse("disclosures")).content.decode()
    shown = [name for name in lines if name in told]
    assert shown == list(lines)
    assert "42 CFR part 2" in told
    figure(f"{len(rows)} of {len(rows)} disclosures with notice and scope, one tap from Me")


def test_cons_04_the_notice_stands_on_every_page_of_a_letter() -> None:
    release = build.release(
        graduate=build.graduate(), at=AT, recipient="Court", items=[Item.LETTER], has_page=False
    )
    letter = letters.write(release=release, words="One line.\n" * 120, actor=PORTAL, at=AT)

    paper = letters._Paper(notice=str(release_words.NOTICE), at=AT)
    letters._fill(paper, release=release, words="One line.\n" * 120, actor=PORTAL, at=AT)
    paper.output()
    assert (paper.pages_count, paper.notices) == (4, 4)
    assert letter.pdf.count(b"/Type /Page\n") == 4


def test_cons_04_the_ledger_outlasts_whatever_it_is_about() -> None:
    graduate = build.graduate()
    release = build.release(graduate=graduate, at=AT)
    disclosure.tell(
        release=release,
        items=[Item.ALERTS],
        way=Disclosure.Way.SPOKEN,
        actor=PORTAL,
        at=AT,
    )

    for row in (release, graduate):
        with pytest.raises(models.ProtectedError):
            row.delete()
    assert timedelta(days=3 * 365) <= Disclosure.KEPT


def test_cons_04_what_a_consent_does_not_cover_is_not_told() -> None:
    release = build.release(graduate=build.graduate(), at=AT, items=[Item.ATTENDANCE])

    for items in ([Item.LETTER], [Item.ATTENDANCE, Item.ALERTS], []):
        with pytest.raises(disclosure.NotAllowed):
            disclosure.tell(
                release=release, items=items, way=Disclosure.Way.SPOKEN, actor=PORTAL, at=AT
            )
    with pytest.raises(disclosure.NotAllowed):
        letters.write(release=release, words="", actor=PORTAL, at=AT)
    assert Disclosure.objects.count() == 0
