"""The faults by their ids: what happens, where that is played, and how large it is by default."""

from dataclasses import dataclass

# Looks at the provider in these plays; in earnest they are 60 and 130 seconds apart.
SETTLING = (1.0, 1.0)
BOTH = ("sqlite", "postgres")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. `act` names the function that plays it; `kills` or `messages` of None mean nothing to it.

    `databases` are those it can strike, the default first; `settling` the shortened waits (seconds)
    before the provider is asked about an unclear text, and between two looks.
    """

    id: str
    title: str
    act: str
    kills: int | None = None
    messages: int | None = None
    databases: tuple[str, ...] = BOTH
    settling: tuple[float, float] = SETTLING

    def complaint(self, *, kills: int | None, messages: int | None, database: str | None) -> str:
        """Why these options mean nothing to it; "" where they do."""
        if kills is not None and (self.kills is None or kills < 1):
            return f"{self.id} takes no --kills {kills}: {self.title}."
        if messages is not None and (self.messages is None or messages < 1):
            return f"{self.id} takes no --messages {messages}: {self.title}."
        if database is not None and database not in self.databases:
            return f"{self.id} cannot strike {database}: {self.title}."
        return ""


FAULTS = {
    fault.id: fault
    for fault in (
        Fault(
            id="FI-01",
            title="kill -9 a random worker while it sends",
            act="tests.faults.killing:workers",
            kills=12,
            messages=600,
        ),
        Fault(
            id="FI-02",
            title="kill -9 the whole cluster and start it again",
            act="tests.faults.killing:clusters",
            kills=5,
            messages=400,
        ),
        Fault(
            id="FI-03",
            title="kill -9 the web server around its commit, and the form is sent again",
            act="tests.faults.forms:repeated",
            kills=40,
        ),
        Fault(
            id="FI-04",
            title="PostgreSQL crashes and comes back, and connections are cut",
            act="tests.faults.servers:postgres",
            kills=3,
            messages=400,
            databases=("postgres",),
        ),
        Fault(
            id="FI-05",
            title="SQLite's write lock held for 15 s, and its holder killed in checkpoints",
            act="tests.faults.killing:writer_lock",
            kills=10,
            messages=400,
            databases=("sqlite",),
        ),
        Fault(
            id="FI-06",
            title="Redis forgets, stops and comes back",
            act="tests.faults.servers:broker",
            kills=4,
            messages=400,
        ),
        Fault(
            id="FI-08",
            title="the clock jumps an hour, two days, and back",
            act="tests.faults.clocks:jumps",
            kills=40,
            messages=400,
        ),
        Fault(
            id="FI-09",
            title="02:30 local in six zones, each day of a year with both changes of the clock",
            act="tests.faults.clocks:half_past_two",
        ),
        Fault(
            id="FI-10",
            title="the provider refuses, times out, breaks after it took the text, talks garbage",
            act="tests.faults.answers:faulty",
            messages=400,
            # A busy machine may take a text seconds after the caller's time-out of 0.6 s.
            settling=(2.0, 4.0),
        ),
        Fault(
            id="FI-11",
            title="every answer is lost, and the provider lists what it took late",
            act="tests.faults.answers:late_list",
            messages=200,
            settling=(3.0, 6.5),
        ),
        Fault(
            id="FI-13",
            title="two clusters with eight workers on one database",
            act="tests.faults.killing:crowd",
            messages=2000,
        ),
        Fault(
            id="FI-14",
            title="rows that cannot be read",
            act="tests.faults.poison:rows",
            messages=200,
        ),
        Fault(
            id="FI-15",
            title="SECRET_KEY, field key and provider's token are changed in mid-run",
            act="tests.faults.keys:rotations",
            kills=2,
            messages=400,
        ),
        Fault(
            id="FI-16",
            title="a storm of webhooks, each fifty times and shuffled",
            act="tests.faults.webhooks:storm",
            messages=60,
        ),
        Fault(
            id="FI-19",
            title="a backup is put back that is older than some of the texts",
            act="tests.faults.killing:backup",
            kills=3,
            messages=400,
            databases=("sqlite",),
        ),
        Fault(
            id="FI-20",
            title="STOP while a text is queued or being sent",
            act="tests.faults.webhooks:stops",
            messages=300,
        ),
        Fault(
            id="FI-22",
            title="nothing ran for three hours, then it starts",
            act="tests.faults.clocks:outage",
            messages=1000,
        ),
        Fault(
            id="FI-27",
            title="every worker is killed while danger is open, and for an hour there is none",
            act="tests.faults.paging:an_hour_away",
            kills=5,
            messages=40,
        ),
    )
}
