"""Each day held against the provider's own list, both ways; and texts that came in and never reached us.

What both have gets its price and its segments. What the provider has and we do not know as sent is
matched by recipient, words and time with a try whose fate nobody knew; else it is a stranger, and
the operator is told. What we hold as taken and the provider does not know is told as well. A text
that came in while we could not be reached is taken in as if it had just come.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from notifications import addresses, inbound, outbox, queue, reports, tracking, transports
from notifications.keywords import Keyword
from notifications.kinds import Kind
from notifications.models import Attempt, InboundMessage, Sender, Sweep
from notifications.transports.base import Account, Listed, TransportError, Way
from notifications.transports.outcomes import Effect

log = logging.getLogger(__name__)

# A day is compared when its last texts have had this long to arrive and to be charged.
AFTER = timedelta(hours=6)
# How many days back a comparison that did not happen is made up for.
DAYS = 3
# Two clocks differ a little, and a create may take long to be listed.
LEEWAY, LATE = timedelta(seconds=10), timedelta(hours=1)
# Each hour looks so far back for texts that came in and did not reach us.
MISSED = timedelta(hours=3)
# A row names no more than so many.
MOST_NAMED = 200


def run(*, at: datetime) -> int:
    """Take in what came in unheard, then compare every day that is ripe; returns how many days were.

    A run that is cut short, by a kill or by a provider that is away, goes on where it stopped.
    Raises transports.UnknownTransport.
    """
    account = transports.current().account
    if account is None:
        return 0
    with queue.alone(name="sweep") as is_mine:
        if not is_mine:
            return 0
        try:
            take_in_missed(since=at - MISSED, at=at)
            return sum(_compare(on, account=account, at=at) for on in _ripe(at))
        except TransportError as error:
            log.warning("The provider cannot be asked for its list (%s). Later again.", error)
            return 0


def _ripe(at: datetime) -> list[date]:
    """The last days that are over and were not compared, oldest first."""
    last = (at.astimezone(UTC) - AFTER).date() - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range(DAYS)]
    done = Sweep.objects.filter(on__in=days, done_at__isnull=False).values_list("on", flat=True)
    return sorted(set(days) - set(done))


def take_in_missed(*, since: datetime, at: datetime) -> int:
    """Take in the texts that came between two instants and never reached us; returns how many.

    Raises TransportError where the provider cannot be asked, and transports.UnknownTransport.
    """
    account = transports.current().account
    if account is None:
        return 0
    numbers = Sender.objects.filter(channel=Sender.Channel.SMS).exclude(number="")
    first = since.astimezone(UTC).date()
    days = [
        first + timedelta(days=day) for day in range((at.astimezone(UTC).date() - first).days + 1)
    ]
    return sum(
        _take_in(messages, at=at)
        for number in numbers.values_list("number", flat=True)
        for on in days
        for messages in _pages(account, on, to=number)
    )


def _pages(account: Account, on: date, *, to: str) -> Iterator[Sequence[Listed]]:
    page = account.day(on, to=to)
    yield page.messages
    while page.cursor:
        page = account.day(on, to=to, cursor=page.cursor)
        yield page.messages


def _compare(on: date, *, account: Account, at: datetime) -> bool:
    """Hold one day against the list, page by page; each page is kept with the place of the next."""
    sweep, _ = Sweep.objects.get_or_create(on=on, defaults={"began_at": at})
    while True:
        try:
            page = account.day(on, cursor=sweep.cursor)
        except TransportError as error:
            if error.outcome.effect not in (Effect.BACK_OFF, Effect.ASK):
                # The place of a page is good for a while only; from the first on, all is found again.
                Sweep.objects.filter(pk=sweep.pk).update(cursor="", listed=0)
            raise
        _wipe_answers(page.messages, account)
        _take_page(sweep, page.messages, cursor=page.cursor, at=at)
        if not page.cursor:
            break
    _ask_for_missing(sweep, account=account, at=at)
    _conclude(sweep, at=at)
    return True


@transaction.atomic
def _take_page(sweep: Sweep, messages: Sequence[Listed], *, cursor: str, at: datetime) -> None:
    ids = [listed.receipt.provider_id for listed in messages]
    rows = Attempt.objects.filter(provider_id__in=ids)
    known = {attempt.provider_id: attempt for attempt in rows}
    for listed in messages:
        if listed.way is not Way.OUT:
            continue
        attempt = known.get(listed.receipt.provider_id)
        if attempt is not None:
            _mark(attempt, listed, at=at)
        elif (lost := _without_word(listed)) is not None:
            reports.accepted(attempt_id=lost.pk, receipt=listed.receipt, at=at)
            _mark(Attempt.objects.get(pk=lost.pk), listed, at=at)
            sweep.settled += 1
        elif listed.receipt.provider_id not in sweep.strangers[:MOST_NAMED]:
            sweep.strangers.append(listed.receipt.provider_id)
    sweep.fetched += _take_in(messages, at=at)
    sweep.listed += len(messages)
    sweep.cursor = cursor
    sweep.save(update_fields=["settled", "strangers", "fetched", "listed", "cursor"])


def _mark(attempt: Attempt, listed: Listed, *, at: datetime) -> None:
    """Both have it: what it cost, its furthest word, and leave to wipe the provider's copy."""
    if reports.rank(listed.receipt.status) > reports.rank(attempt.status):
        reports.accepted(attempt_id=attempt.pk, receipt=listed.receipt, at=at)
        attempt.status = listed.receipt.status
    fields = {"listed_at": at, **tracking.charge(listed.receipt)}
    if tracking.is_done_with(attempt, at=at) and attempt.redacted_at is None:
        fields["next_ask_at"] = at
    Attempt.objects.filter(pk=attempt.pk).update(**fields)


def _without_word(listed: Listed) -> Attempt | None:
    """The try that this may be: the same recipient and words, at its time, and nobody knows its fate."""
    address = addresses.find(channel=Sender.Channel.SMS, value=listed.to)
    if address is None:
        return None
    tries = Attempt.objects.filter(
        address=address,
        provider_id="",
        state__in=[*Attempt.OPEN, Attempt.State.UNSETTLED],
        started_at__range=(listed.made_at - LATE, listed.made_at + LEEWAY),
    ).select_related("message")
    return next((one for one in tries.order_by("pk") if one.message.body == listed.body), None)


def _take_in(messages: Sequence[Listed], *, at: datetime) -> int:
    """Store the texts that came in and that we have not; the wiped ones can only be ours."""
    came = [listed for listed in messages if listed.way is Way.IN]
    ids = [listed.receipt.provider_id for listed in came]
    known: Collection[str] = set(
        InboundMessage.objects.filter(provider_id__in=ids).values_list("provider_id", flat=True)
    )
    taken = 0
    for listed in sorted(came, key=lambda one: one.made_at):
        if listed.receipt.provider_id in known:
            continue
        try:
            _accept(listed, at=at)
        except inbound.UnknownSender:
            continue
        log.error("Text %s had not reached us. It was taken in.", listed.receipt.provider_id)
        taken += 1
    return taken


@transaction.atomic
def _accept(listed: Listed, *, at: datetime) -> None:
    """Nobody waits for the answer to such a text any more, so it goes by itself."""
    accepted = inbound.accept(
        to=listed.to,
        sender=listed.sender,
        body=listed.body,
        provider_id=listed.receipt.provider_id,
        media=listed.media,
        at=at,
    )
    if accepted.answer is None:
        return
    row = accepted.inbound
    inbound.forget_answer(inbound=row)
    outbox.queue(
        sender=row.sender,
        address=row.address,
        body=accepted.answer,
        key=f"late:{row.pk}",
        kind=Kind.HELP if accepted.keyword is Keyword.HELP else Kind.OPT_OUT,
        not_before=at,
        at=at,
    )


def _wipe_answers(messages: Sequence[Listed], account: Account) -> None:
    """What was said in the answer to a webhook has no row of its own to wait for."""
    if not settings.REDACT_AT_PROVIDER:
        return
    for listed in messages:
        if listed.way is Way.ANSWER and listed.body:
            try:
                account.redact(listed.receipt.provider_id)
            except TransportError as error:
                if error.outcome.effect is not Effect.FAIL:
                    raise
                log.warning("Text %s could not be wiped (%s).", listed.receipt.provider_id, error)


def _ask_for_missing(sweep: Sweep, *, account: Account, at: datetime) -> None:
    """Ask by its id for each text of the day that the list did not show; no answer is no text."""
    begins = datetime.combine(sweep.on, time.min, tzinfo=UTC)
    rows = Attempt.objects.filter(
        started_at__gte=begins,
        started_at__lt=begins + timedelta(days=1),
        state=Attempt.State.SUBMITTED,
        listed_at__isnull=True,
        message__sender__channel=Sender.Channel.SMS,
    )
    for attempt in list(rows.exclude(pk__in=sweep.missing).order_by("pk")):
        receipt = account.look(attempt.provider_id)
        if receipt is None:
            sweep.missing.append(attempt.pk)
            sweep.save(update_fields=["missing"])
        else:
            listed = {"listed_at": at, "next_ask_at": at, **tracking.charge(receipt)}
            if reports.rank(receipt.status) > reports.rank(attempt.status):
                reports.accepted(attempt_id=attempt.pk, receipt=receipt, at=at)
            Attempt.objects.filter(pk=attempt.pk).update(**listed)


def _conclude(sweep: Sweep, *, at: datetime) -> None:
    begins = datetime.combine(sweep.on, time.min, tzinfo=UTC)
    of_day = Attempt.objects.filter(
        started_at__gte=begins, started_at__lt=begins + timedelta(days=1), listed_at__isnull=False
    )
    sweep.matched, sweep.done_at = of_day.count(), at
    sweep.save(update_fields=["matched", "done_at"])
    if sweep.strangers:
        log.error(
            "%s: the provider lists %d texts that nobody here knows as sent: %s.",
            sweep.on,
            len(sweep.strangers),
            ", ".join(sweep.strangers[:10]),
        )
    if sweep.missing:
        log.error(
            "%s: the provider does not know %d texts that stand here as sent: attempts %s.",
            sweep.on,
            len(sweep.missing),
            ", ".join(map(str, sweep.missing[:10])),
        )
