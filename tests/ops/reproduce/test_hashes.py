"""The hashes are those that DVC writes."""

import os
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from ops.reproduce import hashes


def test_a_file_and_a_folder_are_named_as_by_dvc(tmp_path: Path) -> None:
    for name in ("z.txt", "a/ü.txt", "a.b/c", "a/sub/x"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    environment = os.environ | {
        "DVC_SITE_CACHE_DIR": str(tmp_path / "site"),
        "DVC_NO_ANALYTICS": "1",
    }
    for command in (["init", "-q", "--no-scm"], ["add", "-q", "data"]):
        subprocess.run(
            [sys.executable, "-m", "dvc", *command],
            cwd=tmp_path,
            env=environment,
            check=True,
        )
    (out,) = YAML(typ="safe").load(tmp_path / "data.dvc")["outs"]
    assert hashes.md5_of_any(tmp_path / "data") == out["md5"]
    (tmp_path / "data/a/__pycache__").mkdir()
    (tmp_path / "data/a/__pycache__/x.pyc").touch()
    assert hashes.md5_of_any(tmp_path / "data") == out["md5"]
    md5 = hashes.md5_of_any(tmp_path / "data/z.txt")
    assert md5 == hashes.md5_of(tmp_path / "data/z.txt")
    assert (tmp_path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).is_file()


def test_what_is_not_there_has_no_hash(tmp_path: Path) -> None:
    assert hashes.md5_of_any(tmp_path / "nothing") is None
