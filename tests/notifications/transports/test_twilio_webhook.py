import random
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from pytest_django import Settings
from twilio.request_validator import RequestValidator

from notifications.transports import twilio_webhook

PUBLIC = "https://portal.example.org"
URL = f"{PUBLIC}/sms/inbound"
TOKEN, OLD_TOKEN = "made-up-token", "made-up-older-token"
FIELDS = {
    "AccountSid": "AC" + "0" * 32,
    "Body": "See you at 7 ñ",
    "From": "+12155550142",
    "MessageSid": "SM" + "1" * 32,
    "To": "+12155550100",
}
MUTATIONS = 10_000


@pytest.fixture(autouse=True)
def tokens(settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_PREVIOUS = TOKEN, OLD_TOKEN


def is_signed(url: str, fields: dict[str, str], signature: str) -> bool:
    parameters = QueryDict(urlencode(fields))
    return twilio_webhook.is_signed(url=url, parameters=parameters, signature=signature)


def sign(url: str, fields: dict[str, str], token: str) -> str:
    return str(RequestValidator(token).compute_signature(url, fields))


def mutated(word: str, chance: random.Random) -> str:
    """The word with one sign changed, added or lost."""
    place = chance.randrange(len(word))
    sign = chance.choice("aZ0+/=& é")
    ways = (
        word[:place] + sign + word[place + 1 :],
        word[:place] + sign + word[place:],
        word[:place] + word[place + 1 :],
    )
    return chance.choice(ways)


@pytest.mark.parametrize("token", [TOKEN, OLD_TOKEN])
def test_both_tokens_are_good_while_they_are_changed(token: str) -> None:
    assert is_signed(URL, FIELDS, sign(URL, FIELDS, token))


def test_signs_moved_between_names_and_values_are_signed_still() -> None:
    moved = {"AccountSid": FIELDS["AccountSid"], "BodyS": FIELDS["Body"][1:]}
    moved |= {name: FIELDS[name] for name in ("From", "MessageSid", "To")}

    assert is_signed(URL, moved, sign(URL, FIELDS, TOKEN))
    assert not is_signed(URL, moved | {"Body": "x"}, sign(URL, FIELDS, TOKEN))


def test_a_token_is_good_no_more_once_it_is_taken_away(settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN_PREVIOUS = ""

    assert not is_signed(URL, FIELDS, sign(URL, FIELDS, OLD_TOKEN))
    assert is_signed(URL, FIELDS, sign(URL, FIELDS, TOKEN))


def forged(chance: random.Random) -> tuple[str, dict[str, str], str]:
    """Address, fields and signature of a request that was good until one sign of it was changed."""
    path, fields = "/sms/inbound", dict(FIELDS)
    signature = sign(URL, FIELDS, chance.choice([TOKEN, OLD_TOKEN]))
    name = chance.choice(list(fields))
    part = chance.choice(["path", "name", "value", "gone", "more", "signature"])
    if part == "path":
        # The public address before it is ours and not the request's.
        path = "/" + mutated(path[1:], chance)
    elif part == "signature":
        signature = mutated(signature, chance)
    elif part == "more":
        fields[mutated(name, chance)] = "1"
    else:
        value = fields.pop(name)
        if part != "gone":
            fields |= (
                {mutated(name, chance): value} if part == "name" else {name: mutated(value, chance)}
            )
    return f"{PUBLIC}{path}", fields, signature


def test_ten_thousand_requests_with_one_sign_changed_are_turned_away() -> None:
    chance = random.Random(20260308)
    good = {sign(URL, FIELDS, token) for token in (TOKEN, OLD_TOKEN)}
    requests: list[tuple[str, dict[str, str], str]] = []
    while len(requests) < MUTATIONS:
        url, fields, signature = forged(chance)
        # Now and then a sign was changed for the same one.
        if (url, fields) != (URL, FIELDS) or signature not in good:
            requests.append((url, fields, signature))

    accepted = [request for request in requests if is_signed(*request)]

    assert accepted == []
