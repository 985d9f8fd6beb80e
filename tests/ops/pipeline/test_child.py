"""What a child says on stderr is shown, and its end kept."""

import os
import sys
from pathlib import Path

import pytest

from ops.pipeline import child

SAYS = "import sys; sys.stderr.write('a' * 70000 + 'end'); sys.exit(3)"


def test_code_and_the_end_of_what_it_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, said = child.stream([sys.executable, "-c", SAYS], tmp_path, dict(os.environ))
    assert (code, len(said), said[-4:]) == (3, child.TAIL, "aend")
    assert capfd.readouterr().err == "a" * 70000 + "end"
