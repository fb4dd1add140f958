"""What computes on SLURM and Kubernetes fits the repository: the command, its flags, Ray's version, the mounts."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from gca_viz.cli import make_parser

ROOT = Path(__file__).parents[1]
SBATCH = (ROOT / "deploy/slurm/sweep.sbatch").read_text("utf-8")
JOB = yaml.safe_load((ROOT / "deploy/kuberay/rayjob.yaml").read_text("utf-8"))["spec"]


def on_slurm():
    """The words behind ``srun``."""
    joined = SBATCH.replace("\\\n", " ")
    return shlex.split(next(line for line in joined.splitlines() if line.startswith("srun")))


def on_kubernetes():
    return shlex.split(JOB["entrypoint"])


def pods():
    cluster = JOB["rayClusterSpec"]
    return [group["template"]["spec"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


@pytest.mark.parametrize("place", ["slurm", "kuberay"])
def test_the_command_is_one_of_the_command_line_and_goes_on_where_it_was_stopped(place):
    words = on_slurm()[on_slurm().index("--") + 1 :] if place == "slurm" else on_kubernetes()
    assert words[:2] == ["gca-viz", "sweep"]
    chosen = make_parser("sweep").parse_args(words[1:])
    assert (chosen.executor, chosen.address) == ("ray", "auto") and chosen.results is not None


def test_a_cluster_asks_for_a_token():
    assert "RAY_AUTH_MODE=token" in SBATCH and "umask 077" in SBATCH
    assert SBATCH.index("RAY_AUTH_MODE=token") < SBATCH.index("srun ")
    assert JOB["rayClusterSpec"]["authOptions"] == {"mode": "token"}


def test_every_node_is_asked_for_what_slurm_gave():
    asked = on_slurm()
    assert asked[asked.index("--min-nodes") + 1] == "$SLURM_JOB_NUM_NODES"
    assert asked[asked.index("--num-cpus") + 1] == "$SLURM_CPUS_PER_TASK"
    given = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)", SBATCH, re.M))
    assert given["ntasks-per-node"] == "1"  # Ray starts its own processes


def test_rays_version_is_that_of_the_constraints():
    pinned = re.search(r"^ray==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"), re.M)[1]
    image = (ROOT / "deploy/kuberay/Dockerfile").read_text("utf-8")
    assert JOB["rayClusterSpec"]["rayVersion"] == pinned
    assert re.search(rf"^FROM rayproject/ray:{re.escape(pinned)}-py", image, re.M) and "[ray]" in image


def test_what_the_command_names_lies_where_every_pod_mounts_it():
    named = [word for word in on_kubernetes() if word.startswith("/")]
    for pod in pods():
        (container,) = pod["containers"]
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert {volume["name"] for volume in pod["volumes"]} == mounted.keys()
        assert all(path.startswith(f"{mounted['work']}/") for path in named)
        assert container["resources"]["requests"] == container["resources"]["limits"]
    assert len({container["image"] for pod in pods() for container in pod["containers"]}) == 1
