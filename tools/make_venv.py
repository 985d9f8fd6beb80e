"""Make .venv of the versions in requirements.lock, or add to it what it lacks.

usage   sh tools/make_venv.sh PART ...
        python tools/make_venv.py --list PART ...       prints the requirements, installs nothing
parts   light   all that the pipeline needs, without pretrained models
        main    all that the project needs
        dev     what tests and checks need beside it
        any     light or main, as .venv has it; main if there is none
reads   pyproject.toml, requirements.lock
writes  .venv/packages.lock         its parts, and what of requirements.lock is in it; where it is
                                    missing, .venv has all of requirements.lock
        .venv/requirements.lock     of what it was made; written last, so that a killed try shows

`uv` installs where it is on the path, else pip does.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

LOCK, LIST = "requirements.lock", "packages.lock"
PARTS = ("light", "main", "dev")
HEAD = "# parts: "
# only recsys/pretrained needs them, and nothing that params.yaml says at first
PRETRAINED = {"torch", "transformers", "huggingface-hub", "safetensors"}
# name==version of all that a Python has, a line each
FREEZE = (
    "from importlib.metadata import distributions as all\n"
    "print(*(f'{one.name}=={one.version}' for one in all()), sep='\\n')"
)


# ---- what is wanted ----
def requirements(project: Path, parts: Sequence[str]) -> list[str]:
    """The requirements of these parts, as pyproject.toml has them."""
    table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    wanted = [
        line
        for line in table["dependencies"]
        if "main" in parts or name_of(line) not in PRETRAINED
    ]
    return wanted + table["optional-dependencies"]["dev"] * ("dev" in parts)


def name_of(requirement: str) -> str:
    """`ruamel.yaml>=0.19` -> `ruamel-yaml`: as pip compares names."""
    name, *_ = re.split(r"[^\w.-]", requirement, maxsplit=1)
    return re.sub(r"[-_.]+", "-", name).lower()


def parts_of(root: Path) -> list[str]:
    """The parts that .venv has; none if there is no .venv of this requirements.lock."""
    made = root / ".venv" / LOCK
    if not made.exists() or made.read_bytes() != (root / LOCK).read_bytes():
        return []
    return listed(root) or ["main", "dev"]


def listed(root: Path) -> list[str]:
    """The parts that .venv says it has, whatever it was made of."""
    path = root / ".venv" / LIST
    if not path.exists():
        return []
    return (
        path.read_text(encoding="utf-8").partition("\n")[0].removeprefix(HEAD).split()
    )


def united(
    have: Sequence[str], wanted: Sequence[str], former: Sequence[str]
) -> list[str]:
    """What .venv has to have, in the order of PARTS. `any` is the base that there is or was."""
    bases = [part for part in (*have, *former) if part in ("light", "main")]
    base = (*bases, "main")[0]
    all_of_them = {*have, *(base if part == "any" else part for part in wanted)}
    if "main" in all_of_them:
        all_of_them.discard("light")
    return [part for part in PARTS if part in all_of_them]


# ---- how it is installed ----
def install(root: Path, parts: Sequence[str]) -> None:
    """Install the parts into .venv, and write down what it has by now."""
    python = root / ".venv" / "bin" / "python"
    needed = root / ".venv" / "needed.txt"
    lines = requirements(root / "pyproject.toml", parts)
    needed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = ["--constraint", str(root / LOCK), "--requirement", str(needed)]
    if not by_uv(python, files):
        # bytecode of what is never imported would be a fifth of the folder, and half of the time
        options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        pip = [str(python), "-m", "pip", "install"]
        subprocess.run([*pip, *options, *files], check=True)
    needed.unlink()
    frozen = subprocess.run(
        [str(python), "-c", FREEZE], check=True, capture_output=True, text=True
    )
    there = {name_of(line) for line in frozen.stdout.splitlines()}
    pins = (root / LOCK).read_text(encoding="utf-8").splitlines()
    kept = [line for line in pins if "==" in line and name_of(line) in there]
    text = "\n".join([HEAD + " ".join(parts), *kept, ""])
    (root / ".venv" / LIST).write_text(text, encoding="utf-8")


def by_uv(python: Path, files: Sequence[str]) -> bool:
    """Whether uv is there and has installed them."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    command = [uv, "pip", "install", "--quiet", "--python", str(python), *files]
    done = subprocess.run(command, check=False).returncode == 0
    if not done:
        say("uv could not install them; pip tries")
    return done


def remove(venv: Path) -> None:
    """Of a link only the link goes."""
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(venv)


def compile_kernels(root: Path) -> None:
    say("compiling the kernels")
    python = root / ".venv" / "bin" / "python"
    command = [str(python), "-m", "ops.pipeline.compile"]
    if subprocess.run(command, cwd=root, check=False).returncode:
        say("note: the first run will compile them")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def make(root: Path, wanted: Sequence[str]) -> None:
    """Bring .venv to have these parts; nothing is done if it has them."""
    have = parts_of(root)
    parts = united(have, wanted, listed(root))
    if have == parts:
        return
    version = ".".join(map(str, sys.version_info[:3]))
    if have:
        say(f"adding to .venv, which has {' and '.join(have)}; this takes some minutes")
    else:
        say(f"making .venv with Python {version}; this takes some minutes, once")
        interpreter = str(Path(sys.executable).resolve())
        remove(root / ".venv")
        subprocess.run([interpreter, "-m", "venv", str(root / ".venv")], check=True)
    install(root, parts)
    if not have:
        compile_kernels(root)
    shutil.copyfile(root / LOCK, root / ".venv" / LOCK)


def main() -> int:
    """Exit code: 0, 2 for an unknown part, else that of what failed."""
    wanted = [argument for argument in sys.argv[1:] if argument != "--list"]
    root = Path(__file__).resolve().parents[1]
    if unknown := set(wanted) - {*PARTS, "any"}:
        say(
            f"error: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}"
        )
        return 2
    if "--list" in sys.argv:
        print("\n".join(requirements(root / "pyproject.toml", wanted)))
        return 0
    try:
        make(root, wanted)
    except subprocess.CalledProcessError as error:
        say(
            f"error: {' '.join(map(str, error.cmd[:4]))} ... failed; see above, then run it again"
        )
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
