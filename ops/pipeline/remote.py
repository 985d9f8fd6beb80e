"""DVC's remote around a repro: what dvc.lock names comes before it, what was made goes after it.

reads and writes   .dvc/cache and the outs (by DVC), the remote that is DVC's default (core.remote)

What the remote lacks is no failure before a run: the stages that make it run. A remote that is not
reached ends the run before anything has changed; after a good run all is whole here, and only the
sending is to be repeated.
"""

import re
import sys
from pathlib import Path

from ops.pipeline.child import stream
from ops.pipeline.dvc_remote import HIDE_IT, default, has_password
from ops.pipeline.dvc_repair import Say
from recsys.program.errors import ConfigError, StoreError
from recsys.shared_store.address import without_secrets

DVC = "ops.pipeline.dvc_quietly"

NOT_NAMED = re.compile(r"no remote (specified|provided)|no default remote", re.I)
LACKS = re.compile(
    r"do not exist neither locally nor on remote|Missing cache files|"
    r"Checkout failed for following targets|missing data 'source'|Unable to find '",
    re.I,
)
HASH = re.compile(r"\bmd5: ([0-9a-f]{32}(?:\.dir)?)")
SHOWN = 300  # characters of what DVC has said
NAME_ONE = (
    "DVC has no default remote; name one with `dvc remote add`, as its default "
    "(docs/shared-stores.md)"
)


def pull(root: Path, env: dict[str, str], say: Say) -> None:
    """Bring what dvc.lock names. ConfigError without a remote, StoreError if it is not reached:
    nothing was run then.
    """
    _refuse_password(root)
    code, said = stream([sys.executable, "-m", DVC, "pull"], root, env)
    _refuse_no_remote(said)  # where all is here already, DVC takes that for success
    if not code:
        return
    if not LACKS.search(said):
        raise StoreError(f"nothing was brought and nothing was run: {_told(said)}")
    lacks = len(set(HASH.findall(said)))
    of_them = f"{lacks} files" if lacks else "some files"
    say(
        f"the remote lacks {of_them} that dvc.lock names: the stages that make them run"
    )


def push(root: Path, env: dict[str, str], say: Say) -> None:
    """Send what was made. ConfigError without a remote, StoreError if it did not all arrive."""
    _refuse_password(root)
    code, said = stream([sys.executable, "-m", DVC, "push"], root, env)
    _refuse_no_remote(said)
    if not code:
        say("sent to the remote; the other machines need this dvc.lock: commit it")
        return
    raise StoreError(
        f"the run is done and whole here, but it was not all sent: {_told(said)}; then run "
        f"`python runner.py repro --push` again: it sends what is missing"
    )


def _refuse_password(root: Path) -> None:
    name, options = default(root)
    if has_password(options):
        raise ConfigError(
            f"DVC's remote {name}: its address has a password in it, and addresses are shown; "
            f"{HIDE_IT}"
        )


def _refuse_no_remote(said: str) -> None:
    if NOT_NAMED.search(said):
        raise ConfigError(NAME_ONE)


def _told(said: str) -> str:
    """The first error of DVC in one line, with what to look at."""
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    first = " ".join((errors or said.splitlines() or ["no message"])[0].split())
    told = without_secrets(first.removeprefix("ERROR: "))[:SHOWN]
    return (
        f"{told}; see that the remote (`dvc remote list`) is reached, and that its credentials "
        f"stand in the environment"
    )
