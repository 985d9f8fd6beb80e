"""A project of two small stages with git, DVC's cache, and models that were published."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from ops.reproduce.hashes import md5_of, md5_of_any
from recsys.models import manifest
from recsys.models.manifest import FILES
from recsys.registry import lineage

PROCESS = """
import pathlib
text = pathlib.Path("data/raw/a.txt").read_text()
batches = sorted(pathlib.Path("data/batches").glob("*.csv"))
out = pathlib.Path("data/processed/x.txt")
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(text.upper() + "".join(path.read_text() for path in batches))
"""
TRAIN = """
import json, pathlib, sys
from recsys.code import FACTOR
params = json.loads(pathlib.Path("params.yaml").read_text())["train_als"]
assert pathlib.Path("mlruns").is_dir()
text = pathlib.Path("data/processed/x.txt").read_text()
out = pathlib.Path("models/als")
out.mkdir(parents=True, exist_ok=True)
(out / "factors.npz").write_text(f"{FACTOR} {params['seed']} {text}")
(out / "curve.json").write_text("[]")
sha256 = {"factors.npz": str(hash(text) if "random" in text else len(text)), "curve.json": "0"}
manifest = {"model_type": "als", "params": params, "sha256": sha256}
(out / "manifest.json").write_text(json.dumps(manifest))
"""
STAGES = {
    "process": (
        ("data/raw", "data/batches", "stages/process.py"),
        ("data/processed/x.txt",),
    ),
    "train_als": (
        ("data/processed/x.txt", "recsys", "stages/train_als.py"),
        tuple(f"models/als/{name}" for name in FILES),
    ),
}


class Project:
    """The project in `root`; a model a call of `publish`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("stages/process.py", PROCESS)
        self.write("stages/train_als.py", TRAIN)
        self.write("recsys/code.py", "FACTOR = 2\n")
        self.write("requirements.lock", "numpy==1.0.0\nnothing==1\n")
        self.write("data/raw/a.txt", "raw\n")
        self.write("data/batches/.gitkeep", "")
        self.params(seed=1)
        self.write(".gitignore", "mlruns\nmodels\ndata\n.dvc\nstate\n__pycache__\n")
        (root / "mlruns").mkdir()
        self.git("init")
        self.commit()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def params(self, seed: int) -> None:
        self.write("params.yaml", json.dumps({"train_als": {"seed": seed}}))

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        command = ["git", *identity, "-C", str(self.root), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "--allow-empty", "-m", "x")

    def publish(self) -> str:
        """Run both stages as DVC would, and keep the model as MLflow does; its id."""
        for name in STAGES:
            command = [sys.executable, "-m", f"stages.{name}"]
            subprocess.run(command, cwd=self.root, check=True)
        (self.root / "dvc.lock").write_text(json.dumps({"stages": self.locked()}))
        made = self.root / "models/als"
        model_id = manifest.read(made).model_id
        kept = self.root / "mlruns/artifacts" / model_id / "artifacts"
        shutil.copytree(made, kept / "model")
        (kept / lineage.FOLDER).mkdir()
        shutil.copy(self.root / "dvc.lock", kept / lineage.FOLDER)
        tags = lineage.read_lineage(self.root / "dvc.lock") | lineage.machine()
        (kept / lineage.FOLDER / lineage.TAGS_FILE).write_text(json.dumps(tags))
        return model_id

    def locked(self) -> dict[str, object]:
        """The stages of dvc.lock; the outs go into the cache."""
        params = json.loads((self.root / "params.yaml").read_text())
        found: dict[str, object] = {}
        for name, (deps, outs) in STAGES.items():
            found[name] = {
                "cmd": f"python -m stages.{name}",
                "deps": [self.entry(path) for path in deps],
                "outs": [self.entry(path) for path in outs],
                "params": {"params.yaml": {name: params.get(name, {})}},
            }
            for path in outs:
                self.cache(self.root / path)
        return found

    def entry(self, path: str) -> dict[str, str]:
        return {"path": path, "md5": str(md5_of_any(self.root / path))}

    def cached(self, md5: str) -> Path:
        return self.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]

    def cache(self, path: Path) -> None:
        target = self.cached(md5_of(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
