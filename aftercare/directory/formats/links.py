"""Pure: links and dial-in numbers, out of whatever was pasted into their fields."""

import html
import re
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from aftercare.directory.cleaning import clean_line

LONGEST_LINK = 1000
LONGEST_PHONE = 255
_LINK = re.compile(r"https?:/{1,2}[^\s<>\"'|\\^`{}]+", re.IGNORECASE)
# A second link glued to the first; one inside a wrapper follows =, / or _.
_GLUED = re.compile(r"(?<=[^=/_])(?=https?://)", re.IGNORECASE)
_BARE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s@<>\"']*", re.IGNORECASE)
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_]{2,}")
_SEARCH_TAIL = re.compile(r"&sa=[A-Z](?:&(?:sntz|source|usg|ust|ved)=[^&]*)+$")
_DEFENSE = re.compile(r"/v\d+/__(.+?)(?:__;.*|__)?$")
_DIALLED = re.compile(r"[+\d,*#;]+")
# What to call, and the number of the room; a passcode follows it, behind "*" or an empty "#".
_NUMBER_AND_ROOM = re.compile(r"\+?\d+(?:,+\d+#?)?")
_PASSCODES = frozenset({"pwd", "pw", "passcode", "password", "pin", "tk"})
# One letter, which means other things elsewhere.
_TEAMS, _TEAMS_PASSCODE = ("teams.microsoft.com", "teams.live.com"), "p"


class Link(NamedTuple):
    """A usable address or number, the words that stood around it, and a remark."""

    value: str
    rest: str = ""
    remark: str = ""


def read_link(raw: object) -> Link:
    """The first http(s) link of a field, unwrapped; `value` is empty where there is none."""
    written = _unescape(str(raw)) if raw is not None else ""
    if not written:
        return Link("")
    found = [link for text in _LINK.findall(written) for link in _GLUED.split(text)]
    if not found and _BARE.fullmatch(written):
        return Link(_tidy(f"https://{written}") or "", remark="no https:// before it; added")
    if not found:
        return Link("", clean_line(written), "not a link")
    rest = clean_line(_LINK.sub(" ", written))
    unwrapped = [_unwrap(link) for link in found]
    usable = list(dict.fromkeys(link for link in unwrapped if link))
    if not usable:
        return Link("", rest, "not a link that can be opened")
    return Link(usable[0], rest, _remark(found=found, usable=usable, rest=rest))


def _remark(*, found: list[str], usable: list[str], rest: str) -> str:
    if len(usable) > 1:
        return "more than one link; the first is kept"
    if rest:
        return "words beside the link; kept as a note"
    if any(_inner(link) is not None for link in found):
        return "wrapped by a mail scanner or a search engine; unwrapped"
    return ""


def _unescape(written: str) -> str:
    return html.unescape(html.unescape(written)).replace("\xa0", " ").strip()


def _unwrap(link: str, depth: int = 3) -> str:
    """What a scanner's or a search engine's link leads to; empty where that is no link."""
    inner = _inner(link)
    if inner is None:
        return _tidy(link)
    match = _LINK.match(inner)
    return _unwrap(match[0], depth - 1) if match and depth else ""


def _inner(link: str) -> str | None:
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        query = parse_qs(parts.query)
    except ValueError:
        return None
    if host.endswith("safelinks.protection.outlook.com"):
        return "".join(query.get("url", [])[:1])
    if host == "urldefense.proofpoint.com" and "u" in query:
        return unquote(query["u"][0].replace("-", "%").replace("_", "/"))
    if host == "urldefense.com":
        match = _DEFENSE.search(link)
        return match[1] if match else ""
    if host in ("google.com", "www.google.com") and parts.path == "/url":
        return "".join((query.get("q") or query.get("url") or [])[:1])
    bare = _SEARCH_TAIL.sub("", link)
    return bare if bare != link else None


def _tidy(link: str) -> str:
    """The link in one spelling, or empty where nobody could follow it."""
    link = re.sub(r"^(https?):/{1,2}", r"\1://", link.rstrip(".,;)"), flags=re.IGNORECASE)
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.username is not None or not _HOST.fullmatch(host) or len(link) > LONGEST_LINK:
        return ""
    tidy = urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))
    return tidy if tidy.isprintable() else ""


def read_phone(raw: object) -> Link:
    """A number to dial with one tap, its pauses kept: digits and `+ , * #` only."""
    written = clean_line(str(raw)) if raw is not None else ""
    if not written:
        return Link("")
    dialled = re.sub(r"[\s().\-\u2010-\u2015/]", "", written).replace(";", ",")
    if not _DIALLED.fullmatch(dialled):
        return Link("", written, "not a phone number")
    remark = ""
    if re.match(r"\+1\+", dialled):
        dialled, remark = re.sub(r"^\+1\+1?", "+1", dialled), "the country code stands twice"
    first, plus, _ = dialled[1:].partition("+")
    if plus:
        dialled, remark = (dialled[0] + first).rstrip(","), "two numbers; the first is kept"
    number = re.match(r"\+?\d*", dialled)
    digits = len(number[0].lstrip("+")) if number else 0
    if not 7 <= digits <= 15 or len(dialled) > LONGEST_PHONE:
        return Link("", written, "not a phone number")
    return Link(dialled, "", remark)


def without_passcode(*, link: str) -> str:
    """The link without the passcode that conference services put into it; as it was, if none is."""
    parts = urlsplit(link)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    hidden = _PASSCODES | ({_TEAMS_PASSCODE} if parts.hostname in _TEAMS else frozenset())
    kept = [pair for pair in pairs if pair[0].lower() not in hidden]
    if len(kept) == len(pairs):
        return link
    return urlunsplit(parts._replace(query=urlencode(kept)))


def phone_without_passcode(*, phone: str) -> str:
    """The number to call with that of its room, without the passcode dialled after them; as it was,
    if none is."""
    match = _NUMBER_AND_ROOM.match(phone)
    if match is None or not any(sign.isdigit() for sign in phone[match.end() :]):
        return phone
    return match[0]
