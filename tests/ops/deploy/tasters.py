"""A shop of people with one of three tastes, and models that know these more or less well."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from ops.deploy.releases import Places
from ops.deploy.site import Rules, Site
from recsys.files.tables import write_table
from recsys.models import learned, model_folder
from recsys.models.factors import Factors
from recsys.models.fold_in import LeastSquares
from recsys.program import params as parameters
from recsys.registry import store, versions
from recsys.statistics import gate
from tests.worlds import processed_shop

ROOT = Path(__file__).parents[3]
USERS, ITEMS, TASTES = 600, 60, 3
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
RULE = LeastSquares(5.0, 1.0, 0.0, 1.0)
FACTORS_ALONE = {"content": 0.0, "popularity": 0.0, "neighbours": 0.0}


class Tasters:
    """The folder of the shop, and models that are registered for it by their quality."""

    def __init__(self, shop, zone, users: int = USERS) -> None:
        self.shop, self.zone, self.users = shop, zone, users
        self.folder = shop.mlruns.parent
        rng = np.random.default_rng(7)
        self.liked, test = np.zeros((2, users, ITEMS), np.float32)
        for user in range(users):
            items = rng.permutation(np.arange(user % TASTES, ITEMS, TASTES))[:5]
            self.liked[user, items[:4]], test[user, items[4]] = 1, 1
        self.test = test
        made = processed_shop(self.folder, csr_matrix(self.liked))
        self.write_events(made.processed, test)
        (self.folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())

    def write_events(self, processed: Path, test: np.ndarray) -> None:
        """The events and the test pairs that process would write, and the products of merge."""
        frames = []
        for part, cells in (("train", self.liked), ("test", test)):
            user, item = (places.astype(np.int32) for places in cells.nonzero())
            frames.append(
                pl.DataFrame({"user_index": user, "item_index": item}).with_columns(
                    user_id=pl.format("u{}", "user_index"),
                    product_id=pl.format("p{}", "item_index"),
                    rating=pl.lit(5.0),
                    confidence=pl.lit(5.0, dtype=pl.Float32),
                    part=pl.lit(part),
                    timestamp=pl.lit(BEFORE),
                )
            )
        write_table(pl.concat(frames), processed / "interactions.parquet")
        write_table(frames[1], processed / "test.parquet")
        ids = [f"p{item}" for item in range(ITEMS)]
        texts = {
            "product_name": ids,
            "brand": ["Rosa"] * ITEMS,
            "type": ["kem"] * ITEMS,
        }
        write_table(
            pl.DataFrame({"product_id": ids, **texts}),
            self.folder / "data/merged/products.parquet",
        )

    def site(self) -> Site:
        """Where a promotion goes through the gate."""
        params = parameters.load(gate.Params, "gate", self.folder / "params.yaml")
        return Site(
            *(self.shop.client, self.shop.db, None, self.shop.clock),
            places=Places(self.folder),
            who="lan@shop",
            rules=Rules(params, self.zone),
        )

    def train(
        self,
        wrong: float,
        recipe: str = "r1",
        seed: int = 0,
        staged: bool = True,
        began_at: str = "off",
    ) -> str:
        """Register and stage a model, this share of whose items is in groups that say nothing.

        Its id. Another seed makes another model that is about as good. The one that it `began_at`
        has learned from what the first user buys next.
        """
        rng = np.random.default_rng(1)
        taste = np.arange(ITEMS) % TASTES
        is_wrong = rng.permutation(ITEMS) < round(wrong * ITEMS)
        taste[is_wrong] = (np.arange(ITEMS) * TASTES // ITEMS)[is_wrong]  # says nothing
        drawn = (
            np.random.default_rng(seed).normal(size=(ITEMS, 2)).astype(np.float32) / 10
        )
        rows = np.hstack([np.eye(TASTES, dtype=np.float32)[taste], drawn])
        known = csr_matrix(self.liked)
        factors = Factors(
            [f"u{user}" for user in range(self.users)],
            [f"p{item}" for item in range(ITEMS)],
            *(RULE(rows, known, 0 * known), rows, RULE),
        )
        params = {"hybrid": FACTORS_ALONE, "cold_threshold": 5, "warm_start": began_at}
        folder = self.folder / "models" / f"als {wrong} {seed} {began_at}"
        model_id = model_folder.save(factors, [], "als", params, {}, folder)
        if began_at != "off":
            learned.write(
                folder, csr_matrix(self.test * (np.arange(self.users) == 0)[:, None])
            )
        run = self.shop.client.create_run(
            store.experiment_id(self.shop.client), tags={"recipe.als": recipe}
        )
        number = self.shop.register(model_id, run.info.run_id)
        assert not staged or versions.stage(self.shop.client, number)
        return model_id

    def buy(self, when: datetime, users: int, seed: int = 0, first: int = 0) -> None:
        """So many users, from the first on, buy another item of their taste, which process has
        taken in.
        """
        path = self.folder / "data/processed/interactions.parquet"
        table, rng = pl.read_parquet(path), np.random.default_rng(seed)
        had = self.liked.copy()
        had[table["user_index"], table["item_index"]] = 1
        rows = []
        for user in range(first, first + users):
            left = [
                item
                for item in range(user % TASTES, ITEMS, TASTES)
                if not had[user, item]
            ]
            rows.append((user, int(rng.choice(left))))
        made = pl.DataFrame(rows, schema=["user_index", "item_index"], orient="row")
        bought = made.cast(pl.Int32).with_columns(
            user_id=pl.format("u{}", "user_index"),
            product_id=pl.format("p{}", "item_index"),
            rating=pl.lit(5.0),
            confidence=pl.lit(5.0, dtype=pl.Float32),
            part=pl.lit("test"),
            timestamp=pl.lit(when),
        )
        write_table(pl.concat([table, bought]), path)
