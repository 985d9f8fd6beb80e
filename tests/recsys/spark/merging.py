"""The stage merge as a program, by one engine or the other, over a shop with awkward rows."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench.house.imports import ROOT
from tests.recsys.spark.engines import SECTION

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ODD = (
    'u1,422216432,5,"two\nlines, and ""quotes""",2024-01-02T10:00:00+07:00\n',
    'u2,422216432,4,"lost quote,2024-01-02T10:00:00+07:00\n',
    "u3,422216432,many,no number,2024-01-02T10:00:00+07:00\n",
    "u4,422216432,5,no time,yesterday\n",
    "u5,unknown,5,,2024-01-02T10:00:00+07:00\n",
    "\n",
    "u6,422216432,5,cut\n",
    "U1,422216432,3,u1 in another case,2024-01-03 10:00\n",
    "u\u200b7,422216432,3,an unseen blank,2024-01-03 10:00\n",
)


def shop(folder: Path, copies: int = 100) -> Path:
    """A folder with data/raw of the sample shop, and a drop in data/staging that has each odd row
    many times among good ones: some of them are equal.
    """
    raw, staging = folder / "raw", folder / "staging"
    raw.mkdir(parents=True)
    staging.mkdir()
    for path in (ROOT / "data/sample").glob("*.csv"):
        (raw / path.name).write_bytes(path.read_bytes())
    products = (raw / "data_product.csv").read_text(encoding="utf-8").splitlines()
    known = products[1].split(",")[0]
    rows = [HEADER]
    for at in range(copies):
        odd = ODD if at % 20 == 0 else ODD[:1] + ODD[2:]  # a lost quote is rare
        rows += [one.replace("422216432", known) for one in odd]
        rows += [
            f"v{(at * 7 + n) % 99},{known},5,good {n % 13},2024-02-01 10:00\n"
            for n in range(30)
        ]
    (staging / "drop.csv").write_text("".join(rows), encoding="utf-8")
    return folder


def params(folder: Path, **engine: Any) -> Path:
    """The shipped params, with this engine."""
    yaml = YAML()
    tree = yaml.load(ROOT / "params.yaml")
    tree["engine"] = SECTION | engine
    tree["merge"]["settle_s"] = 0.0
    path = folder / f"{engine.get('name', 'spark')}.yaml"
    yaml.dump(tree, path)
    return path


def begun(folder: Path, out: str, **engine: Any) -> "subprocess.Popen[str]":
    """The stage, begun; its outs go to `out`."""
    arguments = [
        *("raw", "staging", "batches", out, f"{out}/merge.json"),
        *("--params", params(folder, **engine)),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "stages.merge", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def merged(folder: Path, out: str, **engine: Any) -> tuple[dict[str, str], str]:
    """sha256 of each out by name, and what the stage has said."""
    process = begun(folder, out, **engine)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    return hashes(folder / out), said


def hashes(out: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.iterdir())
    }
