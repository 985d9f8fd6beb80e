"""What a light .venv lacks is named, with how to get it and what needs none."""

import subprocess
import sys
from pathlib import Path

from bench.house.imports import ROOT
from tests.light import blocked

CODE = """\
from recsys.pretrained import installed
print(installed.missing())
try:
    installed.check("embed.encoder", "lexical")
except Exception as error:  # whatever it is, its words are looked at
    print(error)
"""


def said(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_all_is_there() -> None:
    assert said(PYTHONPATH=str(ROOT)) == ["[]"]


def test_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    names, message = said(**blocked(tmp_path))
    assert names == "['torch', 'transformers']"
    assert message == (
        "params.yaml: embed.encoder: transformer needs torch and transformers, which this .venv "
        "does not have; run `make venv LIGHT=0` (about 1 GB more), or set embed.encoder: lexical"
    )
