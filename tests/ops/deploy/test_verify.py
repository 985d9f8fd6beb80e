"""What is expected of a service, and how workers are waited for; tests/test_service.py has the real
one, test_behaviours.py what is wrong with others.
"""

import os
import time
from pathlib import Path

import pytest

from ops.deploy import verify
from ops.deploy.releases import Places
from ops.deploy.service_client import Service
from ops.deploy.verify import Expected
from recsys.program.errors import DataError, ServiceError
from recsys.serving import attestation
from recsys.serving.attestation import Attestation
from tests.recsys.serving import worlds
from tests.worlds import complains


def test_less_is_expected_without_a_release(tmp_path: Path) -> None:
    for model_id in ("als-1", "als-0123456789ab", "../../etc"):
        assert verify.expected(Places(tmp_path), model_id) == Expected(model_id)
    assert verify.expected(None, "als-1") == Expected("als-1")


def test_a_release_says_what_is_expected(tmp_path: Path) -> None:
    model_id = worlds.publish(tmp_path)
    found = verify.expected(Places(tmp_path), model_id)
    assert found.manifest_sha256 and found.manifest_sha256[:12] == model_id[-12:]
    assert len(found.golden) == 24
    (tmp_path / "releases/hidden.txt").write_text("p4\n")
    hidden = verify.expected(Places(tmp_path), model_id)
    assert hidden.digest == found.digest  # of what all workers know alike
    assert not any("p4" in query.products for query in hidden.golden)
    (tmp_path / "releases/delisted.txt").write_text("p5\n")
    hidden = verify.expected(Places(tmp_path), model_id)
    assert not any({"p4", "p5"} & set(query.products) for query in hidden.golden)


def test_a_release_that_is_torn_is_not_taken_for_expected(tmp_path: Path) -> None:
    model_id = worlds.publish(tmp_path)
    (tmp_path / "releases" / model_id / "content.npy").unlink()
    with complains(DataError, "content.npy"):
        verify.expected(Places(tmp_path), model_id)


# ---- workers ----
def says(state: Path, service: Service, model_id: str, **more: object) -> None:
    said = Attestation(
        worker=os.getpid(),
        workers=1,
        port=int(service.url.rpartition(":")[2]),
        model_id=model_id,
        manifest_sha256="0" * 64,
        generation=1,
        golden="",
        at=time.time(),
    )
    attestation.write(state, said.model_copy(update=more))


def test_workers_on_another_machine_are_not_asked(tmp_path: Path) -> None:
    here = Service("http://127.0.0.1:80", 1.0)
    says(tmp_path, here, "als-1")
    assert len(verify.attested(here, tmp_path)) == 1
    assert len(verify.attested(Service("http://localhost", 1.0), tmp_path)) == 1
    assert verify.attested(Service("http://10.0.0.1:80", 1.0), tmp_path) == []


def test_a_worker_that_serves_something_else_is_told_of(fake, tmp_path: Path) -> None:
    state, service = fake
    state.serving = "als-1"
    says(tmp_path, service, "als-1")
    assert verify.verify(service, Expected("als-1"), tmp_path).endswith(", 1 worker")
    says(tmp_path, service, "als-0")
    with pytest.raises(ServiceError, match=r"0 of 1 workers serve als-1.*serves als-0"):
        verify.verify(service, Expected("als-1"), tmp_path)


def test_workers_that_are_missing_are_waited_for(fake, tmp_path: Path) -> None:
    state, service = fake
    state.serving = "als-1"
    says(tmp_path, service, "als-1", workers=2)
    short = Service(service.url, 5.0, "", 0.3)
    begin = time.monotonic()
    with pytest.raises(ServiceError, match=r"1 of 2 workers.*others are gone"):
        verify.verify(short, Expected("als-1"), tmp_path)
    assert 0.2 < time.monotonic() - begin < 3


def test_a_worker_has_to_load_it_anew(fake, tmp_path: Path) -> None:
    state, service = fake
    state.serving = "als-1"
    says(tmp_path, service, "als-1", generation=4)
    wanted, pid = Expected("als-1"), os.getpid()
    assert verify.verify(service, wanted, tmp_path, None, {pid: 3})
    with pytest.raises(ServiceError, match="0 of 1 workers"):
        verify.verify(service, wanted, tmp_path, None, {pid: 4})


@pytest.mark.parametrize("digest", ["", "another"])
def test_a_worker_answers_as_the_release_does(
    fake, tmp_path: Path, digest: str
) -> None:
    state, service = fake
    state.serving = "als-1"
    wanted = Expected("als-1", "1".ljust(64, "0"), (), "right")
    said = {"manifest_sha256": wanted.manifest_sha256}
    says(tmp_path, service, "als-1", golden="right", **said)
    assert verify.verify(service, wanted, tmp_path)
    says(tmp_path, service, "als-1", golden=digest, **said)
    with pytest.raises(ServiceError, match="0 of 1 workers"):
        verify.verify(service, wanted, tmp_path)
