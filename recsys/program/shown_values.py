"""A refused setting as a message may show it: what may be a secret stays hidden.

Somebody pastes a token into the wrong line of params.yaml, or a URL with a password: the message
that refuses it ends in logs, in alerts and in tickets.
"""

import re
from typing import Any
from urllib.parse import urlsplit

HIDDEN = "(not shown: it may be a secret)"
LONGEST = 60  # characters of a value
# a key that is named so holds one
SECRET_KEY = re.compile(
    r"token|secret|passw|credential|api_?key|auth|private|webhook|cookie", re.IGNORECASE
)
# how tokens of well-known services begin
PREFIX = re.compile(
    r"\b(sk|pk|rk|gh[a-z]|glpat|xox[a-z]|hf|npm|pypi|dop_v1|SG)[-_.]|\bAKIA|\bASIA|\beyJ|"
    r"([Bb]earer|[Bb]asic)\s|-----BEGIN"
)
MODEL_ID = re.compile(r"[a-z]+-[0-9a-f]{12}")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]?[0-9:.+Z-]*")
RANDOM = 16  # characters from which on a word of letters and digits may be one


def shown(value: Any, key: str = "") -> str:
    """The value as Python writes it, or that it is hidden; `key` is its name in params.yaml."""
    if SECRET_KEY.search(key) and value not in (None, ""):
        return HIDDEN
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(each) for each in value[:10])}]"
    if isinstance(value, dict):
        return f"a map of {len(value)} keys"
    return repr(value)[:LONGEST]


def _text(value: str) -> str:
    if "://" in value:
        return _address(value)
    if PREFIX.search(value) and any(map(str.isdigit, value)):
        return HIDDEN
    if any(may_be_random(word) for word in re.split(r"[\s/=:,;@]+", value)):
        return HIDDEN
    return repr(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")


def _address(url: str) -> str:
    """Scheme and host of a web page; nothing else, and of others the scheme: a token may be the
    host.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https"):
        return (
            f"a URL of {repr(scheme) if scheme.isalpha() else 'no known kind'} {HIDDEN}"
        )
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if may_be_random(host) or "@" in rest.partition("/")[2]:
        host = ""
    return f"'{scheme}://{host or '...'}...'"


def may_be_random(word: str) -> bool:
    """Whether a word may be a secret: long, of letters and digits that are not a name of ours."""
    if len(word) < RANDOM or MODEL_ID.fullmatch(word) or DATE.fullmatch(word):
        return False
    return any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def without_quotes(text: str) -> str:
    """A parser's message without what it quotes of the file; a sign or two stay, and the parser's
    own words (`<scalar>`).
    """
    return re.sub(r"""(['"])(?!<[a-z ]+>\1)(?:(?!\1).){5,}?\1""", "...", text)
