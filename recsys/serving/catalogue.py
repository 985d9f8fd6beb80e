"""The products of a release for those who ask: found by id, filtered by brand and type, hidden."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np

from recsys.program.errors import ConfigError, DataError
from recsys.serving.hidden import readings, unquoted
from recsys.serving.release import Release

SHOWN = 60  # characters of a wrong value in a message
FILTERS = ("brand", "type")


# what nobody sees, as recsys/files/normal_forms.py has it; here without Polars
_INVISIBLE = re.compile(
    r"[\xAD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E"
    r"\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB"
    r"\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]"
)
_BLANKS = re.compile(r"[ \xA0\u1680\u2000-\u200A\u202F\u205F\u3000\u2800]+")


def plain(text: str) -> str:
    """An id as the data has it (recsys/shop_csv/cells.py): trimmed, in NFC, without what nobody
    sees, and one usual blank for blanks of any kind.
    """
    if text.isascii():  # most are
        return _BLANKS.sub(" ", text.strip())
    seen = _INVISIBLE.sub("", _composed(text.strip()))
    return _composed(_BLANKS.sub(" ", seen)).strip()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """A brand or type as it is compared: case, spaces and the form of accents do not count."""
    return " ".join(plain(text).casefold().split())


class Catalogue:
    """Products by index, with what is hidden of them."""

    def __init__(self, release: Release) -> None:
        self.ids = release.texts["item_ids"]
        self.names = release.texts["names"]
        self.index = {product: item for item, product in enumerate(self.ids)}
        of = {"brand": release.texts["brands"], "type": release.texts["types"]}
        self.codes = {name: _coded(texts) for name, texts in of.items()}
        self.hide(())

    def __len__(self) -> int:
        return len(self.ids)

    def hide(self, lines: Iterable[str], delisted: Iterable[str] = ()) -> None:
        """Hide what these lines of a hide list name, and what is `delisted`, and nothing else;
        `not_named` has the lines that name no product of the model.
        """
        hidden, gone = (np.zeros(len(self.ids), dtype=bool) for _ in range(2))
        not_named = []
        for line in lines:
            hidden[found := self._named(line)] = True
            if not found:
                not_named.append(line)
        gone[self.items(map(unquoted, delisted))] = True
        # each whole: lists are made meanwhile
        self.hidden, self.delisted = hidden | gone, gone
        self.hides = bool(self.hidden.any())
        self.not_named = not_named

    def _named(self, line: str) -> list[int]:
        for products in readings(line):
            if products and not self.unknown(products):
                return self.items(products)
        return []

    def items(self, products: Iterable[str]) -> list[int]:
        """The indices of the products that are known, each once, in rising order."""
        found = {self.index.get(plain(product), -1) for product in products}
        return sorted(found - {-1})

    def unknown(self, products: Iterable[str]) -> list[str]:
        """Those that are not known."""
        return [product for product in products if plain(product) not in self.index]

    def item(self, product: str) -> int:
        """The index of a product. DataError if it is unknown."""
        item = self.index.get(plain(product))
        if item is None:
            raise DataError(
                f"product {product[:SHOWN]!r} is not in the model; it knows {len(self)} products"
            )
        return item

    def allowed(self, brand: str | None, type_: str | None) -> np.ndarray | None:
        """Which products may be shown, (items,) bool; None if all may.

        ConfigError if none is of that brand or type.
        """
        if brand is None and type_ is None and not self.hides:
            return None
        allowed: np.ndarray = ~self.hidden
        for name, wanted in zip(FILTERS, (brand, type_), strict=True):
            if wanted is not None:
                known, codes = self.codes[name]
                code = known.get(folded(wanted))
                if code is None:
                    raise ConfigError(f"no product of {name} {wanted[:SHOWN]!r}")
                allowed &= codes == code
        return allowed


def _coded(texts: Sequence[str]) -> tuple[dict[str, int], np.ndarray]:
    """A number for each distinct text but "", and those of all texts, (n,) int32."""
    known: dict[str, int] = {}
    codes = [known.setdefault(folded(text), len(known)) for text in texts]
    known.pop("", None)
    return known, np.array(codes, dtype=np.int32)
