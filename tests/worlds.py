"""Tiny worlds with known answers, and the files of them."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.linalg
from ruamel.yaml import YAML
from scipy.sparse import csr_matrix, save_npz
from threadpoolctl import threadpool_limits

from bench.house.imports import ROOT
from recsys.files.arrays import pack_ids
from recsys.files.atomic import write_json
from recsys.files.tables import write_table
from recsys.program.errors import UserError
from recsys.registry import store

REVIEW_COLUMNS = "user_id,product_id,rating,comment,processed_comment,cmt_date"
PRODUCT_COLUMNS = (
    "product_id,product_name,brand,type,price,"
    "avg_star,num_sold_time,processed_description"
)
ATTRIBUTE_COLUMNS = (
    "product_id,ingredient,feature,skin_type,capacity,design,brand,expiry,origin"
)
DROP_COLUMNS = "user_id,product_id,rating,comment,timestamp"

PRODUCT_LINES = (
    "p1,Sữa rửa mặt,Rosa,cleanser,100,5,9,rửa sạch da dầu",
    "p2,Kem dưỡng,,cream,200,5,9,dưỡng ẩm da khô",
    "p3,Son môi,Rosa,lipstick,300,5,9,",
)
ATTRIBUTE_LINES = (
    "p1,nước,da dầu,dầu,100ml,,Rosa,,VN",
    "p2,nước,da khô,khô,50ml,,Lan,,VN",
)
REVIEW_LINES = (
    "a,p1,5,tốt lắm,,2024-01-01 10:00:00",
    "a,p2,4,,,2024-01-02 10:00:00",
    "a,p3,1,tệ,,2024-01-03 10:00:00",
    "b,p1,5,,,2024-01-01 11:00:00",
    "b,p3,5,đẹp,,2024-01-05 11:00:00",
    "b,p2,2,,,2024-01-06 11:00:00",
    "c,p2,5,,,2024-01-04 12:00:00",
)


def lines(header: str, rows: Iterable[str]) -> str:
    """CSV text: a header and rows."""
    return "\n".join([header, *rows, ""])


@dataclass(frozen=True)
class Shop:
    """A shop's folder, laid out as dvc.yaml has it."""

    folder: Path

    @property
    def raw(self) -> Path:
        return self.folder / "data/raw"

    @property
    def sample(self) -> Path:
        return self.folder / "data/sample"

    @property
    def staging(self) -> Path:
        return self.folder / "data/staging"

    @property
    def batches(self) -> Path:
        return self.folder / "data/batches"

    @property
    def merged(self) -> Path:
        return self.folder / "data/merged"

    @property
    def processed(self) -> Path:
        return self.folder / "data/processed"

    @property
    def embeddings(self) -> Path:
        return self.folder / "data/embeddings/items.npz"

    @property
    def cache(self) -> Path:
        return self.folder / "data/cache/quality.bin"

    @property
    def reviews(self) -> Path:
        return self.raw / "data_reviews_purchase.csv"

    @property
    def products(self) -> Path:
        return self.raw / "data_product.csv"

    @property
    def attributes(self) -> Path:
        return self.raw / "data_product_attribute.csv"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics/merge.json"

    @property
    def params(self) -> Path:
        return self.folder / "params.yaml"

    def drop(self, name: str, *rows: str) -> Path:
        """What the web app leaves in staging."""
        path = self.staging / name
        path.write_text(lines(DROP_COLUMNS, rows), encoding="utf-8")
        return path

    def configure(self, **sections: dict[str, Any]) -> None:
        """Write params.yaml: the repository's, with these keys of sections replaced."""
        tree = json.loads(shipped_params())
        for name, keys in sections.items():
            tree[name] = {**tree[name], **keys}
        self.params.write_text(
            json.dumps(tree, indent=1), encoding="utf-8"
        )  # JSON is YAML


@cache
def shipped_params() -> str:
    """The repository's params.yaml as JSON: to parse YAML takes 0.1 s, for each of many shops."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    return json.dumps(YAML(typ="safe", pure=True).load(text))


def make_shop(
    folder: Path,
    reviews: Iterable[str] = REVIEW_LINES,
    products: Iterable[str] = PRODUCT_LINES,
    attributes: Iterable[str] = ATTRIBUTE_LINES,
) -> Shop:
    """A shop of three users and three products; with params.yaml as the repository has it."""
    shop = Shop(folder)
    for path in (shop.raw, shop.sample, shop.staging, shop.batches):
        path.mkdir(parents=True)
    for path, header, rows in (
        (shop.reviews, REVIEW_COLUMNS, reviews),
        (shop.products, PRODUCT_COLUMNS, products),
        (shop.attributes, ATTRIBUTE_COLUMNS, attributes),
    ):
        path.write_text(lines(header, rows), encoding="utf-8")
    shop.configure()
    return shop


def empty_store(factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow store that no process has open, made once. Copy it before you use it."""
    made = factory.getbasetemp() / "empty_store" / "mlruns"
    if not made.exists():
        store.dispose(store.client(made))
    return made


def copy_store(factory: pytest.TempPathFactory, folder: Path) -> Path:
    """An empty MLflow store of its own in `folder`/mlruns."""
    mlruns = folder / "mlruns"
    shutil.copytree(empty_store(factory), mlruns)
    with closing(sqlite3.connect(mlruns / store.DATABASE)) as database, database:
        database.execute(
            "UPDATE experiments SET artifact_location = ?",
            ((mlruns / "artifacts").resolve().as_uri(),),
        )
    return mlruns


def even_odd(users: int = 12, items: int = 10) -> csr_matrix:
    """Even users like even items and odd users odd ones; user u has not touched item u % items."""
    likes = np.add.outer(np.arange(users), np.arange(items)) % 2 == 0
    likes[np.arange(users), np.arange(users) % items] = False
    return csr_matrix(likes.astype(np.float32))


def popular_last(users: int = 40, items: int = 30) -> csr_matrix:
    """Half of the users have the last item only.

    The others have two of their own, and will take the last one next.
    """
    likes = np.zeros((users, items), dtype=np.float32)
    likes[:, -1] = 1
    for user in range(users // 2):
        likes[user, [user % (items - 1), (user + 1) % (items - 1)]] = 1
    return csr_matrix(likes)


def parity_vectors(items: int = 10) -> np.ndarray:
    """Embeddings (items, 3) float32 of length 1: even items are like even ones, odd like odd."""
    angle = np.arange(items) / (4 * items)
    sides = [np.cos(angle) * (np.arange(items) % 2 == side) for side in (0, 1)]
    return np.stack([*sides, np.sin(angle)], axis=1).astype(np.float32)


def processed_shop(
    folder: Path,
    user_items: csr_matrix,
    dislikes: csr_matrix | None = None,
    vectors: np.ndarray | None = None,
) -> Shop:
    """What process and embed would write of a world: users u0, u1 ..., items p0, p1 ...

    The confidence of a positive is 5. Each user's last positive is held out for validation, if
    there is another one.
    """
    shop = make_shop(folder)
    users, items = user_items.shape
    user_items = csr_matrix(user_items)
    for name, column, letter, count in (
        ("users", "user_id", "u", users),
        ("items", "product_id", "p", items),
    ):
        ids = pl.DataFrame({column: [f"{letter}{index}" for index in range(count)]})
        write_table(ids, shop.processed / f"{name}.parquet")
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    save_npz(shop.processed / "X_train_confidence.npz", user_items * np.float32(5))
    save_npz(shop.processed / "X_train_binary.npz", user_items)
    save_npz(shop.processed / "X_train_ages.npz", last_is_latest(user_items))
    save_npz(
        shop.processed / "X_hard_negatives.npz",
        nothing if dislikes is None else dislikes,
    )
    held_out = [
        (user, int(row.indices.max()))
        for user in range(users)
        if (row := user_items[user]).nnz > 1
    ]
    schema = {"user_index": pl.Int32, "item_index": pl.Int32}
    write_table(
        pl.DataFrame(held_out, schema=schema, orient="row"),
        shop.processed / "validation.parquet",
    )
    write_json(shop.processed / "split.json", {"split": "leave_one_out"})
    write_embeddings(shop, parity_vectors(items) if vectors is None else vectors)
    return shop


def last_is_latest(user_items: csr_matrix) -> csr_matrix:
    """The ages of positives where each user's last item is the latest one."""
    ages = csr_matrix(user_items, dtype=np.float32, copy=True)
    counts = np.diff(ages.indptr)
    ages.data = np.concatenate([np.arange(n, 0, -1, np.float32) for n in counts])
    return ages


def write_embeddings(shop: Shop, vectors: np.ndarray) -> None:
    """items.npz with these vectors for p0, p1 ..."""
    shop.embeddings.parent.mkdir(parents=True, exist_ok=True)
    ids = pack_ids([f"p{item}" for item in range(len(vectors))])
    encoder = np.frombuffer(b"by hand", dtype=np.uint8)
    np.savez(shop.embeddings, product_ids=ids, vectors=vectors, encoder=encoder)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Bytes of every file under a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """What stages/__init__.py sees to in a process of its own."""
    scipy.linalg.get_blas_funcs(
        "gemm"
    )  # its BLAS has to be loaded before it can be limited
    with threadpool_limits(1, "blas"):
        yield


@contextmanager
def complains(kind: type[UserError], *words: object) -> Iterator[None]:
    """The block raises this error in one line that has all these words."""
    with pytest.raises(kind) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert str(word) in message
