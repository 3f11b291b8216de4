"""What scanners of sites say: wapiti as three kinds of readers, axe and a browser's own complaints, the policy."""

import json
import os
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Error, Page, sync_playwright

from tests import chromium
from tests.audit.code import ROOT
from tests.audit.demo import Demo
from tests.audit.findings import Finding
from tests.browser.watch import Watch

WAPITI = ROOT / ".venv-scan" / "bin" / "wapiti"
# Those that ask nobody but the demo: no helper host, no list from elsewhere.
MODULES = (
    *("cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess", "http_headers"),
    *("methods", "permanentxss", "redirect", "sql", "xss"),
)
WITHOUT_LDAP = (
    "its module ldap is left out: no directory is asked here, and it takes any page that shows what "
    "was typed, in other letters, for a hole"
)
# What would end or lock the reader's own log-in, or is there in a demo alone.
LEFT_OUT = (
    "simulator/*",
    "me/leave/*",
    "me/calls/*",
    "pin/*",
    "accounts/devices/*",
    "accounts/sessions/*",
    "accounts/password/*",
    "exit/",
    "accounts/logout/",
    "static/*",
    "language/",
    "meetings/list.pdf*",
)
# To find what there is, then for each way of attack; pages in a browser, for each kind of reader.
CRAWL_SECONDS, SECONDS, WALK_SECONDS = 60, 30, 600
LEVELS = {1: "low", 2: "medium", 3: "high", 4: "high"}
# A person has looked. Words of what is found, part of an address, and why it is let be.
KNOWN = (
    *(
        (words, "", "a demo is plain http; with an https address it is set (WEB-01, SES-02)")
        for words in ("Secure flag is not set", "Strict-Transport-Security is not set")
    ),
    *(
        ("CSRF", path, f"{path} uses nobody's rights, and visitors get no cookie (WEB-07)")
        for path in ("/exit/", "/language/", "/wrong/", "/family/worried/")
    ),
)
MOST_PAGES = 40
BROWSER = "axe and Chromium"


def wapiti(demo: Demo, role: str, seconds: int = SECONDS) -> Iterator[Finding]:
    """Crawls and attacks as somebody in this role, each way for so long; a visitor without a log-in."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        words = [
            *(str(WAPITI), "-u", f"{demo.address}/", "--scope", "domain", "-m", ",".join(MODULES)),
            *(word for path in LEFT_OUT for word in ("-x", f"{demo.address}/{path}")),
            *("--max-scan-time", str(CRAWL_SECONDS)),
            *("--max-attack-time", str(seconds), "--max-links-per-page", "40"),
            *("--max-parameters", "12", "-S", "polite", "--flush-session", "--no-bugreport"),
            *("--store-session", folder, "-f", "json", "-o", str(report), "-v", "0"),
        ]
        if cookie := demo.cookie(role):
            jar = Path(folder) / "cookies.json"
            jar.write_text(json.dumps(_jar(cookie)))
            words += ["-c", str(jar)]
        done = subprocess.run(
            words,
            env={**os.environ, "HOME": folder},
            capture_output=True,
            text=True,
            # A slow machine needs longer than the scanner plans.
            timeout=3 * (CRAWL_SECONDS + seconds * len(MODULES)),
            check=False,
        )
        if not report.exists():
            raise RuntimeError(f"wapiti left no report: {(done.stderr or done.stdout)[-300:]}")
        said: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    tool, pages = f"wapiti as {role}", said["infos"].get("crawled_pages_nbr")
    what = f"{pages} requests found"
    yield Finding(tool=tool, level="info", where=demo.address, what=what, reason=WITHOUT_LDAP)
    if cookie and not demo.is_in(cookie):
        yield Finding(tool=tool, level="medium", where="/", what="the log-in ended on the way")
    for kind in ("vulnerabilities", "anomalies"):
        for name, found in said[kind].items():
            for one in found:
                yield _judged(role, name, one)


def _jar(cookie: str) -> dict[str, Any]:
    """The session as wapiti keeps it, so that it adds the cookie against forgery by itself."""
    name, _, value = cookie.partition("=")
    kept = {"value": value, "expires": None, "secure": False, "port": None, "version": 0}
    return {".localhost.local": {"/": {name: kept}}}


def _judged(role: str, name: str, one: dict[str, Any]) -> Finding:
    where, what = one.get("path", ""), one.get("info", "")
    reasons = (why for words, path, why in KNOWN if words in what and path in where)
    reason = next(reasons, "")
    return Finding(
        tool=f"wapiti as {role}",
        level="info" if reason else LEVELS.get(one.get("level", 1), "low"),
        where=where,
        what=f"{name}: {what}"[:300],
        reason=reason,
    )


def pages(demo: Demo) -> Iterator[Finding]:
    """Every page that links lead to, in Chromium: axe, errors, refusals by the policy, other origins."""
    with sync_playwright() as playwright:
        program = chromium.find_or_install(playwright)
        browser = playwright.chromium.launch(executable_path=program, args=chromium.flags())
        for role in ("visitor", "graduate", "counselor", "lead"):
            context = browser.new_context(base_url=demo.address)
            context.set_default_navigation_timeout(90_000)
            if cookie := demo.cookie(role):
                name, _, value = cookie.partition("=")
                context.add_cookies([{"name": name, "value": value, "url": demo.address}])
            yield from _walk(context, demo, role)
            context.close()
        browser.close()


def _walk(context: BrowserContext, demo: Demo, role: str) -> Iterator[Finding]:
    watch = Watch(origin=demo.address)
    watch.follow(context)
    page, shapes, waiting = context.new_page(), set[str](), ["/", "/help-now/", "/crisis/"]
    ends_at = time.monotonic() + WALK_SECONDS
    while waiting and len(shapes) < MOST_PAGES and time.monotonic() < ends_at:
        path = waiting.pop(0)
        if _shape(path) not in shapes:
            shapes.add(_shape(path))
            for what in _broken(page, path):
                yield Finding(tool=BROWSER, level="medium", where=f"{role} {path}", what=what)
            waiting += _links(page, demo)
    for complaint in watch.complaints:
        yield Finding(tool=BROWSER, level="high", where=role, what=complaint[:300])
    left = {_shape(path) for path in waiting} - shapes
    words = f"looked at; not reached: {len(left)} {' '.join(sorted(left))}"[:300]
    yield Finding(tool=BROWSER, level="info", where=f"{role}: {len(shapes)} pages", what=words)


def _broken(page: Page, path: str) -> Iterator[str]:
    """What is wrong with one page, in words."""
    try:
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return
        if answer.status >= 400:
            yield f"answered {answer.status}"
        for broken in Axe().run(page).response["violations"]:
            nodes = " ".join(str(node["target"]) for node in broken["nodes"][:3])
            yield f"{broken['id']} ({broken['impact']}): {nodes}"
    except Error as error:
        yield f"did not open: {error.message[:200]}"


def _shape(path: str) -> str:
    """Pages of one kind are looked at once: ids and questions are left out."""
    parts = urlsplit(path).path.split("/")
    return "/".join(
        "*" if len(part) > 20 or any(map(str.isdigit, part)) else part for part in parts
    )


def _links(page: Page, demo: Demo) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
    inside = (urldefrag(urljoin(demo.address, one)).url for one in hrefs)
    return [
        one.removeprefix(demo.address)
        for one in inside
        if one.startswith(f"{demo.address}/")
        and not any(word in one for word in ("logout", "simulator", ".ics", ".pdf", "download"))
    ]


# What an evaluator of policies minds (CSP Level 3, and what is known to get around a policy).
_OPEN = (
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "'strict-dynamic'",
    "http:",
    "https:",
)
_NEEDED = ("default-src", "script-src", "object-src", "base-uri", "form-action", "frame-ancestors")
_WITHOUT_DEFAULT = ("base-uri", "form-action", "frame-ancestors")


def weaknesses(policy: str) -> list[str]:
    """What is weak in a policy, in words."""
    parts = (part.strip().split() for part in policy.split(";") if part.strip())
    named = {name: values for name, *values in parts}
    found = [
        f"{name} is missing"
        for name in _NEEDED
        if name not in named and (name in _WITHOUT_DEFAULT or "default-src" not in named)
    ]
    for name, values in named.items():
        pictures = ("data:",) if name != "img-src" else ()
        weak = [one for one in values if one in (*_OPEN, *pictures) or "*" in one]
        found += [f"{name} allows {one}" for one in weak]
    return found


def policy(demo: Demo) -> Iterator[Finding]:
    """The policy that pages, files and errors are sent with."""
    for path in ("/help-now/", "/static/css/tokens.css", "/no-such-page/", "/accounts/login/"):
        try:
            with urllib.request.urlopen(f"{demo.address}{path}", timeout=30) as answer:  # noqa: S310
                sent = answer.headers.get("Content-Security-Policy", "")
        except urllib.error.HTTPError as answer:
            sent = answer.headers.get("Content-Security-Policy", "")
        for weakness in weaknesses(sent):
            yield Finding(tool="policy", level="high", where=path, what=weakness)
