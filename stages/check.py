"""Check what params.yaml says of the stages: exit 0, or 2 with one message.

reads   params.yaml     nothing else; writes nothing

    python -m stages.check                          the stages' sections
    python -m stages.check --others tune,runner     and that there are no more than theirs and these
"""

from pathlib import Path
from typing import Annotated

import typer

from recsys.als import params as als_params
from recsys.blend import params as blend_params
from recsys.bpr import params as bpr_params
from recsys.drift import params as drift_params
from recsys.pretrained import installed
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import Section, checked, read, refuse_unknown
from recsys.ranking import evaluation
from recsys.source import params as source_params
from recsys.spark import params as spark_params
from recsys.spark import session
from stages import embed, merge, process

SECTIONS: dict[str, type[Section]] = {
    "source": source_params.Params,
    "engine": spark_params.Params,
    "merge": merge.Params,
    "process": process.Params,
    "embed": embed.Params,
    "train_als": als_params.Params,
    "train_bpr": bpr_params.Params,
    "blend": blend_params.Params,
    "evaluate": evaluation.Params,
    "drift": drift_params.Params,
}

Others = Annotated[
    str, typer.Option(help="sections that others check, with commas between")
]


def check_installed(found: dict[str, Section]) -> None:
    """ConfigError if a transformer, or Spark, is asked for, and this machine lacks its packages."""
    embedding, processing = found["embed"], found["process"]
    engine = found["engine"]
    if isinstance(engine, spark_params.Params) and engine.is_spark:
        session.check()
    if isinstance(embedding, embed.Params) and embedding.encoder == "transformer":
        installed.check("embed.encoder", "lexical")
    if (
        isinstance(processing, process.Params)
        and processing.quality.scorer == "transformer"
    ):
        installed.check("process.quality.scorer", "reviews")


def main(params: Path = Path(PARAMS_FILE), others: Others = "") -> None:
    """Check the stages' sections of params.yaml; with --others, that no section is unknown."""
    tree = read(params)
    found = {
        name: checked(section, name, tree, params) for name, section in SECTIONS.items()
    }
    check_installed(found)
    if others:
        refuse_unknown(tree, [*SECTIONS, *others.split(",")], params)


if __name__ == "__main__":
    enter(main)
