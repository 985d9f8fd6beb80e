"""Where the files stand that refused rows are exported from and fed back to."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The project's folders, as dvc.yaml has them."""

    root: Path

    @property
    def merged(self) -> Path:
        return self.root / "data/merged"

    @property
    def quarantine(self) -> Path:
        return self.root / "data/merged/quarantine.parquet"

    @property
    def merge_metrics(self) -> Path:
        return self.root / "metrics/merge.json"

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"

    def raw_file(self, name: str) -> Path:
        """A file of the shop's own; of the sample shop, where the shop has none of this name."""
        own = self.root / "data/raw" / name
        return own if own.is_file() else self.root / "data/sample" / name

    @property
    def staging(self) -> Path:
        return self.root / "data/staging"

    @property
    def batches(self) -> Path:
        return self.root / "data/batches"
