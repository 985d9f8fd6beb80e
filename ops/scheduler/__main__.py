"""The process of `python runner.py start`: the loop and no more, so that it stays small.

reads   params.yaml (a child checks it)
writes  state/runner.lock, and what ops/scheduler/loop.py writes
"""

import sys
from pathlib import Path

from ops.scheduler import run_loop
from recsys.program.errors import UserError


def main() -> int:
    """Its exit code: 0 after SIGTERM or SIGINT; that of the check, if params.yaml is wrong."""
    try:
        return run_loop.main(Path("params.yaml"), Path("state"))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
