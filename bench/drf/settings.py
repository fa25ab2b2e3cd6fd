"""The settings: an API and nothing else, so no sessions, templates, messages or admin."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])
_where = parse_qs(_database.query)

SECRET_KEY = os.environ["SECRET_KEYS"]
#: lines of `kid:hex`, as the program reads them
TOKEN_KEYS = {
    kid: bytes.fromhex(value)
    for kid, _, value in (line.partition(":") for line in os.environ["SECRET_KEYS"].split())
}
TOKEN_ISSUER = os.environ["PUBLIC_URL"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "bench.drf.urls"
INSTALLED_APPS = ["bench.drf"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.lstrip("/"),
        "USER": _database.username,
        "PASSWORD": unquote(_database.password or ""),
        "HOST": _where["host"][0],
        "PORT": _where["port"][0],
        "CONN_MAX_AGE": None,  # a connection lives as long as its thread
        # jit as the program's own connections have it
        "OPTIONS": {"options": "-c jit=off"},
    }
}
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bench.drf.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["bench.drf.permissions.MayActOnGoal"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "bench.drf.pagination.GoalPagination",
    "UNAUTHENTICATED_USER": None,
    "COMPACT_JSON": True,
}
