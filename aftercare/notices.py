"""Mails that tell the leads of a program that something waits for them, and nothing of what or whom."""

from contextlib import suppress
from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from aftercare import mail
from aftercare.models import Role
from notifications import outbox
from notifications.kinds import Kind
from notifications.models import Program


def tell_leads(*, program: Program, key: str, at: datetime) -> int:
    """Queue one nameless mail to each lead, once by key; returns to how many.

    Without a mailbox to write from the list on the page has to do.
    """
    roles = Role.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), program=program, kind=Role.Kind.LEAD, since__lte=at
    )
    leads = {role.user_id: role.user for role in roles.select_related("user").order_by("pk")}
    told = 0
    for user in leads.values():
        subject, body = mail.render(
            name="oversight",
            language=user.language,
            link=urljoin(f"{settings.PUBLIC_URL}/", reverse("oversight")),
        )
        with suppress(outbox.NoSender):
            if user.email:
                mail.queue(
                    program=program,
                    to=user.email,
                    subject=subject,
                    body=body,
                    kind=Kind.CODE,
                    key=f"oversight:{key}:{user.pk}",
                    at=at,
                )
                told += 1
    return told
