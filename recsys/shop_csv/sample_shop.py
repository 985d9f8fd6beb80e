"""The shop that is shipped with the project: when it runs, and the hashes of its files."""

from pathlib import Path

ENDINGS = (".csv", ".csv.gz")

SHA256 = {
    "data_reviews_purchase.csv": (
        "31546e5a8b3e62d9d5baa6b5521bed9bbcdb87e633120946d8022968d4011589"
    ),
    "data_product.csv": (
        "5fa213ef2e4fde4417a8e0bb2dd0a067caa725526a2c2c4d6af3eae176ca007d"
    ),
    "data_product_attribute.csv": (
        "df81a1a305a896c083d4d3d4b3ea23c76870209a019f0491ea65f35c9204c1c8"
    ),
}


def csv_files(folder: Path) -> list[Path]:
    """The CSV files in a folder, by name; `.CSV` is one, a hidden file is none."""
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return [
        path
        for path in paths
        if path.name.lower().endswith(ENDINGS) and not path.name.startswith(".")
    ]


def folder_of(raw: Path, sample: Path | None) -> Path:
    """The folder whose three files run: `sample` while the shop has put no CSV file into `raw`.

    Never both: one CSV file in `raw` is enough, and what is missing beside it is an error.
    """
    if sample is None or csv_files(raw) or not csv_files(sample):
        return raw
    return sample


def is_part(file: str, sha256: str) -> bool:
    """Whether a file of this name and hash is one of the sample shop."""
    return SHA256.get(file) == sha256
