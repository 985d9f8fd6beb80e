"""What may be a secret is not shown; what a person needs to see their slip is."""

import pytest

from recsys.program.shown_values import HIDDEN, may_be_random, shown, without_quotes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "'3'"),
        (3.0, "3.0"),
        (True, "True"),
        (None, "None"),
        ("Asia/Ho_Chi_Min", "'Asia/Ho_Chi_Min'"),
        ("recal_at_10", "'recal_at_10'"),
        ("als-0123456789ab", "'als-0123456789ab'"),
        ("2000-01-01T00:00:00+07:00", "'2000-01-01T00:00:00+07:00'"),
        ("vinai/phobert-base", "'vinai/phobert-base'"),
        ("leave_one_out_of_many_things", "'leave_one_out_of_many_things'"),
        ([1, "a"], "[1, 'a']"),
        ({"a": 1}, "a map of 1 keys"),
        ("http://127.0.0.1:8000/a", "'http://127.0.0.1...'"),
        ("x" * 99, repr("x" * 60 + "…")),
    ],
)
def test_a_slip_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


SECRETS = (
    "hunter2hunter2hunter2",
    "xoxb-1234",
    "ghp_9fA",
    "sk-live-4242",
    "AKIA4EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.e30.x1",
    "Bearer 12ab",
    "https://user:pa55word@shop.example/x",
    "https://hooks.slack.com/services/T0/B0/abcdefgh",
    "tgram://123456:ABC-DEF/1",
    "mailto://user:pa55word@mail.example",
    "https://shop.example/?token=abc",
    "key=0123456789abcdef0123",
    "-----BEGIN PRIVATE KEY-----\nMIIB0123",
    ["x", "f00dfacef00dfacef00d"],
)


@pytest.mark.parametrize("value", SECRETS)
def test_a_secret_is_not(value: object) -> None:
    text = shown(value)
    for piece in ("hunter2", "xoxb", "ghp_", "live", "AKIA", "eyJ", "12ab", "pa55"):
        assert piece not in text
    for piece in ("T0", "123456", "abc", "0123", "BEGIN", "f00d", "user"):
        assert piece not in text


@pytest.mark.parametrize("key", ["token", "api_key", "smtp_password", "webhook_url"])
def test_a_key_that_is_named_so_hides_all(key: str) -> None:
    assert shown("short", key) == HIDDEN
    assert shown(5, key) == HIDDEN
    assert shown("", key) == "''"


@pytest.mark.parametrize("word", ["a" * 40, "1" * 40, "short1", "bpr-0123456789ab"])
def test_words_that_are_no_secret(word: str) -> None:
    assert not may_be_random(word)


def test_a_parser_quotes_nothing_long() -> None:
    told = without_quotes("found alias 'hunter2x' before \"some thing\", not '\\t'")
    assert told == "found alias ... before ..., not '\\t'"
    own = "expected <block end>, but found '<scalar>'"
    assert without_quotes(own) == own
