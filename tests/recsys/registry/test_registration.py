"""The best model is a version that stands on its logged model and says what its card says."""

from recsys.registry import logged_models, versions
from recsys.registry.registration import Published
from tests.recsys.registry.worlds import VALUES, World


def test_the_version_stands_on_the_logged_model(world: World) -> None:
    published = world.publish()
    version = world.client.get_model_version(versions.MODEL, "1")
    model = logged_models.find(world.client, published.model_id)
    assert model
    assert version.source == model.artifact_location
    assert version.run_id == model.source_run_id
    assert version.tags == {"model_id": published.model_id, "model_type": "als"}
    assert version.description.startswith(
        f"# {published.model_id}: recall_at_10 0.3000, popularity 0.2500\n"
    )
    assert model.params == {"factors": "2", "seed": "1"}
    files = world.client.list_artifacts(version.run_id)
    assert "MODEL_CARD.md" in [each.path for each in files]


def test_a_new_measurement_is_in_the_card(world: World) -> None:
    world.publish()
    world.report({**VALUES, "als": 0.4})
    world.publish()
    version = world.client.get_model_version(versions.MODEL, "1")
    assert "| recall_at_10 | 0.4000" in version.description
    assert len(world.versions()) == 1


def test_a_sentence() -> None:
    found = Published("als-1", 2, "Staging", "recall_at_10", 0.5, 0.5)
    assert found.sentence() == (
        "registered als-1 as version 2 (stage Staging): "
        "recall_at_10 0.5000 does not beat popularity's 0.5000"
    )
