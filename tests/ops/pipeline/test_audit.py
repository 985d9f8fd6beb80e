"""An audit says equal only of what raw data and batches make, names what differs, and leaves
nothing behind.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import audit
from ops.pipeline.audit import Finding
from recsys.program.errors import ConfigError, DataError, UserError
from tests.worlds import Shop, complains, make_shop, snapshot

FILES = (
    "data/merged/interactions.parquet",
    "data/merged/products.parquet",
    "data/merged/quarantine.parquet",
    "metrics/merge.json",
    "data/processed/interactions.parquet",
    "data/processed/data_stats.json",
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a batch, a refused row in it and one in raw, after a real `dvc repro process`."""
    shop = make_shop(tmp_path_factory.mktemp("audited") / "shop")
    shop.drop(
        "a.csv",
        "z,p1,5,mới,2024-02-01 10:00:00",
        "z,p2,4,mới,2024-02-02 10:00:00",
        "z,p3,9,,2024-02-03",
    )
    for name in ("recsys", "stages"):
        shutil.copytree(
            ROOT / name,
            shop.folder / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for name in ("dvc.yaml", "params.yaml", ".dvcignore"):
        shutil.copyfile(ROOT / name, shop.folder / name)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    for command in (["init", "--quiet", "--no-scm"], ["repro", "process"]):
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *command],
            cwd=shop.folder,
            capture_output=True,
            text=True,
            check=False,
            env=environment
            | {
                "DVC_SITE_CACHE_DIR": str(shop.folder / "site"),
                "DVC_NO_ANALYTICS": "1",
            },
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return shop.folder


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Shop:
    shutil.copytree(
        template, tmp_path / "shop", ignore=shutil.ignore_patterns(".dvc", "site")
    )
    return Shop(tmp_path / "shop")


def found(shop: Shop) -> dict[str, str]:
    return {
        each.path: each.verdict
        for each in audit.audit(shop.folder, shop.folder / "state")
    }


def command(shop: Shop) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.pipeline.audit"],
        cwd=shop.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def flip(path: Path) -> None:
    """One bit of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_all_is_equal_nothing_is_left_and_nothing_was_touched(shop: Shop) -> None:
    waiting = shop.drop("b.csv", "y,p1,5,mới,2024-02-01 10:00:00")
    left = shop.folder / "state/audit-killed"
    left.mkdir(parents=True)
    (left / "x").touch()
    before = snapshot(shop.folder)
    done = command(shop)
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows, _, last = done.stdout.splitlines()
    assert header.split()[:2] == ["VERDICT", "FILE"]
    assert {row.split()[0] for row in rows} == {"equal"}
    assert set(FILES) <= {row.split()[1] for row in rows}
    assert last == f"all {len(rows)} files are what raw data, batches and params make"
    after = snapshot(shop.folder)
    assert before.pop("state/audit-killed/x") == after.pop("state/repro.lock") == b""
    assert after == before
    assert waiting.exists()


def test_a_changed_out_and_a_missing_one_are_named(shop: Shop) -> None:
    flip(shop.processed / "data_stats.json")
    (shop.merged / "quarantine.parquet").unlink()
    done = command(shop)
    assert done.returncode == 3
    assert done.stderr == (
        "error: data/merged/quarantine.parquet: missing (and 1 more); make the data anew with "
        "`dvc repro --force process`\n"
    )
    assert [
        line.split()[:2]
        for line in done.stdout.splitlines()[1:]
        if not line.startswith("equal")
    ] == [
        ["missing", "data/merged/quarantine.parquet"],
        ["differs", "data/processed/data_stats.json"],
    ]


def test_a_row_that_was_taken_out_of_raw_data_shows(shop: Shop) -> None:
    """The outs are no longer what raw data makes; what does not hang on the row is equal."""
    text = shop.reviews.read_text(encoding="utf-8")
    shop.reviews.write_text(
        text.replace("a,p3,1,tệ,,2024-01-03 10:00:00\n", ""), encoding="utf-8"
    )
    verdicts = found(shop)
    assert verdicts["data/merged/interactions.parquet"] == "differs"
    assert verdicts["data/merged/products.parquet"] == "equal"


def test_a_lock_file_of_other_data_shows(shop: Shop) -> None:
    lock = shop.folder / "dvc.lock"
    digest = audit.md5_of(shop.metrics)
    text = lock.read_text(encoding="utf-8")
    assert text.count(digest) == 1
    lock.write_text(text.replace(digest, "0" * 32), encoding="utf-8")
    assert {
        path: verdict for path, verdict in found(shop).items() if verdict != "equal"
    } == {"metrics/merge.json": "not in dvc.lock"}


def test_a_rebuild_that_fails_has_the_exit_code_of_its_stage_and_its_last_words(
    shop: Shop,
) -> None:
    shop.products.unlink()
    done = command(shop)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "error: the rebuild with `python -m stages.merge data/raw"
    )
    assert "failed: data/raw/data_product.csv (product_id" in done.stderr
    assert done.stderr.count("\n") == 1
    assert list((shop.folder / "state").glob("audit-*")) == []


def test_beside_a_repro_it_is_exit_5(shop: Shop) -> None:
    state = shop.folder / "state"
    state.mkdir()
    with (state / "repro.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        assert command(shop).returncode == 5


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("dvc.lock", None, DataError),
        ("dvc.yaml", None, DataError),
        ("dvc.lock", "", ConfigError),
        ("dvc.lock", "stages: {merge: {}}", ConfigError),
        ("dvc.yaml", "stages: [", ConfigError),
    ],
)
def test_files_of_dvc_that_cannot_be_read(
    tmp_path: Path, name: str, text: str | None, kind: type[UserError]
) -> None:
    for each in ("dvc.yaml", "dvc.lock"):
        (tmp_path / each).write_text("stages: {merge: {}, process: {}}")
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text)
    with complains(kind, tmp_path / name):
        audit.audit(tmp_path, tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_outs_of_a_stage_are_read_as_dvc_writes_them() -> None:
    stage = {
        "outs": ["a", {"b": {"persist": True}}],
        "metrics": [{"c": {"cache": False}}],
        "plots": ["d"],
    }
    assert audit.outs(stage) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("here", "locked", "verdict"),
    [
        ("a", True, "equal"),
        ("a", False, "not in dvc.lock"),
        ("b", True, "differs"),
        ("b", False, "differs"),
        (None, True, "missing"),
    ],
)
def test_verdicts(here: str | None, locked: bool, verdict: str) -> None:
    assert Finding("f", "a", here, locked).verdict == verdict


def test_only_a_python_program_is_run(tmp_path: Path) -> None:
    with complains(ConfigError, "dvc.yaml", "rm -r x"):
        audit.rebuild("rm -r x", tmp_path, tmp_path)
