"""What a text agrees to or takes back: keywords, the "1" of an enrolment, a code that was read aloud."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from aftercare import (
    answers,
    checkins,
    enrolment,
    optouts,
    outreach,
    releases,
    safety,
    texts,
    wording,
)
from aftercare.engagement import watch
from aftercare.models import Contact, Graduate, Outreach, Reply
from aftercare.record import PORTAL, Actor
from aftercare.turns import note, say
from notifications.keywords import Keyword
from notifications.models import ConsentEvent, InboundMessage

_KEYWORDS = {
    Keyword.STOP: Reply.Kind.OPT_OUT,
    Keyword.OPT_OUT: Reply.Kind.OPT_OUT,
    Keyword.START: Reply.Kind.OPT_IN,
    Keyword.HELP: Reply.Kind.HELP,
}
_AGREES = (answers.Kind.YES, answers.Kind.OPT_IN)


def read_keyword(*, inbound: InboundMessage, people: Sequence[Contact], at: datetime) -> Reply:
    """STOP, START and HELP were obeyed on arrival; here they become part of the story."""
    word = Keyword(inbound.keyword)
    # Who asks in words of their own may have said more than that.
    needs_person = word is Keyword.OPT_OUT
    if word is Keyword.START:
        awaited = enrolment.waited_for(people=people, at=at)
        needs_person = len(awaited) > 1
        if len(awaited) == 1:
            enrolment.agree_by_text(contact=awaited[0], at=at)
    elif word is not Keyword.HELP:
        _ask_another_way(people, at)
        if len(people) == 1 and releases.takes_back(text=inbound.body):
            whose = people[0].graduate
            actor = Actor(user=whose.user, role="graduate")
            releases.revoke_all(graduate=whose, actor=actor, at=at)
    watch.look_again(graduates=[contact.graduate_id for contact in people], at=at)
    only = people[0].graduate if len(people) == 1 else None
    return note(inbound, only, kind=_KEYWORDS[word], needs_person=needs_person, at=at)


def _ask_another_way(people: Sequence[Contact], at: datetime) -> None:
    """STOP from a phone that others see may be somebody else's word: a person asks by another way."""
    for contact in people:
        if contact.shared or len(people) > 1:
            today = at.astimezone(ZoneInfo(contact.graduate.time_zone)).date()
            outreach.note(
                graduate=contact.graduate,
                way=Outreach.Way.MAIL,
                outcome=Outreach.Outcome.PLANNED,
                next_step=gettext(
                    "STOP came from a phone that others see. Ask by another way whether they meant it."
                ),
                next_on=today,
                actor=PORTAL,
                at=at,
            )


def settle(
    *, inbound: InboundMessage, graduate: Graduate, is_quiet: bool, at: datetime
) -> Reply | None:
    """A yes to what was read aloud, a no to telling anybody, or, on a page, a no to all texts."""
    actor = Actor(user=graduate.user, role="graduate")
    if releases.sign_by_text(address=inbound.address, body=inbound.body, at=at):
        name, kind, needs_person = "said_yes", Reply.Kind.OPT_IN, False
    elif releases.takes_back(text=inbound.body):
        releases.revoke_all(graduate=graduate, actor=actor, at=at)
        name, kind, needs_person = "nothing_shared", Reply.Kind.NOTE, True
    elif inbound.is_from_page and optouts.is_said(text=inbound.body):
        web = ConsentEvent.Source.WEB
        optouts.stop(graduate=graduate, words=inbound.body, source=web, actor=actor, at=at)
        name, kind, needs_person = "goodbye", Reply.Kind.OPT_OUT, True
    else:
        return None
    if not is_quiet:
        language = safety.language_of(inbound, graduate)
        words = wording.text(name=name, language=language, phone=graduate.program.phone)
        say(inbound, graduate, words, key=f"consent:{inbound.pk}", at=at)
    return note(inbound, graduate, kind=kind, needs_person=needs_person, at=at)


def agreed(*, inbound: InboundMessage, people: Sequence[Contact], at: datetime) -> Graduate | None:
    """Whose "1" this is, where a face-to-face enrolment waits for one.

    On a shared phone a name tells; without one it counts where it can answer nothing else.
    """
    named, words = texts.named(people=people, body=inbound.body)
    if len(people) == 1:
        words = texts.without_name(contact=people[0], body=inbound.body) or words
    if answers.read(text=words, question=answers.Question.YES_NO).kind not in _AGREES:
        return None
    awaited = enrolment.waited_for(people=named or people, at=at)
    may_be = awaited if named else waiting(people=people, at=at)
    if len(awaited) != 1 or len(may_be) != 1:
        return None
    (contact,) = awaited
    return contact.graduate if enrolment.agree_by_text(contact=contact, at=at) else None


def waiting(*, people: Sequence[Contact], at: datetime) -> list[Contact]:
    """Those who were asked something that is open: for a consent, or a question of a check-in."""
    awaited = enrolment.waited_for(people=people, at=at)
    return [
        one
        for one in people
        if one in awaited or checkins.asked(graduate=one.graduate, at=at) is not None
    ]
