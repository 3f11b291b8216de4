"""What the score is held against: fixed rules, a model of buying till one stops, and fitted ones."""

from functools import cache
from math import exp, lgamma

import numpy as np

from aftercare.engagement.fitting import Bools, Floats
from aftercare.engagement.pattern import Pattern
from aftercare.engagement.replay import Case

RULE_DAYS = 14
NO_LIBRARY = "scikit-learn is not installed; pip install scikit-learn, or the extra [evaluate]."
# Trees small and many enough for a few hundred drop-outs; deeper ones did worse on people unseen.
TREES = {
    "learning_rate": 0.05,
    "max_leaf_nodes": 4,
    "max_iter": 100,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "random_state": 0,
}


def weeks_silent(case: Case) -> float:
    """Full weeks since the last contact."""
    return case.days_silent // 7


def rule_14_day(case: Case) -> float:
    """Whether 14 days have passed without a contact."""
    return float(case.days_silent >= RULE_DAYS)


def ewma(case: Case) -> float:
    """What is missing from a running attendance that gives the newest expectation 0.3."""
    return 1 - case.pattern.lately


def bg_bb(case: Case) -> float:
    """How likely somebody has stopped for good (Fader, Hardie, Shang 2010), from even priors."""
    pattern = case.pattern
    newest = pattern.total - pattern.missed_in_a_row if pattern.kept else 0
    return 1 - _alive(pattern.kept, newest, pattern.total)


@cache
def _alive(kept: int, newest: int, total: int) -> float:
    """P(alive after `total` chances | `kept` taken, the last at `newest`), all priors Beta(1, 1)."""

    def beta(a: float, b: float) -> float:
        return lgamma(a) + lgamma(b) - lgamma(a + b)

    alive = beta(1 + kept, 1 + total - kept) + beta(1, 1 + total)
    stopped = [
        beta(1 + kept, 1 + newest - kept + i) + beta(2, 1 + newest + i)
        for i in range(total - newest)
    ]
    return 1 / (1 + sum(exp(one - alive) for one in stopped))


def six(pattern: Pattern) -> tuple[float, ...]:
    """The numbers of the logistic regression."""
    return (
        float(pattern.missed_in_a_row > 0),
        pattern.missed_of_last / pattern.of_last if pattern.of_last else 0.0,
        pattern.lately,
        float(pattern.use_last),
        float(np.log1p(pattern.total)),
        (pattern.kept + 1) / (pattern.total + 1),
    )


def everything(case: Case) -> tuple[float, ...]:
    """All numbers there are, for the boosted trees."""
    pattern = case.pattern
    return (
        *six(pattern),
        float(pattern.missed_in_a_row),
        pattern.silent,
        pattern.steadily,
        float(pattern.total),
        float(pattern.returns),
        float(pattern.longest_gap),
        float(pattern.use_told),
        float(pattern.use_asked),
        pattern.use_lately,
        pattern.wait_last,
        pattern.wait_usual,
        case.days_silent,
    )


def has_library() -> bool:
    """Whether the fitted baselines can be had on this machine."""
    try:
        import sklearn  # noqa: F401 - an extra, asked for where it is used
    except ImportError:
        return False
    return True


def logistic(*, numbers: Floats, lost: Bools, others: Floats) -> Floats:
    """Risks of others by a logistic regression over standardized numbers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return np.asarray(model.fit(numbers, lost).predict_proba(others)[:, 1])


def boosted_trees(*, numbers: Floats, lost: Bools, others: Floats) -> Floats:
    """Risks of others by gradient-boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**TREES)
    return np.asarray(model.fit(numbers, lost).predict_proba(others)[:, 1])
