import pytest

from notifications import reasons
from notifications.kinds import Scope
from notifications.transports.outcomes import Outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_sentence_tells_each_outcome(outcome: Outcome) -> None:
    assert reasons.sentence(outcome.reason).endswith(".")
    assert outcome.reason in reasons.SENTENCES


@pytest.mark.parametrize("scope", Scope)
def test_sentence_tells_each_missing_consent(scope: Scope) -> None:
    assert f"no_consent_{scope.value}" in reasons.SENTENCES


def test_sentence_of_no_reason_is_empty() -> None:
    assert reasons.sentence("") == ""


def test_sentence_of_a_strange_reason_still_reads() -> None:
    assert reasons.sentence("moon") == "It was stopped for another reason (moon)."
