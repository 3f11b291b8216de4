"""The index of the searched words of meetings, a table of its own that the database itself keeps true.

A migration that rebuilds the table of meetings on SQLite (changing a column does, adding one that
may be null does not) drops the triggers with it and has to `drop` and `make` them again.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = (
    """CREATE VIRTUAL TABLE aftercare_meeting_words USING fts5(
        words, content='aftercare_meeting', content_rowid='id', detail='none', columnsize=0,
        tokenize="ascii tokenchars '_-'")""",
    "INSERT INTO aftercare_meeting_words(aftercare_meeting_words) VALUES ('rebuild')",
    """CREATE TRIGGER aftercare_meeting_words_insert AFTER INSERT ON aftercare_meeting BEGIN
        INSERT INTO aftercare_meeting_words(rowid, words) VALUES (new.id, new.words);
    END""",
    """CREATE TRIGGER aftercare_meeting_words_delete AFTER DELETE ON aftercare_meeting BEGIN
        INSERT INTO aftercare_meeting_words(aftercare_meeting_words, rowid, words)
        VALUES ('delete', old.id, old.words);
    END""",
    """CREATE TRIGGER aftercare_meeting_words_update AFTER UPDATE OF words ON aftercare_meeting
    WHEN old.words <> new.words BEGIN
        INSERT INTO aftercare_meeting_words(aftercare_meeting_words, rowid, words)
        VALUES ('delete', old.id, old.words);
        INSERT INTO aftercare_meeting_words(rowid, words) VALUES (new.id, new.words);
    END""",
)
# `rowid` is what SQLite calls it.
_POSTGRES = (
    "CREATE TABLE aftercare_meeting_words (rowid bigint PRIMARY KEY, document tsvector NOT NULL)",
    """INSERT INTO aftercare_meeting_words
        SELECT id, words::tsvector FROM aftercare_meeting""",
    """CREATE INDEX aftercare_meeting_words_document ON aftercare_meeting_words
        USING gin (document) WITH (fastupdate = off)""",
    """CREATE FUNCTION aftercare_index_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            TRUNCATE aftercare_meeting_words;
        ELSIF TG_OP = 'DELETE' THEN
            DELETE FROM aftercare_meeting_words WHERE rowid = OLD.id;
        ELSIF TG_OP = 'UPDATE' THEN
            UPDATE aftercare_meeting_words SET document = NEW.words::tsvector WHERE rowid = NEW.id;
        ELSE
            INSERT INTO aftercare_meeting_words VALUES (NEW.id, NEW.words::tsvector);
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER aftercare_meeting_words_rows AFTER INSERT OR DELETE ON aftercare_meeting
        FOR EACH ROW EXECUTE FUNCTION aftercare_index_words()""",
    """CREATE TRIGGER aftercare_meeting_words_update AFTER UPDATE OF words ON aftercare_meeting
        FOR EACH ROW WHEN (OLD.words IS DISTINCT FROM NEW.words)
        EXECUTE FUNCTION aftercare_index_words()""",
    """CREATE TRIGGER aftercare_meeting_words_all AFTER TRUNCATE ON aftercare_meeting
        FOR EACH STATEMENT EXECUTE FUNCTION aftercare_index_words()""",
)


def make(*, connection: BaseDatabaseWrapper) -> None:
    """The index over all rows there are, and what keeps it true from now on."""
    with connection.cursor() as cursor:
        for statement in _POSTGRES if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def drop(*, connection: BaseDatabaseWrapper) -> None:
    """The index and its triggers gone."""
    on = " ON aftercare_meeting" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in ("insert", "delete", "update", "rows", "all"):
            cursor.execute(f"DROP TRIGGER IF EXISTS aftercare_meeting_words_{name}{on}")
        if on:
            cursor.execute("DROP FUNCTION aftercare_index_words")
        cursor.execute("DROP TABLE aftercare_meeting_words")
