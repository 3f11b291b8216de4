"""The strangers' tools of `make audit`: what is told of them, and what our own evaluator of policies minds."""

from collections.abc import Iterator

import pytest

from portal.middleware import CONTENT_SECURITY_POLICY
from tests.audit.__main__ import run
from tests.audit.findings import Finding, summary
from tests.audit.site import weaknesses


def breaking() -> Iterator[Finding]:
    yield Finding(tool="broken", level="info", where="/", what="seen before")
    raise TimeoutError("too slow")


def test_a_tool_that_breaks_is_a_finding_and_the_others_run() -> None:
    found = run({"broken": breaking, "whole": list})

    assert [(one.tool, one.level, one.what) for one in found] == [
        ("broken", "info", "seen before"),
        ("broken", "high", "did not finish: TimeoutError('too slow')"),
    ]
    told = summary(tools=["broken", "whole"], findings=found).splitlines()
    assert [line.split()[:2] for line in told[:2]] == [["FOUND", "broken"], ["clean", "whole"]]
    assert told[-1] == "1 findings above info."


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (CONTENT_SECURITY_POLICY, []),
        (CONTENT_SECURITY_POLICY.replace("base-uri 'none'", ""), ["base-uri is missing"]),
        (f"{CONTENT_SECURITY_POLICY}; media-src *", ["media-src allows *"]),
        (
            CONTENT_SECURITY_POLICY.replace(
                "script-src 'self'", "script-src 'self' 'unsafe-inline' data:"
            ),
            ["script-src allows 'unsafe-inline'", "script-src allows data:"],
        ),
        (
            CONTENT_SECURITY_POLICY.replace("default-src 'none'; ", ""),
            ["default-src is missing", "object-src is missing"],
        ),
    ],
)
def test_a_weak_policy_is_told_in_words(policy: str, found: list[str]) -> None:
    assert weaknesses(policy) == found
