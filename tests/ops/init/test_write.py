"""What is written: params.yaml that says the mapping, and copies of the files."""

from pathlib import Path
from typing import Any

from bench.house.imports import ROOT
from ops.init.write import check_copies, copy_files, params_text, write_params
from recsys.program.errors import ConfigError
from recsys.program.params import load, read
from recsys.source.params import Params
from tests.ops.init.mapped import RATINGS, planned
from tests.worlds import complains


def source(entry: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {"interactions": [entry], "products": [], "sql": []}


SHIPPED = (ROOT / "params.yaml").read_text(encoding="utf-8")


def test_what_is_written_is_read_and_all_else_stays(tmp_path: Path) -> None:
    entry = planned(tmp_path, *RATINGS).entry
    path = tmp_path / "params.yaml"
    write_params(path, params_text(SHIPPED, source(entry), {"zone": "UTC"}))
    found = load(Params, "source", path)
    assert [one.files for one in found.interactions] == [["a.csv"]]
    before, after = read(ROOT / "params.yaml"), read(path)
    del before["source"], after["source"]
    before["merge"]["zone"] = "UTC"
    assert before == after


def test_a_second_init_replaces_the_first(tmp_path: Path) -> None:
    entry = planned(tmp_path, *RATINGS).entry
    once = params_text(SHIPPED, source(entry), {"zone": "UTC"})
    assert params_text(once, source(entry), {"zone": "UTC"}) == once


def test_a_mapping_that_is_wrong_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(SHIPPED, encoding="utf-8")
    entry = planned(tmp_path, *RATINGS).entry | {"user": ""}
    with complains(ConfigError, path, "source.interactions.0.user"):
        write_params(path, params_text(SHIPPED, source(entry), {}))
    assert path.read_text(encoding="utf-8") == SHIPPED


def test_copies_never_replace_another_file_unasked(tmp_path: Path) -> None:
    raw, path = tmp_path / "raw", tmp_path / "a.csv"
    raw.mkdir()
    path.write_text("new")
    copy_files([path], raw)
    check_copies([path, raw / "b.csv"], raw, replaces=False)  # the same content
    (raw / "a.csv").write_text("old")
    with complains(ConfigError, raw / "a.csv", "--replace"):
        check_copies([path], raw, replaces=False)
    check_copies([path], raw, replaces=True)
    copy_files([path, raw / "a.csv"], raw)
    assert (raw / "a.csv").read_text() == "new"
    with complains(ConfigError, "two files have this name"):
        check_copies([path, tmp_path / "x/a.csv"], raw, replaces=True)
