"""Texts in arrays: one run of UTF-8 bytes, and where each text ends; and texts found by their hash.

A mapped array of 300,000 ids costs neither time at the start nor a Python object an id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recsys.files.stretches import cells

NOWHERE = -1  # the place of a text that is not there


def packed(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The bytes (uint8) of all texts, and the end of each, (n,) int64."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(text) for text in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends


def unpacked(content: np.ndarray, ends: np.ndarray) -> list[str]:
    """The inverse of `packed`. ValueError unless the ends fit, and each text is UTF-8."""
    check_ends(content, ends)
    whole = content.tobytes()
    bounds = [0, *ends.tolist()]
    return [whole[begin:end].decode() for begin, end in pairwise(bounds)]


def check_ends(content: np.ndarray, ends: np.ndarray) -> None:
    """ValueError unless the ends never fall and the last one is that of the content."""
    last = int(ends[-1]) if len(ends) else 0
    if last != len(content) or (np.diff(ends, prepend=0) < 0).any():
        raise ValueError("ends of texts that do not fit")


def hash_of(text: str) -> int:
    """64 bits that stand for a text."""
    return int.from_bytes(_digest(text), "little")


def hashes_of(texts: Sequence[str]) -> np.ndarray:
    """The hash of each text, (n,) uint64."""
    return np.frombuffer(b"".join(map(_digest, texts)), dtype="<u8")


def _digest(text: str) -> bytes:
    # a command line may bring bytes that are no UTF-8: no id has them
    content = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=8).digest()


def order_by_hash(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of the texts in rising order, (n,) uint64, and the place of each text, int32."""
    hashes = hashes_of(texts)
    order = np.argsort(hashes, kind="stable")
    return hashes[order], order.astype(np.int32)


@dataclass(frozen=True)
class Directory:
    """Texts that are found by their hash: what `packed` and `order_by_hash` give."""

    content: np.ndarray
    ends: np.ndarray
    hashes: np.ndarray
    places: np.ndarray

    def check(self) -> None:
        """ValueError unless the four belong together."""
        check_ends(self.content, self.ends)
        count = len(self.ends)
        lengths = (len(self.hashes), len(self.places))
        if lengths != (count, count) or (self.hashes[1:] < self.hashes[:-1]).any():
            raise ValueError("hashes of texts that do not fit")
        if count and not 0 <= self.places.min() <= self.places.max() < count:
            raise ValueError("a place outside of the texts")
        self.content.tobytes().decode()

    def __len__(self) -> int:
        return len(self.ends)

    def text(self, place: int) -> str:
        """The text at a place."""
        begin = int(self.ends[place - 1]) if place else 0
        return self.content[begin : int(self.ends[place])].tobytes().decode()

    def find(self, text: str) -> int | None:
        """The place of a text, or None."""
        wanted = np.uint64(hash_of(text))
        at = int(self.hashes.searchsorted(wanted))
        while at < len(self.hashes) and self.hashes[at] == wanted:
            place = int(self.places[at])
            if self.text(place) == text:
                return place
            at += 1
        return None

    def find_all(
        self, texts: Sequence[str], hashes: np.ndarray | None = None
    ) -> np.ndarray:
        """The place of each text, (n,) int64; NOWHERE for one that is not here. `hashes`: those of
        the texts, where they are known.
        """
        found = np.full(len(texts), NOWHERE, np.int64)
        if not len(self):
            return found
        wanted = hashes_of(texts) if hashes is None else hashes
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self) - 1)
        places = self.places[at].astype(np.int64)
        is_there = self.hashes[at] == wanted
        is_it = self._are(places, texts)
        found[is_there & is_it] = places[is_there & is_it]
        for index in np.flatnonzero(is_there & ~is_it).tolist():
            place = self.find(texts[index])  # there is another text of the same hash
            found[index] = NOWHERE if place is None else place
        return found

    def _are(self, places: np.ndarray, texts: Sequence[str]) -> np.ndarray:
        """Whether the text at each place (n,) is this one, (n,) bool."""
        begins = np.concatenate([[0], self.ends[:-1]])[places]
        content, ends = packed(texts)
        length = np.diff(ends, prepend=0)
        is_it: np.ndarray = self.ends[places] - begins == length
        same = np.flatnonzero(is_it)
        of, their = length[same], (ends - length)[same]
        differ = self.content[cells(begins[same], of)] != content[cells(their, of)]
        is_it[np.repeat(same, of)[differ]] = False
        return is_it
