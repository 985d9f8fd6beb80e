"""The checks of what is kept: the databases can be read, the vectors are those of the products.

reads   state/runner.db, state/alerts.db, mlruns/mlflow.db or a shared store,
        data/merged/products.parquet, data/embeddings/items.npz
writes  nothing
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ops.alerts import outbox
from ops.health import checks
from ops.health.checks import GB, Check, Subject
from recsys.files import sqlite
from recsys.program.errors import StoreError
from recsys.registry import store
from recsys.shared_store import address, rest
from recsys.shared_store.address import Address

QUICK_GB = 0.1  # a larger database is opened, not read whole
PRODUCTS = "data/merged/products.parquet"
VECTORS = "data/embeddings/items.npz"
EMBED = "run `python runner.py run embed`"


def look(subject: Subject) -> list[Check]:
    """Databases, the shared store if there is one, then vectors."""
    there = address.shared()
    asked: checks.Looks = [("server", lambda: _server(there))] if there else []
    return checks.of(
        "store",
        [
            ("databases", lambda: _databases(subject)),
            *asked,
            ("embeddings", lambda: _embeddings(subject.root)),
        ],
    )


def _databases(subject: Subject) -> Check:
    if not store.exists(subject.mlruns):
        # here: it loads what promotes
        from ops.deploy.site import refuse_if_live

        refuse_if_live(subject.mlruns, subject.state)
    return check_databases(databases(subject))


def databases(subject: Subject) -> list[Path]:
    """The databases that there may be; MLflow's own only where the store is here."""
    own = [subject.db, outbox.database(subject.state)]
    return own if address.shared() else [*own, subject.mlruns / "mlflow.db"]


def _server(there: Address) -> Check:
    """Whether the shared store answers. StoreError if not."""
    servers = dict.fromkeys((there.tracking, there.registry))
    told = ", ".join(f"{each} (MLflow {rest.version(each)})" for each in servers)
    return Check("store", "server", "ok", told)


def check_databases(paths: list[Path]) -> Check:
    """Whether each one that is there can be read. StoreError names the first that cannot."""
    found = [path for path in paths if path.exists()]
    for path in found:
        _read(path)
    names = ", ".join(path.name for path in found)
    return Check("store", "databases", "ok", f"{names or 'none yet'}")


def _read(path: Path) -> None:
    advice = (
        "restore it from a copy, or move it away: what stands in it is then forgotten"
    )
    with (
        sqlite.refusals_told(path, advice),
        closing(sqlite.connect(path, read_only=True)) as connection,
    ):
        if path.stat().st_size < QUICK_GB * GB:
            [(said,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
            if said != "ok":
                raise sqlite3.DatabaseError(said)
        else:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _embeddings(root: Path) -> Check:
    products, vectors = root / PRODUCTS, root / VECTORS
    if not products.exists():
        return Check("store", "embeddings", "ok", "no products yet")
    if not vectors.exists():
        raise StoreError(f"{vectors}: no such file; {EMBED}")
    # here: they load numpy and polars
    from recsys.files.tables import read_table
    from recsys.files.vectors_by_id import read_vectors

    known = set(read_vectors(vectors).ids)
    return check_embeddings(set(read_table(products)["product_id"].to_list()), known)


def check_embeddings(products: set[str], vectors: set[str]) -> Check:
    """Whether each product has a vector. A warning: the others are recommended without a text."""
    without = len(products - vectors)
    value = f"{len(products & vectors)} of {len(products)} products have a vector"
    step = EMBED if without else ""
    level: checks.Level = "warning" if without else "ok"
    return Check("store", "embeddings", level, value, "every product", step)
