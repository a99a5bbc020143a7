"""Settings, read from the environment. With nothing set they are safe; see ``.env.example``."""

import os
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.http import HttpRequest

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
# Demonstration and tests stay away from what an installation's own .env names: `make run` on a
# production machine must not put demonstration accounts into the county's database.
if not (env.bool("DEMO", False) or env.bool("TESTING", False)):
    env.read_env(BASE_DIR / ".env")
# A variable left empty counts as unset.
env.ENVIRON = {name: value for name, value in os.environ.items() if value}

#: A demonstration site: plain http on this machine, demonstration data and accounts.
DEMO = env.bool("DEMO", False)
DEBUG = env.bool("DEBUG", False)
TESTING = env.bool("TESTING", False)


def _kept_key() -> str:
    """The demonstration's own key, so that a restart keeps everybody signed in."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("django-insecure-" + get_random_secret_key())
    return path.read_text()


SECRET_KEY = env("SECRET_KEY", default="") or (
    _kept_key() if DEMO else "django-insecure-" + get_random_secret_key()
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "dingyuan_portal",
    "disclosures",
    "services",
    "catalog",
    "dingyuan_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "axes",
    "csp",
    "django_prose_editor",
    "import_export",
    "js_asset",
    "mptt",
    "multiselectfield",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "disclosures.origin.ClientAddressMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "dingyuan_portal.urls"
WSGI_APPLICATION = "dingyuan_portal.wsgi.application"

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
                "csp.context_processors.nonce",
                "dingyuan_portal.context_processors.site",
            ],
        },
    }
]

# Database: SQLite out of the box, PostgreSQL through DATABASE_URL.
DATABASES: dict[str, Any] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # Writers queue at BEGIN and not in the middle of a transaction that has already read.
    # With recursive triggers REPLACE asks the guards before it deletes the row it replaces.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA recursive_triggers=ON;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
# Opening the database anew costs 1 to 2 ms a page, on SQLite too.
_database.setdefault("CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}

# Language and time
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Files. Uploads are served by a view that checks who asks, never by their address.
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR_DIR / "media")))
MEDIA_URL = ""
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", not (DEMO or DEBUG or TESTING))
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# A Word table pasted into the editor can be 5 MB of markup; the form then says it is too long, and
# keeps everything else that was typed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    "disclosures.files.WholeUploadHandler",
]
#: Path of the socket of ClamAV's daemon, or host:port; uploads aren't scanned without.
CLAMAV_SOCKET = env("CLAMAV_SOCKET", default="")

#: Where long work runs: "process" starts one of its own, "inline" keeps the page waiting.
BACKGROUND_JOBS = env("BACKGROUND_JOBS", default="inline" if TESTING else "process")

# Signing in
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "dingyuan_portal.backends.TermBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Idle staff are signed out (GB/T 22239-2019, 8.1.4.1); each request starts the half hour anew, or
# people would be signed out in the middle of their work. Visitors have no session to save.
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True


def _address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")


def _address_behind_proxy(request: HttpRequest) -> str:
    """What our own proxy saw and put last; what stands before it a client may have made up."""
    chain = request.META.get("HTTP_X_FORWARDED_FOR") or request.META["REMOTE_ADDR"]
    return chain.rpartition(",")[2].strip()


# Transport and browser. Only the plain-http demonstration goes without TLS.
SECURE_COOKIES = env.bool("SECURE_COOKIES", not DEMO)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", SECURE_COOKIES and not TESTING)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000 if SECURE_COOKIES else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
#: Which address signatures and the ledger keep.
CLIENT_ADDRESS = _address
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_CLIENT_IP_CALLABLE = CLIENT_ADDRESS = _address_behind_proxy
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The nonce is for the import map of the editor in the admin; nothing else is inline.
        "script-src": [SELF, NONCE],
        # The one rule that the editor's script adds to the page by itself (Tiptap's injectCSS).
        "style-src": [SELF, "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# E-mail, logging
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="noreply@localhost")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}

# Spreadsheets in and out
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.TempFolderStorage"

# What the page furniture says. A number that isn't set isn't shown.
SITE = {
    "name": env("SITE_NAME", default="定远县政务公开"),
    "organisation": env("SITE_ORGANISATION", default="定远县人民政府办公室"),
    "contact": env("SITE_CONTACT", default="0550-0901000" if DEMO else ""),
    "domain": env("SITE_DOMAIN", default=""),
    "id_code": env("SITE_ID_CODE", default=""),
    "icp": env("SITE_ICP", default=""),
    "police": env("SITE_POLICE", default=""),
    "is_demo": DEMO,
}
