"""What `manage.py` can do for aftercare."""
