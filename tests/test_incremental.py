"""After any drops the outs are, byte for byte, those of a clean run on raw data and all batches.

The drops have new users, users who become trainable, other ratings of known pairs, exact
duplicates, late events, new products, cross-listed copies and bad rows. The incremental way keeps
its caches; the clean way has none.
"""

import csv
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.intake.compaction import compact
from stages import merge, process

PARAMS = ROOT / "params.yaml"
START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = (
    "tốt",
    "thơm",
    "dịu nhẹ",
    "khô da",
    "không hợp",
    "giá rẻ",
    "sẽ mua lại",
    "gây kích ứng",
    "giao nhanh",
    "thấm",
)
OUTS = ("merged", "processed")


def review(rng: random.Random, users: int, products: int) -> list[str]:
    """user, product, rating, comment, time: sometimes wrong."""
    rating = rng.choice(["5", "5", "5", "4", "3", "1", "4.5", "0", "năm"])
    comment = " ".join(rng.choices(WORDS, k=rng.randrange(6)))
    when = START + timedelta(minutes=rng.randrange(400_000))
    return [
        f"u{rng.randrange(users)}",
        f"p{rng.randrange(products)}",
        rating,
        comment,
        when.isoformat(),
    ]


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows([header, *rows])


def make_raw(folder: Path, rng: random.Random) -> list[list[str]]:
    folder.mkdir(parents=True)
    rows = [review(rng, 40, 12) for _ in range(150)]
    write(
        folder / "data_reviews_purchase.csv",
        ["user_id", "product_id", "rating", "comment", "cmt_date"],
        rows,
    )
    write(
        folder / "data_product.csv",
        ["product_id", "product_name"],
        [[f"p{n}", f"kem {n}"] for n in range(12)],
    )
    write(
        folder / "data_product_attribute.csv",
        ["product_id", "feature"],
        [["p1", "dịu nhẹ"]],
    )
    return rows


def make_drop(rng: random.Random, known: list[list[str]]) -> list[list[str]]:
    """New rows of old and new users and products, and old rows again.

    The old ones as they are, rated anew, or on another page.
    """
    rows = [review(rng, 60, 15) for _ in range(rng.randrange(1, 25))]
    for old in rng.sample(known, min(len(known), 6)):
        user, product, rating, comment, when = old
        rated_anew = [user, product, "5", comment, when]
        on_another_page = [user, f"p{rng.randrange(15)}", rating, comment, when]
        rows.append(rng.choice([old, rated_anew, on_another_page]))
    rng.shuffle(rows)
    return rows


def run(shop: Path) -> None:
    merge.main(
        shop / "raw",
        shop / "staging",
        shop / "batches",
        shop / "merged",
        shop / "merge.json",
        PARAMS,
    )
    process.main(
        shop / "merged", shop / "cache" / "quality.bin", shop / "processed", PARAMS
    )


def outs(shop: Path) -> dict[str, bytes]:
    files = [path for name in OUTS for path in sorted((shop / name).iterdir())]
    return {
        str(path.relative_to(shop)): path.read_bytes()
        for path in [*files, shop / "merge.json"]
    }


def clean_run(shop: Path, folder: Path) -> dict[str, bytes]:
    """The outs of raw data and batches alone."""
    folder.mkdir()
    for name in ("raw", "batches"):
        shutil.copytree(shop / name, folder / name)
    (folder / "staging").mkdir()
    run(folder)
    return outs(folder)


@pytest.mark.parametrize("seed", range(6))
def test_drops_one_by_one_give_what_a_clean_run_gives(tmp_path, seed):
    rng = random.Random(seed)
    shop = tmp_path / "shop"
    known = make_raw(shop / "raw", rng)
    (shop / "staging").mkdir()
    run(shop)
    for number in range(3):
        drop = make_drop(rng, known)
        write(
            shop / "staging" / f"drop{number}.csv",
            ["user_id", "product_id", "rating", "comment", "timestamp"],
            drop,
        )
        known += drop
        run(shop)
        assert outs(shop) == clean_run(shop, tmp_path / f"clean{number}")
    before = outs(shop)
    assert compact(shop / "batches") is not None
    run(shop)
    assert outs(shop) == before, "folded batches give the same outs"


def test_a_drop_changes_the_outs(tmp_path):
    """Or the comparison above would prove nothing."""
    rng = random.Random(0)
    shop = tmp_path / "shop"
    known = make_raw(shop / "raw", rng)
    (shop / "staging").mkdir()
    run(shop)
    before = outs(shop)
    write(
        shop / "staging" / "drop.csv",
        ["user_id", "product_id", "rating", "comment", "timestamp"],
        make_drop(rng, known),
    )
    run(shop)
    changed = [name for name, content in outs(shop).items() if content != before[name]]
    assert {
        "merged/interactions.parquet",
        "processed/interactions.parquet",
        "merge.json",
    } <= set(changed)
