"""The Django application of this package."""

from django.apps import AppConfig


class AftercareConfig(AppConfig):
    """Registers the package with Django."""

    name = "aftercare"
    default_auto_field = "django.db.models.BigAutoField"
