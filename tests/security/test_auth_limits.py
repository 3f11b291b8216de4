"""Codes, wrong log-ins, and what a stranger learns from an answer."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as live
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail as django_mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications import clock
from notifications.models import Message
from portal import codes
from portal import settings as own
from tests import build
from tests.security.doors import MAILBOX, PASSWORD, at_once, invited, log_in, mailed_code, person

Figure = Callable[[str], None]
Many = Callable[..., int]
WRONG = "not the password, no"
NOBODY = "nobody@example.org"
CONFIRM = "account_confirm_login_code"


class Counting(MD5PasswordHasher):
    """Counts how often a password is compared or hashed at all."""

    algorithm = "md5"
    done: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        """One hash more."""
        self.done.append(password)
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def hashes(settings: Any) -> list[str]:
    """Every hash from here on; and nobody has tried anything yet."""
    cache.clear()
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    Counting.done.clear()
    return Counting.done


def asked_for_code(client: Client) -> str:
    client.post(reverse("account_request_login_code"), {"email": MAILBOX})
    return mailed_code()


def same_session(client: Client) -> Client:
    """One more browser with the same cookie, as somebody has who copied it."""
    other = Client()
    name = live.SESSION_COOKIE_NAME
    other.cookies[name] = client.cookies[name].value
    return other


# Codes


@pytest.mark.django_db(transaction=True)
def test_auth_04_of_many_who_type_a_code_at_once_one_gets_in(figure: Figure, many: Many) -> None:
    build.graduate(user=person())
    client, tries = Client(), many(short=16, full=50)
    code = asked_for_code(client)
    browsers = [same_session(client) for _ in range(tries)]

    def redeem(number: int) -> bool:
        answer = browsers[number].post(reverse(CONFIRM), {"code": code})
        return answer.headers.get("Location") == reverse("home")

    opened = at_once(redeem, range(tries))

    assert opened.count(True) == 1
    figure(f"{opened.count(True)} log-in of {tries} parallel redemptions")


@pytest.mark.django_db(transaction=True)
def test_auth_04_many_guesses_at_once_share_three_tries(many: Many) -> None:
    build.graduate(user=person())
    client, tries = Client(), many(short=16, full=50)
    code = asked_for_code(client)
    browsers = [same_session(client) for _ in range(tries)]
    at_once(lambda number: browsers[number].post(reverse(CONFIRM), {"code": "BAD"}), range(tries))

    answer = same_session(client).post(reverse(CONFIRM), {"code": code})

    assert answer.headers.get("Location") != reverse("home")


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_04_a_code_is_bound_to_its_session_and_ten_minutes(settings: Any) -> None:
    build.graduate(user=person())
    asking, other = Client(), Client()
    code = asked_for_code(asking)
    other.post(reverse("account_request_login_code"), {"email": NOBODY})

    elsewhere = other.post(reverse(CONFIRM), {"code": code})
    session = asking.session
    stages = session["account_login"]["state"]["stages"]
    stages["login_by_code"]["data"]["at"] -= 601
    session.save()
    late = asking.post(reverse(CONFIRM), {"code": code})

    assert elsewhere.status_code == 200
    assert late["Location"] == reverse("account_request_login_code")
    assert (settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT, codes.LIFE_SECONDS, codes.TRIES) == (
        600,
        600,
        3,
    )
    for client in (asking, other):
        assert get_user(client).is_authenticated is False


# No oracle


def seen(answer: Any, mailbox: str) -> tuple[int, str, list[str], str]:
    """All that a stranger sees of an answer, without what was typed and the keys of forms."""
    body = re.sub(r'value="[^"]*"', "", answer.content.decode()).replace(mailbox, "…")
    return answer.status_code, answer.headers.get("Location", ""), sorted(answer.headers), body


DOORS: dict[str, dict[str, str]] = {
    "account_login": {"login": "", "password": WRONG},
    "account_request_login_code": {"email": ""},
    "account_reset_password": {"email": ""},
}


def knock(door: str, mailbox: str, client: Client | None = None) -> Any:
    form = {key: value or mailbox for key, value in DOORS[door].items()}
    return (client or Client()).post(reverse(door), form)


@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["password", "no password", "inactive"])
def test_auth_06_known_and_unknown_people_get_the_same_answer_for_the_same_work(
    door: str, kind: str, hashes: list[str], figure: Figure
) -> None:
    user = person()
    build.graduate(user=user)
    if kind == "no password":
        user.set_unusable_password()
    user.is_active = kind != "inactive"
    user.save()
    answers, work = [], []
    for mailbox in (MAILBOX, NOBODY):
        hashes.clear()
        answers.append(seen(knock(door, mailbox), mailbox))
        work.append(len(hashes))

    assert answers[0] == answers[1]
    assert work[0] == work[1] == (1 if door == "account_login" else 0)
    assert django_mail.outbox == []
    figure(f"{door}, {kind}: equal status, headers, body; {work[0]} hashes either way")


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_06_the_page_after_a_code_is_the_same_to_the_third_try() -> None:
    build.graduate(user=person())
    pages: dict[str, list[Any]] = {MAILBOX: [], NOBODY: []}
    for mailbox, answers in pages.items():
        client = Client()
        knock("account_request_login_code", mailbox, client)
        answers.append(seen(client.get(reverse(CONFIRM)), mailbox))
        for _ in range(3):
            answers.append(seen(client.post(reverse(CONFIRM), {"code": "BAD"}), mailbox))

    assert pages[MAILBOX] == pages[NOBODY]


@pytest.mark.one_database
@pytest.mark.django_db
@pytest.mark.parametrize("door", ["account_email", "join"])
def test_auth_06_whose_a_mailbox_is_already_is_told_there_and_nowhere_else(
    door: str, figure: Figure
) -> None:
    kim = person("kim@example.org")
    for user in (person(), kim):
        build.graduate(user=user)
    pages: dict[str, list[Any]] = {MAILBOX: [], NOBODY: []}
    work, mails = [], []
    for mailbox, answers in pages.items():
        client = Client()
        if door == "join":
            link = reverse("join", args=[invited().token])
            form = {"email": mailbox, "password": PASSWORD}
        else:
            link = reverse("account_email")
            # One asks for both, the second time with the first try out of the way.
            client.force_login(kim)
            EmailAddress.objects.filter(user=kim, verified=False).delete()
            form = {"action_add": "1", "email": mailbox}
        Message.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            answers.append(seen(client.post(link, form), mailbox))
        count = len(queries)
        answers.append(seen(client.get(reverse("account_email")), mailbox))
        told = [message.address.value for message in Message.objects.order_by("pk")]
        work.append(count)
        mails.append(told.count(mailbox))

    assert pages[MAILBOX] == pages[NOBODY]
    assert mails == [1, 1]
    figure(f"{door}, of a mailbox somebody has: the same pages and mails; {work} queries")


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_06_an_invitation_that_is_used_old_or_unknown_looks_the_same() -> None:
    used, old = invited(), invited()
    form = {"email": MAILBOX, "password": PASSWORD}
    assert Client().post(reverse("join", args=[used.token]), form).status_code == 302
    type(old.invitation).objects.filter(pk=old.invitation.pk).update(
        expires_at=clock.now() - timedelta(days=1)
    )
    answers = set()
    for token in (used.token, old.token, "nobody-has-this-token-"):
        answer = Client().get(reverse("join", args=[token]))
        body = re.sub(r'value="[^"]*"', "", answer.content.decode()).replace(token, "…")
        asked = Client().post(reverse("join_again", args=[token]))
        tail = re.sub(r'value="[^"]*"', "", asked.content.decode()).replace(token, "…")
        answers.add((answer.status_code, body, asked.status_code, tail))

    assert len(answers) == 1


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_06_the_medians_of_known_and_unknown_lie_close(
    many: Many, figure: Figure, hashes: list[str]
) -> None:
    """For the report alone, in time of the processor, which other processes do not lengthen.

    One Argon2id spreads wider than what is looked for, so a small hash stands in its place: of
    either kind it is one, by the same hasher.
    """
    trials = many(short=0, full=100)
    if not trials:
        return
    build.graduate(user=person())
    for door in DOORS:
        spent: dict[str, list[float]] = {MAILBOX: [], NOBODY: []}
        hashed: dict[str, int] = {}
        for number in range(trials):
            # Each goes first as often as the other.
            for mailbox in (MAILBOX, NOBODY)[:: 1 if number % 2 else -1]:
                cache.clear()
                hashes.clear()
                client = Client()
                started = time.process_time()
                knock(door, mailbox, client)
                spent[mailbox].append((time.process_time() - started) * 1000)
                hashed[mailbox] = len(hashes)
        apart = median(spent[MAILBOX]) - median(spent[NOBODY])
        figure(f"{door}: medians {apart:+.1f} ms of work apart over {trials} each")
        assert abs(apart) < 5
        assert hashed[MAILBOX] == hashed[NOBODY]


# Limits


@pytest.mark.django_db(transaction=True)
def test_auth_07_of_many_wrong_log_ins_at_once_five_are_looked_at(
    figure: Figure, many: Many, hashes: list[str]
) -> None:
    person()
    tries = many(short=40, full=500)
    hashes.clear()

    def guess(number: int) -> int:
        # Each from an address of its own, so that only the account's limit is left.
        address = f"198.51.{number // 250}.{number % 250}"
        form = {"login": MAILBOX, "password": WRONG}
        return Client(REMOTE_ADDR=address).post(reverse("account_login"), form).status_code

    answers = at_once(guess, range(tries))

    assert (len(answers), set(answers)) == (tries, {200})
    assert 1 <= len(hashes) <= 5
    owner = Client(REMOTE_ADDR="192.0.2.77")
    log_in(owner)
    assert get_user(owner).is_authenticated is False
    figure(f"{len(hashes)} of {tries} parallel wrong log-ins were looked at")


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_07_an_ipv6_home_is_one_address_and_its_neighbour_another() -> None:
    for number in range(10):
        home = Client(REMOTE_ADDR=f"2001:db8:1:1::{number:x}")
        log_in(home, f"nobody{number}@example.org", password=WRONG)

    full = log_in(Client(REMOTE_ADDR="2001:db8:1:1:ffff::1"), NOBODY, password=WRONG)
    free = log_in(Client(REMOTE_ADDR="2001:db8:1:2::1"), NOBODY, password=WRONG)

    assert "Too many" in full.content.decode()
    assert "do not belong together" in free.content.decode()


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_07_mailed_codes_are_limited_for_each_mailbox() -> None:
    build.graduate(user=person())
    for number in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        client.post(reverse("account_request_login_code"), {"email": MAILBOX})

    assert Message.objects.count() == 3


@pytest.mark.one_database
@pytest.mark.django_db
def test_auth_07_limits_stand_where_all_processes_see_them() -> None:
    cached = own.CACHES["default"]
    assert cached["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"
    assert cached["OPTIONS"]["MAX_ENTRIES"] >= 100_000  # type: ignore[index]
    assert list(own.CACHES) == ["default"]
