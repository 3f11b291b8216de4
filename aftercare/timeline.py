"""Everything that happened with one graduate, newest first, as frozen entries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from uuid import UUID

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftercare import results, sheets
from aftercare.engagement import watch
from aftercare.engagement.rows import reasons_of
from aftercare.models import (
    CheckIn,
    Commitment,
    DisengagementSignal,
    Expectation,
    Graduate,
    Outreach,
    Reply,
)
from aftercare.outreach import plain_note, step_words
from notifications import inbound as arrivals
from notifications import reasons
from notifications.kinds import Kind as MessageKind
from notifications.models import Message

MOST = 40
# Entries whose words are those of a text.
_TEXTS = ("text_in", "text_out")
TROUBLE = (
    Message.State.UNDELIVERED,
    Message.State.FAILED,
    Message.State.SUPPRESSED,
    Message.State.EXPIRED,
    Message.State.UNKNOWN,
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. `kind` and `outcome` choose its picture; `note` can be copied.

    `message` leads to why a text went out, or did not.
    """

    kind: str
    title: str
    at: datetime
    text: str = ""
    outcome: str = ""
    note: str = ""
    message: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The newest entries, and whether there are older ones."""

    entries: tuple[Entry, ...]
    has_older: bool

    @property
    def oldest_at(self) -> datetime | None:
        """Where the next page of entries begins."""
        return self.entries[-1].at if self.entries else None


class Show(StrEnum):
    """What a timeline is narrowed to."""

    EVERYTHING = ""
    ANSWERS = "answers"
    PLAN = "plan"
    TEXTS = "texts"
    CARE = "care"


def of(
    *,
    graduate: Graduate,
    at: datetime,
    zone: tzinfo,
    show: Show = Show.EVERYTHING,
    with_words: bool = True,
) -> Timeline:
    """Entries up to the instant, MOST at a time; `zone` is the reader's, for the notes to copy.

    Without words the texts are there, and what was written is not.
    """
    found: list[Entry] = []
    for kind, sources in _SOURCES.items():
        if show in (Show.EVERYTHING, kind):
            for source in sources:
                found += source(graduate, at)
    if show in (Show.EVERYTHING, Show.CARE):
        found += _notes(graduate, at, zone)
    found = sorted((entry for entry in found if entry.at <= at), key=lambda entry: entry.at)
    newest = found[::-1][:MOST]
    if not with_words:
        newest = [replace(one, text="") if one.kind in _TEXTS else one for one in newest]
    return Timeline(entries=tuple(newest), has_older=len(found) > MOST)


def without_links(*, timeline: Timeline) -> Timeline:
    """The same for whoever may not open the story of a text."""
    return replace(timeline, entries=tuple(replace(one, message=None) for one in timeline.entries))


def _check_ins(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    rows = list(
        graduate.check_ins.filter(opens_at__lte=at)
        .exclude(state__in=[CheckIn.State.PLANNED, CheckIn.State.CANCELLED])
        .order_by("-opens_at")[: MOST + 1]
    )
    told = sheets.of(check_ins=rows)
    for row in rows:
        sheet = told[row.pk]
        is_late = row.first_answer_at is not None and row.first_answer_at >= row.closes_at
        title = _("Check-in: %(state)s, late") if is_late else _("Check-in: %(state)s")
        yield Entry(
            kind="check_in",
            outcome="heavy" if sheet.is_heavy else row.state,
            title=title % {"state": row.get_state_display()},
            text=" · ".join(f"{line.topic}: {line.said}" for line in sheet.lines),
            at=sheet.answered_at or (row.closes_at if row.closes_at <= at else row.opens_at),
        )


def _occurrences(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    rows = (
        graduate.expectations.filter(kind=Expectation.Kind.OCCURRENCE, opened_at__lte=at)
        .exclude(outcome=Expectation.Outcome.PENDING)
        .select_related("commitment")
        .order_by("-opened_at")[: MOST + 1]
    )
    for row in rows:
        title = row.commitment.title if row.commitment else ""
        yield Entry(
            kind="occurrence",
            outcome=row.outcome,
            title=_("%(title)s: %(outcome)s")
            % {"title": title, "outcome": row.get_outcome_display()},
            text=row.get_reason_display() if row.reason else "",
            at=row.opened_at,
        )


def _screenings(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    rows = [row for row in results.of(graduate=graduate).rows if row.at <= at]
    for row in rows[: MOST + 1]:
        scored = [score for score in row.scores if score.value is not None]
        yield Entry(
            kind="check_in",
            outcome="heavy" if row.wants_attention else "answered",
            title=_("Questionnaire: %(name)s") % {"name": row.name},
            text=" · ".join(f"{score.name}: {score.value} ({score.band})" for score in scored),
            at=row.at,
        )


def _texts_out(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    """What a person wrote, and whatever did not arrive; the texts of the portal itself are many."""
    sent = Message.objects.filter(about=graduate.uid, queued_at__lte=at)
    written = sent.filter(kind=MessageKind.PERSONAL, author__isnull=False) | sent.filter(
        state__in=TROUBLE
    )
    for row in written.select_related("author").order_by("-queued_at")[: MOST + 1]:
        is_lost = row.state in TROUBLE
        who = row.author.name if row.author else ""
        title = _("%(name)s wrote") % {"name": who} if who else row.get_kind_display().capitalize()
        if is_lost:
            title = _("%(title)s: %(state)s") % {"title": title, "state": row.get_state_display()}
        yield Entry(
            kind="text_out",
            outcome="trouble" if is_lost else "",
            title=title,
            text=reasons.sentence(row.reason) if is_lost else row.body,
            at=row.sent_at or row.ended_at or row.queued_at,
            message=row.uid,
        )


def _texts_in(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    rows = graduate.replies.filter(at__lte=at).exclude(kind=Reply.Kind.ANSWER)
    for row in rows.select_related("inbound").order_by("-at")[: MOST + 1]:
        yield Entry(
            kind="text_in",
            outcome="crisis" if row.crisis else row.kind,
            title=_("Text: %(kind)s") % {"kind": row.get_kind_display()},
            text=arrivals.words_of(row.inbound),
            at=row.at,
        )


def _signals(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    outcomes = {
        **dict(Outreach.Outcome.choices),
        watch.EASED: _("no longer so"),
        watch.EXPLAINED: _("explained by the person"),
    }
    reasons_said = dict(Expectation.Reason.choices)
    for row in graduate.signals.filter(opened_at__lte=at).order_by("-opened_at")[: MOST + 1]:
        yield Entry(
            kind="signal",
            outcome=row.band,
            title=_("Signal: %(kind)s") % {"kind": row.get_kind_display()},
            text="\n".join(reasons_of(signals=[row])),
            at=row.opened_at,
        )
        if row.state == DisengagementSignal.State.CLOSED and row.closed_at is not None:
            title = _("Signal closed: %(kind)s") % {"kind": row.get_kind_display()}
            yield Entry(
                kind="signal_closed",
                title=title,
                text=": ".join(
                    str(part)
                    for part in (
                        str(outcomes.get(row.outcome, "")).capitalize(),
                        reasons_said.get(row.snooze_reason),
                    )
                    if part
                ),
                at=row.closed_at,
            )


def _notes(graduate: Graduate, at: datetime, zone: tzinfo) -> Iterator[Entry]:
    rows = graduate.outreach.filter(at__lte=at).select_related("counselor")
    for row in rows.prefetch_related("signals").order_by("-at")[: MOST + 1]:
        what = {"way": row.get_way_display(), "outcome": row.get_outcome_display()}
        who = row.counselor.name if row.counselor else ""
        title = capfirst(_("%(way)s: %(outcome)s") % what)
        yield Entry(
            kind="outreach",
            outcome=row.outcome,
            title=f"{title} ({who})" if who else title,
            text="\n".join(text for text in (row.note, _next(row)) if text),
            note=plain_note(outreach=row, signals=list(row.signals.all()), zone=zone),
            at=row.at,
        )


def _next(row: Outreach) -> str:
    if row.next_on is None:
        return str(row.step)
    day = date_format(row.next_on, _("l, F j"))
    return _("Next, on %(day)s: %(step)s") % {"day": day, "step": step_words(outreach=row)}


def _plan(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    for row in graduate.commitments.filter(created_at__lte=at).order_by("-pk")[: MOST + 1]:
        yield _plan_entry(_("New in the plan: %(title)s"), row, row.created_at)
        if row.ended_at is not None:
            yield _plan_entry(_("Taken out of the plan: %(title)s"), row, row.ended_at)


def _plan_entry(title: str, row: Commitment, when: datetime) -> Entry:
    return Entry(kind="plan", title=title % {"title": row.title}, at=when)


def _beginnings(graduate: Graduate, at: datetime) -> Iterator[Entry]:
    if graduate.joined_at is not None:
        yield Entry(kind="joined", title=_("Joined"), at=graduate.joined_at)


_SOURCES: dict[Show, tuple[Callable[[Graduate, datetime], Iterator[Entry]], ...]] = {
    Show.ANSWERS: (_check_ins, _screenings),
    Show.PLAN: (_occurrences, _plan, _beginnings),
    Show.TEXTS: (_texts_out, _texts_in),
    Show.CARE: (_signals,),
}
