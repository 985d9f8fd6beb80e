"""What content, popularity and neighbours weigh in the score that ranks (recsys/ranking/hybrid.py);
and how many places of a list may be kept for new items (recsys/ranking/new_places.py).

It stands alone so that what serves the score need not load what fits it.
"""

from pydantic import Field

from recsys.program.params import Section

MOST_NEW_PLACES = 9  # of ten places of a list, one at least is an ordinary one


class Weights(Section):
    """What content, popularity and neighbours weigh beside the factors, which weigh 1."""

    content: float = Field(ge=0, le=1000)
    popularity: float = Field(ge=0, le=1000)
    neighbours: float = Field(ge=0, le=1000)
    # later positives after which a liked item counts half among neighbours; 0: all count alike
    memory: float = Field(default=0.0, ge=0, le=1000)

    @property
    def only_factors(self) -> bool:
        """Whether the score is that of the factors, as it is."""
        return not (self.content or self.popularity or self.neighbours)


ONLY_FACTORS = Weights(content=0, popularity=0, neighbours=0)
