"""What the whole graph costs, on made-up runs: the real ones are in tests/test_end_to_end.py."""

from pathlib import Path

from bench.speed import graph
from bench.speed.cost import Cost


class Told:
    """A project whose runs are told beforehand."""

    def __init__(self, walls: list[float]) -> None:
        self.walls, self.commands = list(walls), []

    def run(self, *arguments: str) -> Cost:
        self.commands.append(arguments)
        return Cost(self.walls.pop(0), 1.0, 10)

    def stages(self) -> dict[str, Cost]:
        return {"merge": Cost(float(len(self.commands)), 1.0, 5)}


class Counted:
    """Drops that are only noted."""

    def __init__(self) -> None:
        self.drops: list[tuple[int, bool]] = []

    def drop(self, rows: int, known: bool) -> None:
        self.drops.append((rows, known))


def test_the_median_is_taken_of_each_figure() -> None:
    costs = [Cost(1.0, 9.0, 10), Cost(2.0, 8.0, 30), Cost(5.0, 1.0, 20)]
    assert graph.middle(costs) == Cost(2.0, 8.0, 20)


def test_the_graph_and_each_stage_are_the_median_of_the_runs() -> None:
    project, prepared = Told([3.0, 9.0, 4.0]), []
    found = graph.whole(project, 3, lambda: prepared.append(1))
    assert found == {"whole graph": Cost(4.0, 1.0, 10), "merge": Cost(2.0, 1.0, 5)}
    assert len(prepared) == 3 and project.commands == [graph.REPRO] * 3


def test_each_refresh_has_a_drop_of_its_own() -> None:
    project, numbers = Told([1.0] * 8), Counted()
    found = graph.refreshes(project, numbers, graph.Runs(1, 2, 500))
    assert list(found) == [
        "refresh, 100 rows of known customers",
        "refresh, 100 rows of new customers",
        "refresh, 500 rows of known customers",
        "refresh, 500 rows of new customers",
    ]
    assert numbers.drops[:3] == [(100, True), (100, True), (100, False)]
    assert project.commands == [graph.REFRESH] * 8


def test_runs_with_nothing_to_do_take_turns() -> None:
    project, bare = Told([5.0, 2.0, 7.0, 4.0]), Told([1.0, 3.0])
    found = graph.nothing_to_do(project, bare, 2)
    assert project.commands == [graph.REPRO, graph.DVC] * 2
    assert [cost.wall for cost in found.values()] == [6.0, 3.0, 2.0]


def test_the_search_says_what_it_reached(tmp_path: Path) -> None:
    curve = tmp_path / "models" / "bpr" / "curve.json"
    curve.parent.mkdir(parents=True)
    curve.write_text('[{"epoch": 1}, {"epoch": 5, "valid_recall_at_10": 0.25}]')
    assert graph.bpr_valid_recall(graph.Project(tmp_path)) == 0.25


def test_what_was_found_is_shown(found_graph) -> None:
    shown = "\n".join(graph.lines(found_graph))
    assert "| whole graph | 8.0 | 6.0 | 300 |" in shown
    assert "60 epochs of implicit reach recall_at_10 0.2000" in shown
    assert "the graph's 0.2000 is reached" in shown
    assert (
        "| als | 0.3000 | 0.2500 |" in shown and "| als_factors | 0.2900 |  |" in shown
    )


def test_a_program_that_fails_is_one_message(capsys) -> None:
    assert graph.main(["--users", "2", "--products", "20"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bench.speed.graph: ") and "at least 10 of each" in said
    assert "Traceback" not in said


def test_a_recall_that_the_script_does_not_reach_is_said(found_graph) -> None:
    found_graph["straight"]["wanted"] = 0.3
    shown = "\n".join(graph.lines(found_graph))
    assert "0.2000 on the validation fold, the graph's 0.3000 is not reached" in shown
