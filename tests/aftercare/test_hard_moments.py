from datetime import UTC, datetime

import pytest

from aftercare import coping, hard_moments, replies
from aftercare.coping import Person, Plan
from aftercare.models import Graduate, Reply
from aftercare.record import PORTAL
from notifications.models import Message
from tests import build
from tests.feeds import imported, row

# A Tuesday, ten in the morning in New York.
AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "HARD", "hard.", "Craving", "cravings bad", "really strong urge", "I want to drink",
        "im tempted", "Difícil", "antojo", "tengo ganas de tomar", "momento dificil",
        "cravings are really bad tonight", "I want to drink so bad right now", "antojo muy fuerte hoy",
    ],
)  # fmt: skip
def test_a_whole_text_may_ask_for_help(text: str) -> None:
    assert hard_moments.is_asked(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hard week but ok",
        "work was hard",
        "7, some cravings",
        "no cravings",
        "hardly",
        "cravings are ok",
    ],
)
def test_words_among_others_do_not_ask(text: str) -> None:
    assert not hard_moments.is_asked(text=text)


def ask(graduate: Graduate, body: str = "HARD") -> str:
    replies.receive(
        to=build.sender_of(graduate).number,
        sender=build.address_of(graduate).value,
        body=body,
        provider_id=f"SM{body}",
        at=AT,
    )
    replies.read_unread(at=AT)
    return str(Message.objects.get(key__startswith="hard:").body)


@pytest.mark.django_db
def test_hard_brings_two_own_steps_a_person_and_a_meeting() -> None:
    imported(
        row(
            name="Lantern Online",
            day=2,
            time="10:30",
            types=["ONL"],
            conference_url="https://example.org/x",
        )
    )
    graduate = build.graduate()
    plan = Plan(
        steps=("Walk to the river", "Cold water", "A third"),
        people=(Person("Rosa", "215-555-0123"),),
    )
    coping.keep(graduate=graduate, plan=plan, actor=PORTAL, at=AT)

    said = ask(graduate)

    assert said == (
        "This will pass. From you: Walk to the river; Cold water. Call Rosa 215-555-0123. "
        "Online: 10:30 AM, Lantern Online. At any hour call or text 988."
    )
    reply = Reply.objects.get()
    assert (reply.kind, reply.needs_person) == (Reply.Kind.HARD_MOMENT, True)


@pytest.mark.django_db
def test_a_phone_that_others_see_hears_nothing_of_ones_own() -> None:
    graduate = build.graduate(shared=True)
    plan = Plan(steps=("Walk to the river",), people=(Person("Rosa", "215-555-0123"),))
    coping.keep(graduate=graduate, plan=plan, actor=PORTAL, at=AT)

    assert ask(graduate, "craving") == (
        "This will pass. Breathe out slowly five times. Go where other people are. "
        "Call somebody you trust, or us: (215) 555-0142. At any hour call or text 988."
    )
