"""Trainings whose processes a launcher started: one run, one model, and the losses of a single process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.sample_folders import command, environment, events
from writer.training import events as job
from writer.training.distributed.ranks import find_ranks, is_below_srun
from writer.training.events import TrainingRequest
from writer.training.plan import draft_plan
from writer.training.run_folder import TrainingError

SLURM = {"SLURM_JOB_ID": "71234", "SLURM_JOB_NAME": "train", "SLURM_NODELIST": "localhost"}


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Variables that are set here are gone afterwards."""
    for name in ("MASTER_ADDR", "MASTER_PORT", "SLURM_NTASKS_PER_NODE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_without_a_launcher_there_is_one_process(monkeypatch):
    assert find_ranks() is None
    monkeypatch.setenv("SLURM_NTASKS", "2")  # a shell in an allocation
    assert find_ranks() is None
    assert not is_below_srun()


def test_slurm_and_torchrun_tell_their_processes(monkeypatch):
    for name, value in (SLURM | {"SLURM_NTASKS": "6", "SLURM_NNODES": "2", "SLURM_PROCID": "4"}).items():
        monkeypatch.setenv(name, value)
    ranks = find_ranks()
    assert ranks is not None
    assert (ranks.rank, ranks.devices, ranks.nodes) == (4, 3, 2)
    assert os.environ["SLURM_NTASKS_PER_NODE"] == "3"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    ranks = find_ranks()
    assert ranks is not None
    assert (ranks.rank, ranks.devices, ranks.nodes) == (1, 2, 1)


def test_uneven_computers_are_one_sentence(monkeypatch):
    for name, value in (SLURM | {"SLURM_NTASKS": "5", "SLURM_NNODES": "2", "SLURM_PROCID": "0"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TrainingError, match="starts 5 processes on 2 computers"):
        find_ranks()


@pytest.mark.parametrize(
    ("devices", "nodes", "least"), [("1", 1, 4), ("5", 1, 5), ("4", 4, 16), ("auto", 1, 4)]
)
def test_each_process_has_a_sequence_of_each_step(devices, nodes, least):
    request = TrainingRequest("f", devices=devices, num_nodes=nodes)
    assert draft_plan(request, "cpu", 1_000_000, 1 << 30, 256).sequences == least


@pytest.mark.slow
def test_torchrun_makes_one_run_that_learns_as_one_process_does(
    texts: Path, few_steps: tuple[object, ...], losses_alone: list[float]
):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    together = subprocess.run(
        [*launcher, *command(texts, *few_steps)[1:]],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert together.returncode == 0, together.stderr
    told = events(together.stdout)
    losses = [event.loss for event in told if isinstance(event, job.StepFinished)]
    assert losses == pytest.approx(losses_alone, rel=1e-3)
    assert len([event for event in told if isinstance(event, job.Published)]) == 1


def test_all_end_when_the_first_one_cannot_begin(gpt2: Path, tmp_path: Path):
    (tmp_path / "little.txt").write_text("Not much is said here.")
    slurm = SLURM | {"SLURM_NTASKS": "2", "SLURM_NNODES": "1", "MASTER_PORT": "29611"}
    processes = [
        subprocess.Popen(
            command(tmp_path, "--base", gpt2),
            env=environment() | slurm | {"SLURM_PROCID": rank, "SLURM_LOCALID": rank, "SLURM_NODEID": "0"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    told = [process.communicate(timeout=180)[1] for process in processes]
    assert [process.returncode for process in processes] == [2, 0], told
    assert "too little text" in told[0]
    assert told[1] == ""
