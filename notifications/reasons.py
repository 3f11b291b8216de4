"""Why a message did not go out as planned: from a code in a row to a sentence a person can read."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, str | Promise] = {
    # Held back for good by a gate
    "opted_out": _("This person asked for no more texts."),
    "unreachable": _("Texts to this number did not arrive before, so none are sent to it."),
    "unconfirmed": _("Nobody has confirmed yet that this number is theirs."),
    "no_consent_program": _("This person has not agreed to texts from the program."),
    "no_consent_check_ins": _("This person has not agreed to check-ins by text."),
    "no_consent_reminders": _("This person has not agreed to reminders by text."),
    "never_allowed": _("The quiet hours of this person leave no time to send it."),
    # Waiting, or too late because it waited
    "expired": _("By the time it could be sent it was of no use any more."),
    "quiet_hours": _("It waits for the quiet hours of this person to end."),
    "program_hours": _("It waits for the hours in which the program may send texts."),
    "cap_day": _("This person had a text from the program that day already."),
    "cap_week": _("This person had as many texts from the program that week as they agreed to."),
    "gives_way": _("It waits because a text that matters more is about to be sent."),
    "sender_day": _(
        "The program has sent as many texts as it may in one day. It waits for the next."
    ),
    "program_off": _("Texting is switched off for this program."),
    "sender_off": _("The number the program sends from is switched off."),
    "sender_paused": _("The number the program sends from is resting after an error."),
    "internal": _("The portal could not work on it. It tries again, and the operator sees why."),
    # What the phone company said
    "provider_busy": _("The phone company was busy or out of reach. The portal tries again."),
    "asking_provider": _("It is not clear if it was sent. The portal asks the phone company."),
    "unsettled": _("It is not clear if it was sent, and the phone company does not know it."),
    "opted_out_at_provider": _("This person told the phone company: no more texts."),
    "number_does_not_work": _("The phone company says that this number cannot get texts."),
    "wrong_number": _("Somebody else has this number now."),
    "number_not_reached": _("The phone was off or out of reach, or the number is out of service."),
    "network_trouble": _("There was trouble in the phone network."),
    "filtered_by_carrier": _(
        "The phone company took it for an unwanted text and did not deliver it."
    ),
    "sender_refused": _("The phone company does not accept the number the program sends from."),
    "provider_limit": _("The program has sent as many texts as the phone company allows for now."),
    "loop_stopped": _("Two machines were answering each other, so it was stopped."),
    "expired_at_provider": _("The phone company could not deliver it in time."),
    "not_a_valid_text": _("The phone company cannot send a text like this one."),
    "refused_by_provider": _("The phone company refused it."),
    "not_delivered": _("The phone company could not deliver it."),
    # Cancelled by whoever planned it
    "consent_withdrawn": _("This person no longer wants texts of this kind."),
    "replaced": _("This person has a new number."),
    "changed": _("The plan was changed."),
    "answered": _("It was answered before it was sent."),
    "paused": _("This person paused texts."),
    "left": _("This person left the program's aftercare."),
    "deceased": _("This person has died."),
    "crisis": _("Planned texts rest while somebody looks after this person."),
    "by_staff": _("Somebody on the staff cancelled it."),
    # Decided by a person after nobody could tell
    "vouched": _("Somebody on the staff decided that it is not sent again."),
}


def sentence(code: str) -> str:
    """The sentence for a reason's code, in the language in force; empty for no reason."""
    if not code:
        return ""
    known = SENTENCES.get(code)
    return str(known) if known else gettext("It was stopped for another reason (%s).") % code
