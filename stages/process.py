"""Make events of interactions, split them, and lay out the matrices that the models learn from.

reads   interactions.parquet, products.parquet      what merge wrote
        data/cache/quality.*    scores of comments that are known already: speed, never results
writes  interactions.parquet    an event a row: user_id, product_id, user_index (-1: none),
                                item_index, rating, comment_quality, confidence, timestamp,
                                part (train, test, unused); by global_time a pair may have one on
                                each side of the cut
        replaced.parquet        user_id, product_id, rating, comment_quality, timestamp: earlier
                                events of a user and product that a later one has replaced
        users.parquet           user_index, user_id, train_interactions: the trainable users, as
                                they first appeared
        items.parquet           item_index, product_id, train_interactions, in_catalogue: all
                                items, by id
        X_train_confidence.npz  csr (users, items) float32, rating + comment quality of the
                                training positives
        X_train_binary.npz      csr (users, items) float32, 1 where there is a training positive
        X_train_ages.npz        csr (users, items) float32, 1 + how many positives of the user are
                                later (recsys/dataset/ages.py)
        X_hard_negatives.npz    csr (users, items) float32, 1 where there is a dislike
        test.parquet            user_index, item_index, user_id, product_id
        validation.parquet      the same columns: each user's latest training positive, if another
                                one stays. It is in the matrices; whoever chooses a setting takes
                                it out first (recsys/dataset/interactions.py)
        split.json              by which params it was split
        data_stats.json         what there is, for people and for health
"""

import logging
from pathlib import Path

from pydantic import Field

from recsys.comments.quality import QualityParams, score
from recsys.dataset.cross_listed import one_per_cross_listed
from recsys.dataset.data_stats import Reviews, statistics
from recsys.dataset.default_texts import without_default_texts
from recsys.dataset.events import is_raw, to_events
from recsys.dataset.folder import DATA_STATS, Dataset, write_folder, write_split
from recsys.dataset.split import SplitParams, check_usable, split_events
from recsys.files.atomic import write_json
from recsys.files.tables import read_table
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.spark.process import reader_of

log = logging.getLogger("process")
READ = ["user_id", "product_id", "rating", "comment", "timestamp", "file"]


class Params(SplitParams):
    default_text_share: float = Field(gt=0, le=1)
    quality: QualityParams


def main(
    merged: Path, cache: Path, processed: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "process", params)
    products = read_table(merged / "products.parquet", ["product_id"])
    interactions = read_table(merged / "interactions.parquet", READ)
    count = len(interactions)
    comments, defaults = without_default_texts(
        interactions["comment"], interactions["user_id"], settings.default_text_share
    )
    interactions = interactions.with_columns(comment=comments)
    ratings, from_raw = interactions["rating"].to_numpy(), is_raw(interactions["file"])
    with reader_of(params) as reader:
        quality = score(comments, ratings, from_raw, settings.quality, cache, reader)
    single, listed = one_per_cross_listed(
        interactions.with_columns(comment_quality=quality)
    )
    del interactions, comments, ratings  # 20 million of them are gigabytes
    coded = to_events(single, products, settings)
    del single
    split = split_events(coded.events, len(coded.user_ids), settings)
    check_usable(coded.events.rating, split, settings)
    dataset = Dataset(coded, split, settings.positive_threshold)
    write_folder(processed, dataset, products["product_id"])
    write_split(processed, settings)
    stats = statistics(coded, split, settings, Reviews(count, listed, defaults))
    write_json(processed / DATA_STATS, stats)
    log.info(
        "processed: %d interactions, %d events, %d trainable users, %d test interactions",
        count,
        stats["events"],
        stats["trainable_users"],
        stats["test_interactions"],
    )
    for text in defaults.texts:
        log.warning("a default text counts as no comment: %r", text)


if __name__ == "__main__":
    enter(main)
