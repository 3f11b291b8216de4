"""The searched words of meetings get an index of their own, and starts are told apart by UTC.

A later migration that rebuilds the table of meetings on SQLite (changing a column does, adding one
that may be null does not) drops the triggers with it and has to create them again: `INDEX_WORDS`.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from aftercare.directory import moments, words

SQLITE = (
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
POSTGRES = (
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
REVERSE = {
    "sqlite": (
        *(
            f"DROP TRIGGER aftercare_meeting_words_{name}"
            for name in ("insert", "delete", "update")
        ),
        "DROP TABLE aftercare_meeting_words",
    ),
    "postgresql": (
        *(
            f"DROP TRIGGER aftercare_meeting_words_{name} ON aftercare_meeting"
            for name in ("rows", "update", "all")
        ),
        "DROP FUNCTION aftercare_index_words",
        "DROP TABLE aftercare_meeting_words",
    ),
}


def index_words(apps, schema_editor):
    statements = POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE
    for statement in statements:
        schema_editor.execute(statement)


def forget_words(apps, schema_editor):
    for statement in REVERSE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


INDEX_WORDS = migrations.RunPython(index_words, forget_words)


def write_anew(apps, schema_editor):
    """Starts in UTC, and marks behind the words."""
    found = apps.get_model("aftercare", "Meeting").objects
    changed = []
    for meeting in found.order_by("pk").iterator(1000):
        meeting.start_minute = moments.start_minute(
            weekday=meeting.weekday, start_time=meeting.start_time, zone_name=meeting.timezone
        )
        marks = words.marks_of(
            active=meeting.active,
            weekday=meeting.weekday,
            fellowship=meeting.fellowship,
            attendance=meeting.attendance,
            tags=meeting.tags.split(),
            regions=meeting.region_path.split("/"),
        )
        searched = words.with_marks(meeting.words, marks=marks)
        meeting.words = "" if meeting.retired_at else searched
        changed.append(meeting)
    found.bulk_update(changed, ["start_minute", "words"], batch_size=200)


class Migration(migrations.Migration):
    dependencies = [
        ("aftercare", "0009_conversation_by_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(model_name='importrun', name='accepted', field=models.BooleanField(null=True)),
        migrations.AddField(model_name='importrun', name='differences', field=models.JSONField(default=dict)),
        migrations.AddField(model_name='importrun', name='settled_at', field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            model_name='importrun',
            name='settled_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(model_name='meeting', name='moved_at', field=models.DateTimeField(blank=True, null=True)),
        migrations.CreateModel(
            name='MeetingNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('moved_at', models.DateTimeField()),
                ('told_at', models.DateTimeField()),
                ('commitment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='news', to='aftercare.commitment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('commitment', 'moved_at'), name='meeting_news_once')],
            },
        ),
        migrations.RemoveConstraint(model_name='meeting', name='meeting_week_minute'),
        migrations.RemoveIndex(model_name='meeting', name='meeting_by_time'),
        migrations.RemoveIndex(model_name='meeting', name='meeting_by_place'),
        migrations.RemoveIndex(model_name='meeting', name='meeting_by_name'),
        migrations.RenameField(model_name='meeting', old_name='week_minute', new_name='start_minute'),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.CheckConstraint(condition=models.Q(('start_minute__isnull', True), models.Q(('start_minute__lt', 10080), ('start_time__isnull', False), ('weekday__isnull', False)), _connector='OR'), name='meeting_start_minute'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(condition=models.Q(('active', True)), fields=['start_minute', 'minutes', 'timezone', 'weekday', 'active'], name='meeting_by_start'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(condition=models.Q(('active', True)), fields=['latitude', 'longitude', 'weekday', 'active'], name='meeting_by_place'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(condition=models.Q(('active', True)), fields=['name_key', 'slug', 'active'], name='meeting_by_name'),
        ),
        migrations.RunPython(write_anew, migrations.RunPython.noop),
        INDEX_WORDS,
    ]
