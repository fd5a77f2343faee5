"""What lets somebody in is *** in all that people read."""

import time

import pytest

from toolchain.base import secrets
from toolchain.base.errors import RemoteError
from toolchain.base.secrets import shown_address, without_secrets


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a process does; what a test hides, others may show."""
    monkeypatch.setattr(secrets, "_hidden", frozenset())
    monkeypatch.setattr(secrets, "_any_hidden", None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/path", "https://host/path"),
        ("https://host:8080/@team/path", "https://***@team/path"),
        ("https://name:s3cr3t@host/path", "https://***@host/path"),
        ("https://T0KEN@host/path", "https://***@host/path"),
        ("https://name:s3/cr3t@host/path", "https://***@host/path"),
        ("https://name:1/s3cr3t@host/path", "https://***@host/path"),
        ("https://name:s3@cr3t@host/path", "https://***@host/path"),
        ("https://name:s3?cr3t@host/path", "https://***@host/path"),
        ("https://name:s3#cr3t@host/path", "https://***@host/path"),
        ("https://T0K/EN@host/path", "https://***@host/path"),
        ("https://host/path?sv=1&sig=s3cr3t", "https://host/path?***"),
        ("https://host/path#s3cr3t", "https://host/path"),
        ("https://[::1]:80/path", "https://[::1]:80/path"),
        ("s3://key:s3cr3t@bucket/path", "s3://***@bucket/path"),
        ("file:///a/@team/path", "file:///a/@team/path"),
        ("/a/path@home?", "/a/path@home?"),
    ],
)
def test_an_address_is_shown_as_host_and_path(url: str, shown: str) -> None:
    assert shown_address(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot clone https://T0KEN@host/a.git, or", "cannot clone https://***@host/a.git, or"),
        ("'https://name:s3cr3t@host/a': refused", "'https://***@host/a': refused"),
        ("https://name:s3/cr3t@host/a", "https://***@host/a"),
        (
            "(port=443): with url: /a?X-Amz-Signature=s3cr3t&x=1 (Cau",
            "(port=443): with url: /a?X-Amz-Signature=***&x=1 (Cau",
        ),
        ('"/a?sv=2&sig=s3cr3t%3D HTTP/1.1"', '"/a?sv=2&sig=*** HTTP/1.1"'),
        ("https://host/a?access_token=s3cr3t#b", "https://host/a?access_token=***#b"),
        ("{'Authorization': 'Basic czNjcjN0'}", "{'Authorization': '***'}"),
        ("authorization: Bearer s3cr3t\nnext", "authorization: ***\nnext"),
        ("AWS_SECRET_ACCESS_KEY=s3cr3t HOME=/root", "AWS_SECRET_ACCESS_KEY=*** HOME=/root"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nczNj\ncjN0\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN OPENSSH PRIVATE KEY-----***",
        ),
        (r'{"error":"-----BEGIN PRIVATE KEY-----\nczNj\n"}', r'{"error":"-----BEGIN PRIVATE KEY-----***"}'),
    ],
)
def test_what_lets_somebody_in_is_not_shown(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert RemoteError(text, remedy=text).message == RemoteError("", remedy=text).remedy == shown


@pytest.mark.parametrize(
    "text",
    [
        "book/a.md:3: https://host:8080/@team/a?keyword=b&page=2 answers 404",
        "Unexpected token: 'x'; the key=value pairs, a monkey?key-word=1",
        "https://example.org/a:b@c and name@example.org",
        "-----BEGIN CERTIFICATE-----\nMIIB\n",
    ],
)
def test_what_lets_nobody_in_is_shown(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "part", ["x-", "SECRET", "://a:@", ";a-", "-----BEGIN A PRIVATE KEY-----", "cookie: ", "A_TOKEN="]
)
def test_a_text_that_is_made_to_be_slow_is_not(part: str) -> None:
    start = time.process_time()
    without_secrets(part * 30_000 + "=")
    assert time.process_time() - start < 2


def test_what_was_named_once_is_nowhere_shown_however_it_is_written() -> None:
    secrets.hide_address("https://name:sl%2Fsh%40s@host/a?sig=si%2Bg%3D9")
    secrets.hide_address("https://T0KEN-9@host/a")
    secrets.hide_options(
        {"secret": "optional-9", "client": {"password": "inner-9"}, "endpoint_url": "host/x-9"}
    )
    secrets.hide_variables(
        {
            "AWS_SECRET_ACCESS_KEY": "variable-9",
            "AWS_SHARED_CREDENTIALS_FILE": __file__,
            "HTTPS_PROXY": "http://me:proxy-9@proxy:3128",
            "DEBUG_TOKEN": "1",
            "EDITOR": "editor-9",
            "PGPASSWORD": "database-9",
            "MAX_TOKENS": "tokens-9",
        }
    )
    said = (
        "sl/sh@s sl%2Fsh%40s bmFtZTpzbC9zaEBz si+g=9 T0KEN-9 optional-9 inner-9 variable-9 proxy-9 database-9"
    )
    assert set(without_secrets(said).split()) == {"***"}
    for shown in (f"{__file__} host/x-9 editor-9 tokens-9 1", "name@host/a"):
        assert without_secrets(shown) == shown
