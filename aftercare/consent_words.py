"""The words by which people agree to texts, the same on the web, at a desk and in the record.

They hold what US rules ask for: who writes, how often, that rates may apply, HELP and STOP, and that
care does not depend on it (47 CFR 64.1200(f)(9), carriers' opt-in rules). Counsel must check.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.kinds import Scope

SENTENCES: dict[Scope, str | Promise] = {
    Scope.PROGRAM: _(
        "Texts from %(alias)s: a word from my counselor, and news that I should know."
    ),
    Scope.CHECK_INS: _(
        "Check-ins by text: a few short questions about how I am, once a week at most."
    ),
    Scope.REMINDERS: _("Reminders that I ask for: a text before what is in my plan."),
}
TERMS = _(
    "Texts are automated, and nobody reads them day and night. Msg & data rates may apply. "
    "I can reply STOP at any time to end them, or HELP for help. "
    "Saying no to any of it changes nothing about my care."
)


def sentence(*, scope: Scope, alias: str) -> str:
    """What one yes says, in the language in force."""
    return str(SENTENCES[scope]) % {"alias": alias}


def words(*, scopes: Iterable[Scope], alias: str, language: str) -> str:
    """Everything that was shown or read aloud for these scopes, as one text for the record."""
    with translation.override(language):
        lines = [sentence(scope=scope, alias=alias) for scope in scopes]
        return "\n".join([*lines, str(TERMS)])


@dataclass(frozen=True)
class Consent:
    """What is shown where people agree: each yes apart, and the terms of all."""

    sentences: tuple[str, ...]
    terms: str


def shown() -> Consent:
    """The words for anybody to read, in the language in force; "us" stands for whoever signs."""
    sentences = tuple(sentence(scope=scope, alias=gettext("us")) for scope in Scope)
    return Consent(sentences=sentences, terms=str(TERMS))
