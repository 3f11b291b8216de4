"""The database's own refusal to change the record: triggers, for whoever comes past this program, too.

A migration that rebuilds the table of the record on SQLite drops them with it and has to call `refuse`.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "aftercare_auditentry"
REFUSAL = "rows of the record are neither changed nor deleted"

# What an unsealed row may get is its seal, and nothing else of it may be another.
_KEPT = ("id", "program_id", "actor_id", "role", "verb", "thing", "thing_uid", "graduate_uid", "at")
_SEALS = "OLD.sealed IS NULL AND NEW.sealed IS NOT NULL AND "

_SQLITE = (
    f"""CREATE TRIGGER {TABLE}_stays BEFORE DELETE ON {TABLE} BEGIN
        SELECT RAISE(ABORT, '{REFUSAL}');
    END""",
    f"""CREATE TRIGGER {TABLE}_is_kept BEFORE UPDATE ON {TABLE}
    WHEN NOT ({_SEALS}{" AND ".join(f"OLD.{name} IS NEW.{name}" for name in _KEPT)}) BEGIN
        SELECT RAISE(ABORT, '{REFUSAL}');
    END""",
)
_SAME = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in _KEPT)
_POSTGRES = (
    f"""CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    f"""CREATE TRIGGER {TABLE}_stays BEFORE DELETE OR TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_refuse()""",
    f"""CREATE TRIGGER {TABLE}_is_kept BEFORE UPDATE ON {TABLE}
        FOR EACH ROW WHEN (NOT ({_SEALS}{_SAME})) EXECUTE FUNCTION {TABLE}_refuse()""",
)


def refuse(*, connection: BaseDatabaseWrapper) -> None:
    """From now on the record only grows."""
    with connection.cursor() as cursor:
        for statement in _POSTGRES if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def lift(*, connection: BaseDatabaseWrapper) -> None:
    """Let the whole database be emptied, as a demo is before it is made anew."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in ("stays", "is_kept"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{on}")
