import pytest

from ops.alerts.plain import LONGEST, plain

ENVIRONMENT = {
    "RECOMMENDER_TOKEN": "s3rvice-t0ken",
    "SHOP_ALERT_URLS": "mailto://ann:pw@host json://host/abcdef",
    "MY_PASSWORD": "short",
    "HOME": "/home/ann",
}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("reviews.csv line 4: no rating", "reviews.csv line 4: no rating"),
        ("the token cannot be read", "the token cannot be read"),
        ("two\nlines\tand   spaces", "two lines and spaces"),
        ("https://ann:pw@host/x", "https://***@host/x"),
        ("HTTP 500 's3rvice-t0ken'", "HTTP 500 '***'"),
        ("sent to json://host/abcdef", "sent to ***"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer ***"),
        ("token=abcdef123, ok", "token=***, ok"),
        ('"password": "abcdef123"', '"password": "***"'),
        ("https://x/?api_key=abcdef123&k=10", "https://x/?api_key=***&k=10"),
        ("/home/ann/shop is short of disk", "/home/ann/shop is short of disk"),
        ("a bell \x07 and an escape \x1b[31m", "a bell ? and an escape ?[31m"),
    ],
)
def test_a_text_is_one_line_without_secrets(text: str, kept: str) -> None:
    assert plain(text, ENVIRONMENT) == kept


def test_a_long_text_is_cut() -> None:
    assert plain("x" * LONGEST, {}) == "x" * LONGEST
    assert plain("x" * (LONGEST + 1), {}) == f"{'x' * (LONGEST - 1)}…"
