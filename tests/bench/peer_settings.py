"""The portal's settings with a queue as others set theirs: many jobs at hand, looked for often."""

from portal.settings import *  # noqa: F403
from portal.settings import Q_CLUSTER as OURS

Q_CLUSTER = OURS | {
    "queue_limit": 50,
    "bulk": 10,
    **({"poll": 0.2} if "orm" in OURS else {}),
}
