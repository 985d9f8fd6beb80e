"""What every page must be: whole, readable by ear, harmless, and alone."""

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

HOSTILE = "<script>alert(1)</script>\" onload='x' {{ 7 * 7 }} &"
VOID = {"meta", "br", "circle", "rect", "path", "line", "input"}


class Page(HTMLParser):
    """Tags that are open, attributes, ids and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def words(html: str) -> str:
    """What a reader sees of it, in one line."""
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", html).split()))


def check_harmless(html: str) -> None:
    """HOSTILE was a name in it: it is text there."""
    assert "<script" not in html and "onload='" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html  # a template in a name is not run
    assert not Page(html).all("script")
    for _, attrs in Page(html).tags:
        assert not any(name.startswith("on") for name in attrs)


def check_alone(html: str, *links: str) -> None:
    """It needs nothing from outside; it may link to these pages beside it."""
    found = Page(html)
    for _, attrs in found.tags:
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert (attrs.get(name) or "#").startswith(("#", *links)), attrs
    assert not found.all("link") and not found.all("script")
    assert "url(" not in html and "@import" not in html and "http" not in words(html)
    policy = next(meta for meta in found.all("meta") if "http-equiv" in meta)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert len(html) < 1_000_000


def check_readable(html: str, plots: int) -> None:
    """Every tag is closed, every id is there once, tables and plots say what they are."""
    found = Page(html)
    assert found.open == []
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in found.tags:
        for name in (attrs.get("aria-labelledby") or "").split():
            assert name in ids
        if (attrs.get("href") or "").startswith("#"):
            assert (attrs["href"] or "")[1:] in ids
    assert len(found.all("table")) == len(found.all("caption"))
    assert all("scope" in attrs for attrs in found.all("th"))
    drawn = [svg for svg in found.all("svg") if svg.get("role") == "img"]
    assert len(drawn) == plots == len(found.all("desc"))
    assert found.all("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))
