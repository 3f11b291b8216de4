"""The one searched column of a meeting, and the index over it that each database keeps for itself.

`with_marks` writes the column: folded words with a blank around each and borders between fields, then
marks for day, tags and the like, which no visitor can type. SQLite indexes it by FTS5, PostgreSQL as
a tsvector; triggers keep either in step (`word_index`). Both know the same
words, for neither splits or folds anything by itself, so that both give the same answers. Phrases
are looked for in the column: an index says only which meetings have all their words.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache

from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

TABLE = "aftercare_meeting_words"
ACTIVE = "_active"
_PLAIN = re.compile(r"[a-z0-9_-]{1,80}")


def with_marks(words: str, *, marks: Iterable[str]) -> str:
    """The searched column: folded words with a blank on either side, then marks."""
    return f"{words.rstrip()} | {' '.join(sorted(marks))} "


def marks_of(
    *,
    active: bool,
    weekday: int | None,
    fellowship: str,
    attendance: str,
    tags: Iterable[str],
    regions: Iterable[str],
) -> set[str]:
    """The marks of one meeting; `regions` are slugs."""
    found = {mark("f", fellowship), mark("a", attendance)}
    found |= {mark("t", tag) for tag in tags} | {mark("r", region) for region in regions if region}
    if weekday is not None:
        found.add(mark("d", weekday))
    return found | {ACTIVE} if active else found


@lru_cache(maxsize=8192)
def mark(kind: str, value: object) -> str:
    """A word that no visitor can type, for one value of a field."""
    written = str(value).lower()
    if not _PLAIN.fullmatch(written):
        written = hashlib.sha256(written.encode()).hexdigest()[:16]
    return f"_{kind}-{written}"


class Wanted:
    """Which meetings are asked for: each clause is a choice of words of which one must be there."""

    def __init__(self, *, clauses: Sequence[Sequence[str]], beginnings: Sequence[str] = ()) -> None:
        self.clauses = clauses
        # Words that must be there with at least their beginning.
        self.beginnings = beginnings

    @cached_property
    def _question(self) -> str:
        """The question in the database's own language; words and marks are letters, digits, - and _."""
        is_postgres = connection.vendor == "postgresql"
        sign, both, either = ("'", " & ", " | ") if is_postgres else ('"', " AND ", " OR ")
        choices = [either.join(f"{sign}{word}{sign}" for word in clause) for clause in self.clauses]
        end = ":*" if is_postgres else " *"
        choices += [f"{sign}{word}{sign}{end}" for word in self.beginnings]
        return both.join(f"({choice})" for choice in choices)

    def _select(self, what: str) -> str:
        if connection.vendor == "postgresql":
            return f"SELECT {what} FROM {TABLE} WHERE document @@ %s::tsquery"  # noqa: S608
        return f"SELECT {what} FROM {TABLE} WHERE {TABLE} MATCH %s"  # noqa: S608

    def count(self) -> int:
        """How many meetings there are, by the index alone."""
        with connection.cursor() as cursor:
            cursor.execute(self._select("COUNT(*)"), [self._question])
            return int(cursor.fetchone()[0])

    def by_index(self) -> Q:
        """The same as a condition on meetings.

        PostgreSQL is given the keys as an array, found first by the index: a join it would begin by
        matching every row, for it thinks little of what that costs.
        """
        keys = self._select("rowid")
        if connection.vendor == "postgresql":
            sql = f"aftercare_meeting.id = ANY(ARRAY({keys}))"
            return Q(RawSQL(sql, [self._question], output_field=BooleanField()))  # noqa: S611
        return Q(pk__in=RawSQL(keys, [self._question]))  # noqa: S611
