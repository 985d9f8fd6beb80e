"""The page of a look, HTML: forms and lists, no script."""

from pathlib import Path

from ops.look.answers import Answer, Asked
from recsys.reports import frame

TEMPLATE = "look.j2"
FOLDER = Path(__file__).parent


def page(answer: Answer, about: str, problem: str = "") -> str:
    """What was asked for; `about` says which models answer, `problem` why there is no answer."""
    content = {
        "title": "A look at the recommender",
        "answer": answer,
        "about": about,
        "problem": problem,
    }
    return frame.filled(TEMPLATE, content, folder=FOLDER)


def refused(problem: str, about: str) -> str:
    """A page that says only why the request was refused."""
    return page(Answer(Asked()), about, problem)
