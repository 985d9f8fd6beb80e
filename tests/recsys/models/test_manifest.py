"""A manifest names its model, is kept as it was written, and is refused when it is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from recsys.files.atomic import read_json, sha256_of_json, write_json
from recsys.models import manifest
from recsys.program.errors import DataError
from tests.recsys.models.worlds import save
from tests.worlds import complains, snapshot


def test_same_factors_same_bytes_same_name(tmp_path: Path) -> None:
    names = [save(tmp_path / folder, seed=1) for folder in ("a", "b")]
    assert names[0] == names[1]
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert snapshot(tmp_path / "a").keys() == set(manifest.FILES)
    assert names[0].startswith("als-")
    assert len(names[0]) == len("als-") + 12
    assert manifest.read_checked(tmp_path / "a").model_id == names[0]


def test_other_factors_or_params_are_another_name(tmp_path: Path) -> None:
    assert len({save(tmp_path), save(tmp_path, shift=1), save(tmp_path, seed=2)}) == 3


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        "x",
        None,
        {"model_type": "als"},
        {"model_type": "als", "sha256": []},
        {"model_type": "als", "sha256": "x"},
        {"model_type": "als", "sha256": None},
    ],
)
def test_a_manifest_that_is_none_is_a_data_error(
    tmp_path: Path, content: object
) -> None:
    save(tmp_path)
    write_json(tmp_path / "manifest.json", content)
    with complains(DataError, tmp_path, "dvc repro"):
        manifest.read_checked(tmp_path)


@pytest.mark.parametrize("part", ["params", "inputs"])
def test_a_manifest_with_a_part_of_another_kind_is_a_data_error(
    tmp_path: Path, part: str
) -> None:
    save(tmp_path)
    write_json(
        tmp_path / "manifest.json",
        {**read_json(tmp_path / "manifest.json"), part: None},
    )
    with complains(DataError, tmp_path / "manifest.json", part, "dvc repro"):
        manifest.read_checked(tmp_path)


@pytest.mark.parametrize(
    "notes", [None, [], "x", {"cold_start": "ridge"}, {"epochs": "3"}]
)
def test_notes_of_another_kind_are_a_data_error(tmp_path: Path, notes: object) -> None:
    save(tmp_path)
    content = {**read_json(tmp_path / "manifest.json"), "notes": notes}
    write_json(tmp_path / "manifest.json", content)
    with complains(DataError, tmp_path / "manifest.json", "notes", "dvc repro"):
        manifest.read(tmp_path)


def test_what_is_read_is_written_again_to_the_byte_with_the_same_name(
    tmp_path: Path,
) -> None:
    save(tmp_path, later={"deep": [1, 2.5, None]})
    path = tmp_path / "manifest.json"
    content = read_json(path)
    del content["new_user"], content["shapes"]  # an older version had none
    notes = {
        "embedding_space": "x",
        "cold_start": {"used": True, "more": 1},
        "new": [1],
    }
    write_json(path, {**content, "notes": notes, "added": {"later": 1}})
    before, found = path.read_bytes(), manifest.read(tmp_path)
    found.write(tmp_path)
    assert path.read_bytes() == before
    assert found.model_id == f"als-{sha256_of_json(read_json(path))[:12]}"


def test_the_id_is_read_without_a_look_at_the_other_files(tmp_path: Path) -> None:
    name = save(tmp_path)
    (tmp_path / "factors.npz").unlink()
    assert manifest.read(tmp_path).model_id == name
    with complains(DataError, tmp_path / "factors.npz", "dvc repro"):
        manifest.read_checked(tmp_path)


def test_cold_rows_are_there_if_the_verdict_says_so() -> None:
    def noted(notes: manifest.Notes) -> manifest.Manifest:
        return manifest.Manifest(model_type="als", notes=notes, sha256={})

    assert noted(manifest.Notes(cold_start=manifest.ColdStart(used=True))).has_cold_rows
    assert not noted(
        manifest.Notes(cold_start=manifest.ColdStart(used=False))
    ).has_cold_rows
    assert not noted(manifest.Notes()).has_cold_rows


def test_a_manifest_loads_no_model_and_no_array() -> None:
    code = "import sys, recsys.models.manifest; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert (
        not {
            "numpy",
            "recsys.models.factors",
            "recsys.ranking.hybrid",
            "recsys.dataset",
        }
        & loaded
    )


def test_the_figure_of_the_validation_fold_is_that_of_what_is_served() -> None:
    weights = {"content": 0.5}
    tried = [
        manifest.Setting(
            name=name,
            changes={},
            hybrid=weights,
            ndcg_at_10=best,
            ndcg_at_10_as_given=given,
        )
        for name, best, given in (("dense", 0.4, 0.3), ("params.yaml", 0.35, 0.34))
    ]

    def figure(taken: str, served: dict[str, float]) -> float | None:
        search = manifest.Search(
            users=9,
            settings=tried,
            taken=taken,
            changes={},
            lead=0.1,
            error=0.01,
            leads_again=[],
        )
        return manifest.Notes(search=search, served=served).validation_ndcg

    assert figure("dense", weights) == 0.4
    assert figure("params.yaml", weights) == 0.35
    assert figure("params.yaml", {"content": 0.1}) == 0.34  # the weights of the section
    assert manifest.Notes().validation_ndcg is None
