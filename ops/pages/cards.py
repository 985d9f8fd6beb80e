"""reports/models/ID.html: the card of each registered model as a page.

reads   mlruns/mlflow.db      the descriptions of the versions, without MLflow; or a shared store

A card is Markdown. What is HTML in it is text here, and a link leads nowhere but to http and https.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from ops.pages.measured import ADVICE
from recsys.files import sqlite
from recsys.registry import remote
from recsys.registry.store import DATABASE
from recsys.registry.versions import MODEL
from recsys.reports import frame
from recsys.serving import pointer
from recsys.shared_store import address

TEMPLATE = "card.j2"
SCOPED = '<th scope="col">'  # Markdown has heads of columns only
CARDS = f"""
SELECT version, coalesce(current_stage, 'None'), coalesce(description, ''),
       (SELECT value FROM model_version_tags AS tag
        WHERE tag.name = made.name AND tag.version = made.version AND key = 'model_id')
FROM model_versions AS made WHERE name = '{MODEL}' ORDER BY version DESC
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Card:
    """What people should know of a model."""

    number: int
    stage: str
    text: str  # Markdown
    model_id: str

    @property
    def file(self) -> str:
        """The name of its page."""
        return f"{self.model_id}.html"


def cards(mlruns: Path) -> list[Card]:
    """Of all versions that have one, newest first. StoreError if the database cannot be read."""
    if there := address.shared():
        rows: list[tuple[Any, ...]] = [*remote.cards(there)]
    else:
        rows = sqlite.read_rows(mlruns / DATABASE, "model_versions", CARDS, ADVICE)
    found = [Card(int(number), *others) for number, *others in rows]
    return [
        card
        for card in found
        if card.text and pointer.MODEL_ID.fullmatch(card.model_id or "")
    ]


def page(card: Card, links: Mapping[str, str]) -> str:
    """The page of a card, HTML; `links` are other pages by their address, with their titles."""
    content = {"title": card.model_id, "card": card, "links": links, "body": html(card)}
    return frame.filled(TEMPLATE, content, folder=Path(__file__).parent)


def html(card: Card) -> str:
    """The Markdown as HTML that can do no harm. Its first heading is that of the page, and tables
    can be scrolled by keyboard.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    made = reader.render(card.text).replace("'", "&#39;")
    parts = made.split("<table>")
    numbered = (
        f'<div class="scroll" role="region" tabindex="0" aria-label="Table {number}">'
        f"<table>{part.replace('</table>', '</table></div>').replace('<th>', SCOPED)}"
        for number, part in enumerate(parts[1:], 1)
    )
    return "".join([parts[0], *numbered])
