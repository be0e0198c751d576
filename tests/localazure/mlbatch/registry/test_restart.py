"""What was PUT survives the cloud that took it."""

from pathlib import Path

from tests.localazure.mlbatch.conftest import SAMPLES as FILES
from tests.localazure.mlbatch.conftest import Lab, configuration
from tests.localazure.mlbatch.registry.conftest import Workshop, create_compute
from tests.support.cloud import local_cloud


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """Jobs run as before, also when the lake has moved to another port."""
    with local_cloud(tmp_path, configuration(1), root=FILES) as cloud, cloud.applied():
        shop = Workshop(Lab(cloud))
        create_compute(shop.lab)
        shop.environment()
        shop.model("fleet", "V1", "1")
        shop.endpoint("fresh")
        shop.deploy("blue", "fresh")
        shop.switch("fresh", "blue")
    (tmp_path / "ports.json").unlink()
    with local_cloud(tmp_path, configuration(1), root=FILES) as cloud, cloud.applied():
        shop = Workshop(Lab(cloud))
        ml = shop.lab.ml
        assert ml.batch_endpoints.get("fresh").defaults.deployment_name == "blue"
        assert ml.models.get("fleet", label="latest").version == "V1"
        code = ml.batch_deployments.get("blue", "fresh").code_configuration.code
        assert shop.score("fresh", "blue") == "part-0.txt=1"
        assert shop.deploy("blue", "fresh").code_configuration.code == code
