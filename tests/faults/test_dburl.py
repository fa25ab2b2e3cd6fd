"""The address of the database, as operators and managed databases write it."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from app.cli_database import explained
from app.core.database import TransactionPooler, _refuse_transaction_pooler
from app.core.dburl import async_url

S = "s3cret-w0rd"


@pytest.mark.parametrize(
    ("address", "plain", "arguments"),
    [
        ("postgresql://u:p@h/d", "u:p@h/d", {}),
        ("postgres://u:p@h:6000/d", "u:p@h:6000/d", {}),
        ("postgresql+asyncpg://u@h/d", "u@h/d", {}),
        ("postgresql://u:p@[::1]:5433/d", "u:p@[::1]:5433/d", {}),
        ("postgresql://u%40x:a%2Fb%3A%20@h/d%20e", "u%40x:a%2Fb%3A @h/d e", {}),
        ("postgresql://u:p@ss@h/d", "u:p%40ss@h/d", {}),
        ("postgresql:///d?user=u&password=p&host=h&port=6000", "u:p@h:6000/d", {}),
        ("postgresql://u:p@/d?host=/run/pg", "u:p@/d", {"host": "/run/pg", "port": 5432}),
        ("postgresql://u@%2Frun%2Fpg:6/d", "u@/d", {"host": "/run/pg", "port": 6}),
        (
            "postgresql://u@/d?host=/run/pg&sslmode=require",
            "u@/d",
            {"host": "/run/pg", "port": 5432},
        ),
        (
            "postgresql://u@a,b:6000/d?target_session_attrs=read-write",
            "u@/d",
            {"host": ["a", "b"], "port": [5432, 6000], "target_session_attrs": "read-write"},
        ),
        ("postgresql://u@h/d?sslmode=disable", "u@h/d", {"ssl": "disable"}),
        ("postgresql://u@h/d?sslmode=prefer", "u@h/d", {"ssl": "prefer"}),
        (
            "postgresql://u@h/d?application_name=a+b&options=-c%20search_path%3Dx%20--work-mem=4MB",
            "u@h/d",
            {"server_settings": {"application_name": "a+b", "search_path": "x", "work_mem": "4MB"}},
        ),
        ("postgresql://u@h/d?connect_timeout=7", "u@h/d", {"timeout": 7.0}),
        ("postgresql://u@h/d?connect_timeout=0", "u@h/d", {"timeout": None}),
        ("postgresql://u@h/d?channel_binding=prefer&gssencmode=disable", "u@h/d", {}),
    ],
)
def test_it_is_understood(address: str, plain: str, arguments: dict[str, Any]) -> None:
    url, found = async_url(address)
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://" + plain
    assert found == arguments


@pytest.mark.parametrize(
    ("mode", "verify", "names"),
    [
        ("require", ssl.CERT_NONE, False),
        ("verify-ca", ssl.CERT_REQUIRED, False),
        ("verify-full", ssl.CERT_REQUIRED, True),
    ],
)
def test_tls_proves_what_the_mode_says(mode: str, verify: ssl.VerifyMode, names: bool) -> None:
    context = async_url(f"postgresql://u@h/d?sslmode={mode}")[1]["ssl"]
    assert (context.verify_mode, context.check_hostname) == (verify, names)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"mysql://u:{S}@h/d", "must start with postgresql://"),
        (S, "must start with postgresql://"),
        (f"postgresql://u:{S}@h/d?nonsense=1", "unknown word, nonsense"),
        (f"postgresql://u:x?{S}%20=y@h/d", r"unknown word, \(unreadable\)"),
        (f"postgresql://u:x?{S}@h/d", "unreadable part"),
        (f"postgresql://u:{S}/x@h/d", "port that is no number"),
        (f"postgresql://u:{S}@h:99999/d", "port that is no number"),
        (f"postgresql://u:{S}@h/d?sslmode=on", "sslmode must be one of"),
        (f"postgresql://u:{S}@h/d?sslmode=require&sslmode=disable", "says sslmode twice"),
        (f"postgresql://u:{S}@h/d?sslrootcert=/x", "need sslmode=require"),
        (f"postgresql://u:{S}@h/d?sslmode=verify-ca&sslrootcert=/{S}", "no readable PEM"),
        (f"postgresql://u:{S}@h/d?sslmode=require&sslcert=/{S}", "no readable PEM"),
        (f"postgresql://u:{S}@h/d?channel_binding=require", "no channel_binding other than"),
        (f"postgresql://u:{S}@h/d?pgbouncer=true", "transaction pooler"),
        (f"postgresql://u:{S}@h/d?pool_mode=transaction", "transaction pooler"),
        (f"postgresql://u:{S}@h/d?connect_timeout={S}", "whole seconds"),
        (f"postgresql://u:{S}@h/d?target_session_attrs={S}", "must be one of"),
        (f"postgresql://u:{S}@h/d?options=-W%20{S}", "may only hold -c"),
        (f"postgresql://u:{S}@h/d?options='{S}", "may only hold -c"),
        (f"postgresql://u:{S}@a,b/d?port=1,2,3", "one port for all hosts"),
    ],
)
def test_it_is_refused_in_one_line_without_its_password(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        async_url(address)
    assert S not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    cause = refusal.value.__cause__
    assert cause is None or S not in str(cause)


def test_a_root_certificate_is_used(tmp_path: Path) -> None:
    bundle = ssl.get_default_verify_paths().openssl_cafile
    if not Path(bundle).is_file():
        pytest.skip("this machine has no bundle of certificates to name")
    context = async_url(f"postgresql://u@h/d?sslmode=require&sslrootcert={bundle}")[1]["ssl"]
    assert context.verify_mode is ssl.CERT_REQUIRED  # as libpq: a root given is a root asked for


def test_a_pooler_that_gives_each_transaction_another_connection_is_refused_in_one_line() -> None:
    class Forgets:
        """A connection that is another one at each statement."""

        def cursor(self) -> "Forgets":
            return self

        def execute(self, _statement: str) -> None:
            """Nothing stays."""

        def fetchone(self) -> tuple[str]:
            return ("",)

        def close(self) -> None:
            """Nothing to close."""

    with pytest.raises(TransactionPooler) as refused:
        _refuse_transaction_pooler(Forgets(), None)
    line = explained(refused.value, "DATABASE_URL")
    assert line.startswith("DATABASE_URL is a pooler in transaction mode")
