"""Tables of the measurements, as tests read them."""


def rows_of(markdown: str) -> list[list[str]]:
    """Cells of the table rows, heads and rules left out."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    rules = {at for at, line in enumerate(lines) if line.startswith("|---")}
    kept = [
        line for at, line in enumerate(lines) if at not in rules and at + 1 not in rules
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]
