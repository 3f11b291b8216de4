"""The record of who did what only grows, and who leaves has a row until it is too late to stay."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from aftercare import append_only


def refuse(apps, schema_editor):
    append_only.refuse(connection=schema_editor.connection)


def lift(apps, schema_editor):
    append_only.lift(connection=schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("aftercare", "0011_weeks_and_closed_places"),
    ]
    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='verb',
            field=models.CharField(choices=[('log_in', 'logged in'), ('denied', 'was refused'), ('read', 'looked at'), ('searched', 'searched'), ('created', 'added'), ('changed', 'changed'), ('sent', 'wrote'), ('exported', 'exported'), ('consented', 'recorded consent of'), ('revealed', 'opened the phone number of'), ('failed', 'failed to log in'), ('left', 'ended the account of'), ('stayed', 'kept the account of'), ('erased', 'erased')], max_length=16),
        ),
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('was_status', models.CharField(choices=[('invited', 'invited'), ('active', 'active'), ('paused', 'paused'), ('left', 'left'), ('deceased', 'deceased')], max_length=16)),
                ('was_paused_until', models.DateField(blank=True, null=True)),
                ('asked_at', models.DateTimeField()),
                ('erase_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('graduate', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='departure', to='aftercare.graduate')),
            ],
            options={
                'indexes': [models.Index(fields=['erase_at'], name='departure_erase')],
                'constraints': [models.CheckConstraint(condition=models.Q(('erase_at__gt', models.F('asked_at'))), name='departure_leaves_time')],
            },
        ),
        migrations.RunPython(refuse, lift),
    ]
