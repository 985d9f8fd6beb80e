"""Command lines of the measurements."""

from pathlib import Path

import pytest

from bench import command_line


def test_the_docstring_is_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.parser("What it is.\n\nusage   as said").parse_args(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert "What it is.\n\nusage   as said" in said and "--out FILE" in said


def test_text_goes_to_the_file_or_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command_line.write("a\n", tmp_path / "out.md")
    assert (tmp_path / "out.md").read_text() == "a\n"
    command_line.write("b\n", None)
    assert capsys.readouterr().out == "b\n"


def test_lines_are_shown_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []

    def lines():
        yield "a"
        shown.append(capsys.readouterr().out)
        yield "b"

    command_line.write_lines(lines(), None)
    assert shown == ["a\n"] and capsys.readouterr().out == "b\n"


def test_lines_are_written_whole(tmp_path: Path) -> None:
    command_line.write_lines(iter(["a", "b"]), tmp_path / "out.md")
    assert (tmp_path / "out.md").read_text() == "a\nb\n"


def test_shops_and_seeds_are_handed_to_the_report(tmp_path: Path) -> None:
    def report(*given: object) -> list[str]:
        return [repr(one) for one in given]

    def said(*more: str) -> list[str]:
        arguments = ["a", "b", "--out", str(tmp_path / "out.md"), *more]
        command_line.over_shops_and_seeds("", report, 42, 3, arguments)
        return (tmp_path / "out.md").read_text().splitlines()

    folders, params, seeds = said()
    assert folders == repr([Path("a"), Path("b")]) and "params.yaml" in params
    assert seeds == "range(42, 45)"
    assert said("--seeds", "1")[2] == "range(42, 43)"
