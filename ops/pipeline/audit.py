"""Prove what the project's data is made of: rebuild it in a scratch folder, and compare.

reads   data/raw, data/sample, data/batches, params.yaml, dvc.yaml (commands and outs of merge and
        process), dvc.lock, the outs
writes  nothing that stays: a folder state/audit-*, removed afterwards

Staging stays out (a drop that is not sealed is in no out), and so do all caches: what they hold has
to come out the same without them.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ops.lock import no_repro
from ops.terminal import aligned
from recsys.files.atomic import sha256_of
from recsys.program.command_line import enter
from recsys.program.errors import ConfigError, DataError, UserError, in_one_line

STAGES = ("merge", "process")
INPUTS = ("data/raw", "data/sample", "data/batches", "params.yaml", "dvc.yaml")
NEXT = "dvc repro --force process"  # merge is forced with it


@dataclass(frozen=True)
class Finding:
    """One out: hashes of the rebuilt and of the project's file, and whether dvc.lock agrees."""

    path: str
    rebuilt: str
    here: str | None  # None: the project has no such file
    locked: bool

    @property
    def verdict(self) -> str:
        if self.here is None:
            return "missing"
        if self.here != self.rebuilt:
            return "differs"
        return "equal" if self.locked else "not in dvc.lock"


def outs(stage: Mapping[str, Any]) -> list[str]:
    """Paths of the outs of a stage in dvc.yaml, metrics and plots among them."""
    entries = [
        entry for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, ())
    ]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def read_stages(path: Path) -> dict[str, Any]:
    """The stages merge and process of dvc.yaml or dvc.lock.

    ConfigError or DataError says what is wrong.
    """
    try:
        tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        return {name: tree["stages"][name] for name in STAGES}
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` first") from None
    except (YAMLError, ValueError, KeyError, TypeError) as error:
        stages = " and ".join(STAGES)
        problem = in_one_line(error, limit=None)
        raise ConfigError(
            f"{path}: no stages {stages} can be read ({problem}); restore it"
        ) from None


def locked_md5(lock: Mapping[str, Any]) -> dict[str, str]:
    """What dvc.lock says of each out."""
    return {
        out["path"]: out.get("md5", "")
        for stage in lock.values()
        for out in stage.get("outs", ())
    }


def md5_of(path: Path) -> str:
    """As DVC hashes a file: no secret hangs on it."""
    with path.open("rb") as handle:
        return hashlib.file_digest(
            handle, lambda: hashlib.md5(usedforsecurity=False)
        ).hexdigest()


def lay_out(root: Path, scratch: Path) -> None:
    """Copies of all that the stages read: a copy cannot harm what it is a copy of.

    Staging is empty.
    """
    for name in INPUTS:
        source, target = root / name, scratch / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*.part"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    (scratch / "data/staging").mkdir(parents=True, exist_ok=True)


def rebuild(command: str, root: Path, scratch: Path) -> None:
    """Run the command of a stage in the scratch folder.

    UserError with the stage's exit code if it fails.
    """
    program, *arguments = shlex.split(command)
    if program != "python":
        raise ConfigError(
            f"dvc.yaml: only `python -m ...` can be audited, found {command!r}"
        )
    code = [str(root.resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=scratch,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(code), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        errors="backslashreplace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1].removeprefix(
            "error: "
        )
        problem = UserError(f"the rebuild with `{command}` failed: {said}")
        problem.exit_code = (
            done.returncode if done.returncode > 0 else 128 - done.returncode
        )
        raise problem


def compare(
    paths: list[str], root: Path, scratch: Path, locked: Mapping[str, str]
) -> list[Finding]:
    """A finding for each out."""
    return [
        Finding(
            path,
            sha256_of(scratch / path),
            sha256_of(root / path) if (root / path).is_file() else None,
            locked.get(path) == md5_of(scratch / path),
        )
        for path in paths
    ]


def report(findings: list[Finding]) -> str:
    """A line for each out, with its verdict and the hash of the rebuilt file."""
    rows = [(finding.verdict, finding.path, finding.rebuilt) for finding in findings]
    return "\n".join(aligned([("VERDICT", "FILE", "SHA256 WHEN REBUILT"), *rows]))


def audit(root: Path, state: Path) -> list[Finding]:
    """Rebuild in a folder beside and compare; what a killed audit left there goes first."""
    stages, locked = (
        read_stages(root / "dvc.yaml"),
        locked_md5(read_stages(root / "dvc.lock")),
    )
    with no_repro(state):
        for left in state.glob("audit-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix="audit-", dir=state) as folder:
            scratch = Path(folder).resolve()
            lay_out(root, scratch)
            for stage in stages.values():
                rebuild(stage["cmd"], root, scratch)
            return compare(
                [path for stage in stages.values() for path in outs(stage)],
                root,
                scratch,
                locked,
            )


def main(root: Path = Path(), state: Path = Path("state")) -> None:
    """Rebuild the data in a scratch folder and compare every file.

    Each is compared with the project's own and with dvc.lock; exit 3 if one differs.
    """
    findings = audit(root, state)
    print(report(findings))
    wrong = [finding for finding in findings if finding.verdict != "equal"]
    if wrong:
        others = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise DataError(
            f"{wrong[0].path}: {wrong[0].verdict}{others}; make the data anew with `{NEXT}`"
        )
    print(f"\nall {len(findings)} files are what raw data, batches and params make")


if __name__ == "__main__":
    enter(main, "runner.py audit")
