"""What a look at signals reads of a person lies side by side; the key of the person alone needs no index."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('aftercare', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='expectation',
            name='graduate',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='expectations', to='aftercare.graduate'),
        ),
        migrations.AddIndex(
            model_name='expectation',
            index=models.Index(fields=['graduate', 'opened_at', 'due_at', 'kind', 'outcome', 'answered_at', 'reported_use', 'answered_by', 'commitment'], name='expectation_of_signals'),
        ),
    ]
