"""What somebody hears who calls the texting number: a neutral greeting, our phone, and 988."""

import re
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from notifications.models import Sender


def greeting(*, to: str, at: datetime) -> list[tuple[str, str]]:
    """The lines to read aloud for a call to `to`, as (language, words), in every language we have.

    It names nobody and no kind of care, because anybody may be listening.
    """
    sender = Sender.objects.select_related("program").filter(number=to).first()
    program = sender.program if sender else None
    lines = []
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            words = [gettext("Hello. This number is for text messages only.")]
            if program is not None:
                spoken = {"phone": _digits(program.phone)}
                words.append(
                    gettext("To talk to us now, call %(phone)s.") % spoken
                    if program.is_staffed(at)
                    else gettext("To talk to us when we are in, call %(phone)s.") % spoken
                )
            words.append(gettext("In danger, call 9 1 1. At any time, call or text 9 8 8."))
        lines.append((language, " ".join(words)))
    return lines


def _digits(phone: str) -> str:
    """A phone number as it is read out: digit by digit, with a rest between its groups."""
    return ", ".join(" ".join(group) for group in re.findall(r"\d+", phone))
