"""Reasons as data, to sentences a counselor would say; and what to try first."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext_lazy

from aftercare import questions
from aftercare.models import Commitment, DisengagementSignal

Kind = DisengagementSignal.Kind
HOUR, DAY = 3600, 86_400

# "Tuesday groups": the two words are put together below, in the order of each language.
_WEEKDAYS = (
    pgettext_lazy("before a plural, as in: Monday groups", "Monday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Tuesday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Wednesday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Thursday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Friday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Saturday"),
    pgettext_lazy("before a plural, as in: Monday groups", "Sunday"),
)
_DATES_OF = {
    Commitment.Kind.SUPPORT_MEETING: lazy("support meetings"),
    Commitment.Kind.THERAPY: lazy("therapy sessions"),
    Commitment.Kind.GROUP: lazy("groups"),
    Commitment.Kind.FAMILY: lazy("family sessions"),
    Commitment.Kind.MEDICATION: lazy("medication times"),
    Commitment.Kind.PRACTICE: lazy("practice times"),
    Commitment.Kind.ACTIVITY: lazy("exercise or art times"),
    Commitment.Kind.MEAL: lazy("supported meals"),
    Commitment.Kind.CUSTOM: lazy("other plans"),
}
_NEXT_STEPS = {
    Kind.SAFETY: lazy("Call now. Then write down how it went."),
    Kind.NEED_SUPPORT: lazy("Call back today."),
    Kind.RETURN_TO_USE: lazy("Call without blame, and offer one next step."),
    Kind.MISSED_CHECK_INS: lazy("Call, and ask if the day and hour still fit."),
    Kind.MISSED_COMMITMENTS: lazy("Ask what gets in the way, and change the plan together."),
    Kind.SILENT: lazy("Send a short, warm text, then call."),
    Kind.LATER_REPLIES: lazy("Send a short, warm text."),
    Kind.WORSE_WEEK: lazy("Read the answers, and send a kind word."),
    Kind.UNREACHABLE: lazy("Ask for a new number at the next contact."),
    Kind.OPTED_OUT: lazy("Call once, and ask how they want to hear from you."),
    Kind.PLAN_EMPTY: lazy("Plan one support meeting together."),
    Kind.MEETING_CLOSED: lazy("Find another meeting together."),
}
# By aftercare.crisis.CrisisClass.
_DANGERS = {
    "overdose_medical": lazy("Wrote of an overdose or a medical emergency"),
    "abuse": lazy("Wrote of being hurt by somebody"),
    "violence": lazy("Wrote of hurting somebody"),
    "suicide": lazy("Wrote words of suicide"),
    "self_harm": lazy("Wrote of self-harm"),
    "eating": lazy("Wrote of signs that the body is in danger"),
    "distress": lazy("Wrote words that may mean danger"),
}
_LOST_CONTACT_STEP = lazy("Try three times, by two different ways.")


def sentence(reason: dict[str, Any]) -> str:
    """One reason of a signal in plain words, in the language at hand.

    A reason written by an earlier release, whose code is no longer known, still says something.
    """
    say = _SENTENCES.get(str(reason.get("code")))
    return say(reason) if say else _("Something changed. Please have a look.")


def sentences(reasons: Iterable[dict[str, Any]], *, most: int | None = None) -> list[str]:
    """The reasons in words, each once, the first ones where `most` is given."""
    said = list(dict.fromkeys(sentence(reason) for reason in reasons))
    return said[:most]


def next_step(signals: Sequence[DisengagementSignal]) -> str:
    """What to try first for the most pressing of these signals; empty where there is none."""
    if not signals:
        return ""
    first = signals[0]
    if first.band == DisengagementSignal.Band.LOST_CONTACT:
        return str(_LOST_CONTACT_STEP)
    return str(_NEXT_STEPS[Kind(first.kind)])


def day(text: str) -> str:
    """A date stored as "YYYY-MM-DD", as in "Tuesday, March 3"."""
    return date_format(date.fromisoformat(text), _("l, F j"))


def duration(seconds: int) -> str:
    """A length of time in one unit: minutes, hours or days."""
    if seconds >= 2 * DAY:
        return ngettext("%(n)d day", "%(n)d days", seconds // DAY) % {"n": seconds // DAY}
    if seconds >= HOUR:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // HOUR) % {"n": seconds // HOUR}
    minutes = max(seconds // 60, 1)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def number(value: float) -> str:
    """A number without a needless decimal."""
    return f"{value:g}"


def _check_ins_missed(reason: dict[str, Any]) -> str:
    count = reason["count"]
    if count == 1:
        return _("The check-in of %(day)s went without an answer.") % {"day": day(reason["on"])}
    if count == 2:
        text = _("Two check-ins in a row without an answer, the last on %(day)s.")
        return text % {"day": day(reason["on"])}
    text = _("%(count)d check-ins in a row without an answer, the last on %(day)s.")
    return text % {"count": count, "day": day(reason["on"])}


def _commitment_missed(reason: dict[str, Any]) -> str:
    dates = str(_DATES_OF[Commitment.Kind(reason["kind"])])
    if reason["weekday"] is not None:
        parts = {"weekday": str(_WEEKDAYS[reason["weekday"]]), "dates": dates}
        dates = _("%(weekday)s %(dates)s") % parts
    text = _("Missed %(missed)d of the last %(total)d %(dates)s.")
    return text % {"missed": reason["missed"], "total": reason["total"], "dates": dates}


def _silent(reason: dict[str, Any]) -> str:
    text = ngettext(
        "Not heard from since %(day)s; %(count)d question went without an answer.",
        "Not heard from since %(day)s; %(count)d questions went without an answer.",
        reason["unanswered"],
    )
    return text % {"day": day(reason["on"]), "count": reason["unanswered"]}


def _lost_contact(reason: dict[str, Any]) -> str:
    text = _("Contact lost: not heard from since %(day)s, and %(count)d went without an answer.")
    return text % {"day": day(reason["on"]), "count": reason["unanswered"]}


def _never_heard(reason: dict[str, Any]) -> str:
    text = _("Never heard from since joining on %(day)s.")
    return text % {"day": day(reason["on"])}


def _own_pace(reason: dict[str, Any]) -> str:
    text = _("Before, we never waited longer than %(time)s for a word.")
    return text % {"time": duration(reason["longest"])}


def _use_reported(reason: dict[str, Any]) -> str:
    return _("Said on %(day)s that the old habit came back.") % {"day": day(reason["on"])}


def _later_replies(reason: dict[str, Any]) -> str:
    text = _("Used to answer within %(usual)s; the last two answers took %(latest)s or more.")
    return text % {"usual": duration(reason["usual"]), "latest": duration(reason["latest"])}


def _harder(reason: dict[str, Any]) -> str:
    facts = {
        "question": str(questions.BY_CODE[reason["question"]].topic),
        "value": number(reason["value"]),
        "usual": number(reason["usual"]),
    }
    if reason["run"] > 1:
        text = _("%(question)s: %(value)s, where %(usual)s is usual, and not for the first time.")
        return text % facts
    return _("%(question)s: %(value)s, where %(usual)s is usual.") % facts


def _unreachable(reason: dict[str, Any]) -> str:
    return _("Texts have not come through since %(day)s.") % {"day": day(reason["on"])}


def _opted_out(reason: dict[str, Any]) -> str:
    return _("Asked us on %(day)s not to text any more.") % {"day": day(reason["on"])}


def _plan_empty(reason: dict[str, Any]) -> str:
    return _("There is nothing in the plan.")


def _meeting_closed(reason: dict[str, Any]) -> str:
    text = _("A meeting in the plan closed for good on %(day)s.")
    return text % {"day": day(reason["on"])}


def _missed_of_last(reason: dict[str, Any]) -> str:
    if reason["total"] == 1:
        return _("Missed the newest thing due.")
    text = _("Missed %(missed)d of the last %(total)d things due.")
    return text % {"missed": reason["missed"], "total": reason["total"]}


def _attendance(reason: dict[str, Any]) -> str:
    text = _("Kept %(kept)d of %(total)d things due. The newest count most.")
    return text % {"kept": reason["kept"], "total": reason["total"]}


def _came_back(reason: dict[str, Any]) -> str:
    text = ngettext(
        "Came back after a gap %(times)d time before.",
        "Came back after a gap %(times)d times before.",
        reason["times"],
    )
    return text % {"times": reason["times"]}


def _long_gap(reason: dict[str, Any]) -> str:
    text = _("Was away for %(missed)d things in a row once before.")
    return text % {"missed": reason["missed"]}


def _little_known(reason: dict[str, Any]) -> str:
    text = ngettext(
        "Only %(total)d thing was due so far. Most people who drift away do so early.",
        "Only %(total)d things were due so far. Most people who drift away do so early.",
        reason["total"],
    )
    return text % {"total": reason["total"]}


def _use_told(reason: dict[str, Any]) -> str:
    text = _("Said %(told)d of %(total)d times that the old habit came back.")
    return text % {"told": reason["told"], "total": reason["total"]}


def _late(reason: dict[str, Any]) -> str:
    return _("Answers at the last moment, or late.")


def _ahead(reason: dict[str, Any]) -> str:
    return _("Most was done long before it was due, so it says little about today.")


def _crisis_words(reason: dict[str, Any]) -> str:
    danger = _DANGERS.get(str(reason.get("kind")), _DANGERS["distress"])
    if reason.get("tier") == "B":
        return _("%(danger)s. We asked at once: are you safe?") % {"danger": danger}
    return _("%(danger)s. The crisis text went out at once.") % {"danger": danger}


def _told_setback(reason: dict[str, Any]) -> str:
    return _("Told of a setback, and wants you to know. No blame: ask what helps now.")


def _not_safe(reason: dict[str, Any]) -> str:
    return _("Was asked, and answered that they are not safe right now.")


def _no_answer(reason: dict[str, Any]) -> str:
    return _("Was asked whether they are safe, and has not answered for 15 minutes.")


def _call_now(reason: dict[str, Any]) -> str:
    return _("Now is a good time to call.")


def _call_later(reason: dict[str, Any]) -> str:
    return _("Now is no good time to call: somebody may be there.")


def _texts_off(reason: dict[str, Any]) -> str:
    return _("They cannot get our texts. Call.")


def _shared_phone(reason: dict[str, Any]) -> str:
    return _("Several people share this phone, and it is not clear who wrote.")


def _danger_answer(reason: dict[str, Any]) -> str:
    text = _("Answered on the %(name)s that there are thoughts of death or self-harm.")
    return text % {"name": reason["name"]}


def _asked_for_support(reason: dict[str, Any]) -> str:
    return _("Asked for a call.")


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "check_ins_missed": _check_ins_missed,
    "commitment_missed": _commitment_missed,
    "silent": _silent,
    "lost_contact": _lost_contact,
    "never_heard": _never_heard,
    "own_pace": _own_pace,
    "use_reported": _use_reported,
    "later_replies": _later_replies,
    "harder": _harder,
    "unreachable": _unreachable,
    "opted_out": _opted_out,
    "plan_empty": _plan_empty,
    "meeting_closed": _meeting_closed,
    "missed_of_last": _missed_of_last,
    "attendance": _attendance,
    "came_back": _came_back,
    "long_gap": _long_gap,
    "little_known": _little_known,
    "use_told": _use_told,
    "late": _late,
    "ahead": _ahead,
    "crisis_words": _crisis_words,
    "told_setback": _told_setback,
    "not_safe": _not_safe,
    "no_answer": _no_answer,
    "call_now": _call_now,
    "call_later": _call_later,
    "texts_off": _texts_off,
    "shared_phone": _shared_phone,
    "asked_for_support": _asked_for_support,
    "danger_answer": _danger_answer,
}
