"""What MLflow runs when it loads a registered model: the lists that the service gives.

MLflow copies this file and the wings that it imports into the model (recsys/pyfunc/folder.py), so
that a model can be loaded where the project is not. It holds a release, which is mapped; nothing
is unpickled.
"""

from pathlib import Path
from typing import Any

import mlflow.models
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from threadpoolctl import ThreadpoolController

from recsys.program.errors import ConfigError, DataError
from recsys.serving import hidden, release
from recsys.serving.recommender import Answer, KeptPlace, Recommender, Wish

RELEASE = "release"  # the artifact
# in the model's config: a file such as releases/hidden.txt; delisted.txt beside it counts too
HIDE_LIST = "hide_list"
MOST = 1000  # products of a list


class Lists(PythonModel):
    """A list for each user id, as `POST /recommend` of the service answers."""

    def load_context(self, context: PythonModelContext) -> None:
        """Map the release, after it was checked. DataError if it is not whole, or if the hide list
        cannot be read.
        """
        folder = Path(context.artifacts[RELEASE])
        self.recommender = Recommender(release.load(folder.parent, folder.name))
        hide_list = (context.model_config or {}).get(HIDE_LIST)
        if hide_list:
            self.recommender.catalogue.hide(*_hidden(Path(hide_list)))
        self.threads = ThreadpoolController()

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002 - as MLflow calls it
        model_input: list[str],
        params: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """The list of each user, in the order given; users who are not known get what new users
        get. ConfigError unless `k` is a number of products.
        """
        wish = Wish(k=_count((params or {}).get("k", 10)))
        with self.threads.limit(limits=1, user_api="blas"):  # as in the service
            answers = [self.recommender.recommend(user, wish) for user in model_input]
        return [_told(*each) for each in zip(model_input, answers, strict=True)]


def _hidden(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The lines of the hide list and of what is delisted beside it. DataError if there is no such
    list: it was named to hide something.
    """
    if not path.exists():
        raise DataError(
            f"{path.absolute()}: no such file; name the hide list in model_config, "
            f"its path from {Path.cwd()}, or none"
        )
    return hidden.read(path), hidden.read(path.with_name(hidden.DELISTED))


def _count(k: Any) -> int:
    if not 1 <= int(k) <= MOST:
        raise ConfigError(f"k: a number from 1 to {MOST} is needed, not {k}")
    return int(k)


def _told(user: str, answer: Answer) -> dict[str, Any]:
    items = [
        {
            "product_id": item.product_id,
            "name": item.name,
            "score": item.score,
            "parts": item.parts,
            **({"place": item.place} if isinstance(item, KeptPlace) else {}),
        }
        for item in answer.items
    ]
    return {
        "user_id": user,
        "model_id": answer.model_id,
        "how": answer.how,
        "items": items,
    }


mlflow.models.set_model(Lists())
