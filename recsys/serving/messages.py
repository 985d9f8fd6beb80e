"""Bodies that the service takes, and what it answers with."""

from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.program.errors import ConfigError
from recsys.serving.recommender import Answer, Wish

MOST = 1000  # products of a list
MOST_LISTS = 100  # of a batch
LARGEST = 1 << 20  # bytes of a body

Text = Annotated[str, Field(max_length=1000)]
Texts = Annotated[list[Text], Field(max_length=MOST)]


class Body(BaseModel):
    """Unknown keys are refused: a misspelt one would be passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Who(Body):
    """A user, an anonymous visitor, or a user with what they have bought since training."""

    user_id: Text | None = None
    bought: Texts = []


class Batch(Body):
    """The body of POST /recommend."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "k": 3,
                    "lists": [
                        {"user_id": "2130"},
                        {"bought": ["340585528"]},
                        {"user_id": "2130", "bought": ["123210766"]},
                    ],
                }
            ]
        }
    )

    lists: list[Who] = Field(min_length=1, max_length=MOST_LISTS)
    k: int = Field(default=10, ge=1, le=MOST)
    exclude: Texts = []
    brand: Text | None = None
    type: Text | None = None

    def wish(self, who: Who) -> Wish:
        """What one of the lists should be like."""
        return Wish(self.k, self.exclude, self.brand, self.type, who.bought)


class Reload(Body):
    """The body of POST /reload_model; without an id it is what releases/current names."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model_id": "als-0123456789ab"}]}
    )

    model_id: Text | None = None


B = TypeVar("B", bound=Body)


def parsed(kind: type[B], content: bytes) -> B:
    """The body as what it should be. ConfigError names the first key that is wrong."""
    try:
        return kind.model_validate(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"the body is not JSON: {error}") from None
    except ValidationError as error:
        raise ConfigError(explained(error.errors(include_url=False))) from None


def explained(problems: Any) -> str:
    """One line for the first of pydantic's problems."""
    first = problems[0]
    place = map(str, first["loc"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{'.'.join(place) or 'the body'}: {first['msg']}{more}"


def reply(request_id: str, answer: Answer, **about: object) -> dict[str, object]:
    """A list as it is answered with."""
    more = {"unknown_products": answer.unknown} if answer.unknown else {}
    return {
        "request_id": request_id,
        "model_id": answer.model_id,
        **about,
        "how": answer.how,
        **more,
        "items": answer.items,
    }


EXAMPLE = {
    "request_id": "0f8b6c5d4e3a2b1c",
    "model_id": "als-0123456789ab",
    "user_id": "2130",
    "how": "trained",
    "items": [
        {
            "product_id": "340585528",
            "name": "Son Dưỡng Mianuthô Nghệ Tươi 4g",
            "score": 6.548,
            "parts": {"factors": 3.549, "content": -0.07, "popularity": 3.07},
        }
    ],
}
