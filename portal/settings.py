"""All settings, from the environment, with safe defaults; docs/operating.md lists the variables."""

from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

from notifications.crypto import make_keys
from portal import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

DEMO = env.flag("DEMO")
DEBUG = False

# One machine keeps its own secrets in files beside its database; several must be given the same ones.
DATABASE_URL = env.text("DATABASE_URL")
_KEYS_DIR = VAR_DIR / ("demo-keys" if DEMO else "keys")
_alone = DEMO or not DATABASE_URL
SECRET_KEY = (
    env.kept("SECRET_KEY", _KEYS_DIR / "secret_key", partial(token_urlsafe, 50))
    if _alone
    else env.text("SECRET_KEY")
)
FIELD_KEYS = (
    env.kept("FIELD_KEYS", _KEYS_DIR / "field_keys", make_keys)
    if _alone
    else env.text("FIELD_KEYS")
)
# Of its own, so that whoever can write to the database cannot seal its record anew.
AUDIT_KEY = (
    env.kept("AUDIT_KEY", _KEYS_DIR / "audit_key", partial(token_urlsafe, 50))
    if _alone
    else env.text("AUDIT_KEY")
)
# How long each kind of row is kept; a program with duties of its own names another table.
RETENTION_FILE = env.text("RETENTION_FILE", str(BASE_DIR / "aftercare" / "retention.toml"))

# Addresses
PORT = env.number("PORT", 8000)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://localhost:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
ALLOWED_HOSTS = [
    _public.hostname or "localhost",
    *env.words("ALLOWED_HOSTS"),
    *([] if HTTPS else ["127.0.0.1"]),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
PROXY_DEPTH = env.number("PROXY_DEPTH", 0)
if PROXY_DEPTH:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# A neutral name: it stands in page titles, where a stranger may read it.
SITE_NAME = env.text("SITE_NAME", "Portal")

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "aftercare.apps.AftercareConfig",
    "notifications.apps.NotificationsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "portal.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "portal.sessions.SessionLimits",
    "portal.second_factor.RequireSecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.middleware.PersonalSettings",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.navigation.context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.ui",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data. SQLite on one machine unless DATABASE_URL names a PostgreSQL.
# IMMEDIATE: two writers in deferred mode may both read before either writes. FULL: a commit survives power loss,
# because a commit rolled back would be a second text.
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        DATABASE_URL or f"sqlite:///{VAR_DIR / ('demo.sqlite3' if DEMO else 'portal.sqlite3')}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    env.make_folder(Path(DATABASES["default"]["NAME"]).parent)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # More than the queries there are, so that each is prepared once.
        "cached_statements": 1000,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        # What is deleted is overwritten, so that who has left is not found in the file.
        "PRAGMA secure_delete=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Log-in limits and one-time codes live in the cache, so it is shared between processes and outlives Redis.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Background work: an alarm clock and a pool of hands. Rows are the truth, so a lost queue loses nothing.
REDIS_URL = env.text("REDIS_URL")
Q_CLUSTER: dict[str, Any] = {
    "name": "portal",
    "workers": env.number("WORKERS", 3),
    "timeout": 120,
    "retry": 300,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "queue_limit": 2,
    "bulk": 1,
    "save_limit": -1,
    "label": "Background work",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default", "poll": 0.5}),
}

# People and log-in
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        # One shorter than accounts.LONG opens nothing alone: a code goes with it.
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A mailbox nobody here has gets no mail, for it would tell its owner that somebody looked for them.
# The library asks all the same, and accounts.AccountAdapter does the work of one and leaves none.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
# One mailbox for one log-in; a new one takes the old one's place once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_USER_DISPLAY = "portal.accounts.display"
ACCOUNT_FORMS = {
    "login": "portal.forms.accounts.LoginForm",
    "confirm_login_code": "portal.forms.accounts.ConfirmLoginCodeForm",
    "change_password": "portal.forms.accounts.ChangePasswordForm",
    "set_password": "portal.forms.accounts.SetPasswordForm",
    "reset_password_from_key": "portal.forms.accounts.ResetPasswordKeyForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_ON_GET = False
# Addresses of IPv6 count by their /64, for each home and each phone has one to itself.
ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 64
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/m/key,10/h/key",
    "reset_password": "20/m/ip,3/m/key,10/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = PROXY_DEPTH
MFA_ADAPTER = "portal.accounts.SecondStepAdapter"
MFA_FORMS = {"login_webauthn": "portal.forms.accounts.LoginWebAuthnForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# A mailbox that is not shown opens nothing, so it may be noted: staff could never change theirs else.
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Sessions
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# What machines on this host ask for, behind the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^(?:healthz|readyz|metrics)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# portal.middleware.SecurityHeaders sends this one, on static files and errors, too.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# One form takes a file, and one file.
DATA_UPLOAD_MAX_NUMBER_FILES = 1

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Texts and mail
# Whatever a provider is named for the real installation, made-up people are texted by none.
SMS_TRANSPORT = "simulator" if DEMO else env.text("SMS_TRANSPORT", "console")
TWILIO_ACCOUNT_SID = env.text("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKEN = env.text("TWILIO_AUTH_TOKEN")
TWILIO_AUTH_TOKEN_PREVIOUS = env.text("TWILIO_AUTH_TOKEN_PREVIOUS")
TWILIO_API_URL = env.text("TWILIO_API_URL")
# Once nothing more is to be heard of a text, the provider's copy of its words is wiped.
REDACT_AT_PROVIDER = env.flag("REDACT_AT_PROVIDER", default=True)
# What a segment costs until the provider has said so, in this currency (ISO 4217).
SEGMENT_PRICE = env.amount("SEGMENT_PRICE", "0.0083")
SEGMENT_CURRENCY = env.text("SEGMENT_CURRENCY", "USD")
# The numbers 555-0100 to 555-0199 are set aside for stories; where texts reach people, one is a slip.
ALLOW_FICTITIOUS_NUMBERS = SMS_TRANSPORT != "twilio" or bool(TWILIO_API_URL)
# Made-up people have no mailboxes, and their mail would drown what the demo says in its terminal.
EMAIL_FILE_PATH = VAR_DIR / "demo-mail"
_MAIL_GOES = "filebased" if DEMO else "smtp" if env.text("EMAIL_HOST") else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_MAIL_GOES}.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", f"{SITE_NAME} <portal@localhost>")

# Whoever shows it may read /metrics from elsewhere; without it only this machine may.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Whose pictures lie under the map of meetings: "https://…/{z}/{x}/{y}.png". Whoever serves them learns
# where people look for help, so there are none until an operator names them, with what to credit.
MAP_TILES = env.text("MAP_TILES")
MAP_CREDIT = env.text("MAP_CREDIT")

# Feeds of meetings may be fetched from private addresses only where the operator says so.
FEEDS_ALLOW_PRIVATE = env.flag("FEEDS_ALLOW_PRIVATE")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"hide_tokens": {"()": "portal.logs.HideTokens"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["hide_tokens"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        # At INFO the provider's client prints numbers and bodies.
        "twilio.http_client": {"level": "WARNING"},
        "django-q": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
