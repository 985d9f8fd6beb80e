"""The model bpr: for how many epochs it is fitted (recsys/bpr/fit.py), from where, and rows for
cold items.
"""

from collections.abc import Callable

from pydantic import Field

from recsys.bpr import fit as bpr
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Checkpoints
from recsys.models.cold_items import by_ridge, settled
from recsys.models.fold_in import Pairwise
from recsys.models.model import Model, Serving, Trained
from recsys.models.warm_start import Start


class Params(bpr.Params, Serving):
    """The section train_bpr."""

    MODEL_TYPE = "bpr"

    warm_epochs: int = Field(ge=1)

    def model_post_init(self, _context: object) -> None:
        if self.cold_start == "features":
            raise ValueError("cold_start: features is the prior of train_als; take ridge or off")

    def new_user(self, epochs: int, start: Start | None = None) -> Pairwise:
        """How a user is folded in who was not trained on: as far as this fit and those before it
        went together.
        """
        before = start.new_user.epochs if start and isinstance(start.new_user, Pairwise) else 0
        return Pairwise(
            self.learning_rate, self.regularization, max(epochs, min(before + epochs, self.epochs))
        )


def train(
    inputs: Inputs, params: Params, start: Start | None, checkpoints: Callable[[str], Checkpoints]
) -> Model:
    """Find the number of epochs on the validation fold, fit all interactions for as many, settle
    the cold items.

    From a warm start it is `warm_epochs`: the model that it starts from has seen the fold.
    """
    known, curve, epochs = inputs.known, [], params.warm_epochs
    if start is None:
        searched = bpr.search(
            known.binary, known.dislikes, inputs.held_out, params, checkpoints=checkpoints("fold")
        )
        curve, epochs = searched.fold.curve, searched.epochs

    def fitted(known: Interactions, part: str, start: Start | None) -> Trained:
        first, kept = start.factors if start else None, checkpoints(part)
        return bpr.fit(
            known.binary, known.dislikes, params, epochs=epochs, start=first, checkpoints=kept
        )

    trained = fitted(known, "all", start)
    predict, new_user = by_ridge(inputs.vectors, bias=True), params.new_user(epochs, start)
    model = settled(
        trained, lambda less: fitted(less, "hidden", None), predict, new_user, inputs, params, start
    )
    curve = bpr.joined(curve, model.curve) if curve else model.curve
    return Model(model.factors, curve, {**model.notes, "epochs": epochs})
