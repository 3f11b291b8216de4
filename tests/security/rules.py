"""Every rule of privacy and security by its id; a test of the rule carries the id in its name."""

import re

RULES = {
    "AUTH-01": "an invitation opens one account, once, for 72 hours, and nobody signs up without one",
    "AUTH-02": "staff see no page before a second factor",
    "AUTH-03": "graduates enter by passkey, by password and code, or by mailed code",
    "AUTH-04": "a code opens one session once, within ten minutes and three tries",
    "AUTH-05": "passwords are long, uncommon, and kept as Argon2id",
    "AUTH-06": "nothing tells who has an account",
    "AUTH-07": "wrong log-ins are limited, and the owner still gets in",
    "AUTH-08": "the client's address comes from the configured proxies alone",
    "AUTH-11": "what matters asks for a fresh log-in",
    "AUTH-12": "a changed factor, phone or mailbox is told, discreetly",
    "SES-01": "sessions end when idle, and after their day",
    "SES-02": "sessions live in the database; cookies are host-bound",
    "SES-03": "a changed password, factor, role or a deactivation ends every session",
    "SES-04": "each person sees and ends own devices",
    "SES-05": "log-out leaves nothing behind",
    "SES-06": "no page behind a log-in is cached",
    "AUTHZ-01": "who sees what is one table, tried in every combination",
    "AUTHZ-03": "the end of a caseload or role acts on the next request",
    "AUTHZ-04": "a form changes only what it lists",
    "AUTHZ-05": "addresses carry random ids",
    "AUTHZ-08": "nothing leaks between programs",
    "CONS-01": "a consent has every element of 42 CFR 2.31",
    "CONS-02": "nothing is disclosed after a revocation",
    "CONS-04": "each disclosure carries notice and scope, and stands in the ledger",
    "CONS-06": "an opt-out in any words, by any door, lasts",
    "CONS-07": "no unasked text tells what it is about",
    "CONS-08": "every page has a quick exit",
    "CONS-09": "a person can take own data along",
    "CONS-10": "leaving erases what no law keeps",
    "CONS-11": "no page asks anybody else",
    "AUD-01": "what is done and seen is on record",
    "AUD-02": "no clinical page without its audit row",
    "AUD-03": "the record cannot be changed unseen",
    "AUD-05": "no personal word in logs, queues or error pages",
    "AUD-06": "a graduate sees who looked",
    "AUD-07": "breaking the glass is reasoned, short, told and reviewed",
    "CRY-01": "personal values are sealed, with keys of their own",
    "CRY-02": "a wrong key is an error at start and on reading",
    "CRY-03": "keys rotate while the portal runs, and after any interruption",
    "CRY-05": "a dump of the database shows no personal value",
    "WEB-01": "every response carries the strict headers",
    "WEB-03": "looking changes nothing",
    "WEB-05": "no stored text becomes markup",
    "WEB-06": "the deployment check is clean and names each unsafe setting",
    "WEB-07": "large bodies and forms are refused",
    "HOOK-01": "only signed webhooks are taken in",
    "HOOK-02": "a webhook repeated has one effect",
    "HOOK-03": "webhooks are stored and answered at once",
    "HOOK-04": "a sender's number proves nothing",
    "IMP-01": "fetching a feed reaches no private address",
    "IMP-02": "no input crashes or hangs a parser",
    "IMP-03": "imports are text",
    "EXP-01": "no cell of an export is a formula",
    "EXP-02": "an export of many is reasoned, told, and short-lived",
    "EXP-03": "small cells are suppressed in what is shared",
    "EXP-04": "a large export stays small in memory",
}

FAMILIES = sorted({rule.partition("-")[0].lower() for rule in RULES})

_NAMED = re.compile(r"^test_([a-z]+)_(\d\d)_")


def rule_of(*, test: str) -> str | None:
    """The id that a test's name carries ("test_aud_03_…" is of AUD-03), or None."""
    found = _NAMED.match(test)
    return f"{found[1].upper()}-{found[2]}" if found else None
