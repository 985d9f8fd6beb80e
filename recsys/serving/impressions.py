"""The impression log: which products were shown to whom by which model, a JSON object a line.

It is off unless a file is named. What an online metric needs is in it: join `request_id` or user
and product with what was clicked or bought later. A file that has grown to `largest` is renamed to
FILE.1, FILE.1 to FILE.2 and so on; the oldest goes.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

LARGEST = 64 << 20  # bytes of a file
KEPT = 5  # former files


class Impressions:
    """A file that is appended to. A disk that is full loses lines, never an answer."""

    def __init__(self, path: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        self.path, self.largest, self.kept = path, largest, kept
        self.lost = 0  # lines that could not be written
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file: IO[str] = self._open()

    def shown(
        self, request_id: str, model_id: str, user: str | None, products: Sequence[str]
    ) -> None:
        """Write one list down."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "model_id": model_id,
            "user_id": user,
            "products": list(products),
        }
        try:
            self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.file.flush()
            if self.file.tell() >= self.largest:
                self._rotate()
        except OSError:
            self.lost += 1

    def close(self) -> None:
        """Let the file go."""
        self.file.close()

    def _open(self) -> IO[str]:
        return self.path.open("a", encoding="utf-8", newline="\n")

    def _rotate(self) -> None:
        self.file.close()
        for number in range(self.kept, 0, -1):
            former = self._numbered(number - 1)
            if former.exists():
                former.replace(self._numbered(number))
        self.file = self._open()

    def _numbered(self, number: int) -> Path:
        return (
            self.path.with_name(f"{self.path.name}.{number}") if number else self.path
        )
