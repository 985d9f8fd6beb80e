"""A file with secrets is read if only its owner can read it."""

from pathlib import Path

import pytest

from ops import secret_file
from recsys.program.errors import ConfigError


def test_lines_without_comments_and_nothing_where_there_is_no_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "secret"
    assert secret_file.lines(path, "URLs") == []
    path.write_text("# mine\n\n a \nb\n")
    path.chmod(0o600)
    assert secret_file.lines(path, "URLs") == ["a", "b"]


def test_a_file_that_others_can_read_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("canary")
    path.chmod(0o640)
    with pytest.raises(ConfigError) as caught:
        secret_file.lines(path, "URLs")
    message = str(caught.value)
    assert "mode 640" in message and f"chmod 600 {path}" in message
    assert "canary" not in message
