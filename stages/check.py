"""Check what params.yaml says of the stages: exit 0, or 2 with one message. Reads nothing else,
writes nothing.
"""

from pathlib import Path

from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from stages import drift, embed, evaluate, merge, process, train_als, train_bpr

STAGES = {
    module.__name__.rpartition(".")[2]: module.Params
    for module in (merge, process, embed, train_als, train_bpr, evaluate, drift)
}


def main(params: Path = Path(PARAMS_FILE)) -> None:
    for name, section in STAGES.items():
        load(section, name, params)


if __name__ == "__main__":
    enter(main)
