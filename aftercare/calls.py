"""Calls to the number that texts: answered by a machine in a neutral voice, and a task for a person."""

from datetime import datetime

from django.db import transaction

from aftercare import safety, turns
from aftercare.engagement import watch
from aftercare.models import Reply
from notifications import inbound, voice
from notifications.voice import Spoken


@transaction.atomic
def receive(*, to: str, sender: str, provider_id: str, at: datetime) -> Spoken:
    """Lay a call before staff, once by the provider's id, and return what the caller hears.

    `to` and `sender` are E.164 numbers. A number proves nothing, so nobody is named to the caller.
    """
    spoken = voice.answer(to=to, at=at)
    try:
        call = inbound.accept_call(to=to, sender=sender, provider_id=provider_id, at=at)
    except inbound.UnknownSender:
        return spoken
    if not Reply.objects.filter(inbound=call).exists():
        people = safety.people_of(inbound=call)
        only = people[0].graduate if len(people) == 1 else None
        turns.note(call, only, kind=Reply.Kind.CALL, needs_person=True, at=at)
        watch.look_again(graduates=[one.graduate_id for one in people], at=at)
    return spoken
