"""What somebody hears who calls the texting number: a neutral greeting, our own phone, and 988."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from notifications.models import Program, Sender
from notifications.phone import UnusablePhone, parse

Lines = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a caller hears: lines read aloud, as (language, words), in every language we have.

    With `dial` (E.164) the call is then put through, and `closing` is for when nobody takes it.
    """

    greeting: Lines
    dial: str = ""
    closing: Lines


def answer(*, to: str, at: datetime) -> Spoken:
    """The answer to a call for the number `to`: in staffed hours it is put through to the program.

    It names nobody and no kind of care, because anybody may be listening.
    """
    sender = Sender.objects.select_related("program").filter(number=to).first()
    program = sender.program if sender else None
    dial = _number(program) if program is not None and program.is_staffed(at) else ""
    greeting, closing = [], []
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            help_now = gettext("In danger, call 9 1 1. At any time, call or text 9 8 8.")
            words = [gettext("Hello. This number is for text messages only.")]
            if program is not None:
                words.append(_way_to_us(program, is_put_through=bool(dial)))
                missed = gettext("Nobody could take your call. We will see that you called.")
                closing.append((language, f"{missed} {help_now}"))
            greeting.append((language, " ".join([*words, help_now])))
    return Spoken(greeting=greeting, dial=dial, closing=closing if dial else [])


def _way_to_us(program: Program, *, is_put_through: bool) -> str:
    if is_put_through:
        return gettext("Stay on the line, and we put you through.")
    spoken = {"phone": _digits(program.phone)}
    seen = gettext("We will see that you called.")
    way = gettext("To talk to us when we are in, call %(phone)s.") % spoken
    return f"{seen} {way}"


def _number(program: Program) -> str:
    """The program's phone as it is dialled; "" where what stands there is none."""
    try:
        return parse(raw=program.phone, for_texts=False, allow_fictitious=True).e164
    except UnusablePhone:
        return ""


def _digits(phone: str) -> str:
    """A phone number as it is read out: digit by digit, with a rest between its groups."""
    return ", ".join(" ".join(group) for group in re.findall(r"\d+", phone))
