"""The processes of a training that a launcher started: torchrun, or SLURM's srun.

Each of them is the same command. The first one does all stages of the training; the others wait until it has
planned the steps, take part in them, and end. Lightning's environments tell which process this is.
"""

from __future__ import annotations

import os
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from writer.training.run_folder import TrainingError

if TYPE_CHECKING:
    from pytorch_lightning.plugins.environments import (  # type: ignore[attr-defined]
        ClusterEnvironment,
    )

_TIMEOUT = timedelta(days=30)
"""For the others: reading a folder may take hours. They end at once when the first process does."""


class Ranks:
    """The processes of the launcher, `devices` on each of `nodes` computers; this one is number `rank`."""

    def __init__(self, environment: ClusterEnvironment, nodes: int) -> None:
        self._environment = environment
        self._is_called = False
        self.rank = environment.global_rank()
        self.nodes = nodes
        self.devices = environment.world_size() // nodes
        if self.devices * nodes != environment.world_size():
            raise TrainingError(
                "The launcher starts {count} processes on {nodes} computers; start as many on each of them.",
                count=environment.world_size(),
                nodes=nodes,
            )

    def __enter__(self) -> Ranks:
        """Connect the processes. Raises TrainingError."""
        import torch

        environment = self._environment
        address, port = environment.main_address, environment.main_port
        os.environ |= {"MASTER_ADDR": address, "MASTER_PORT": str(port)}
        try:
            torch.distributed.init_process_group(
                None if torch.cuda.is_available() else "gloo",
                rank=self.rank,
                world_size=environment.world_size(),
                timeout=_TIMEOUT,
            )
        except (RuntimeError, ValueError) as error:
            raise TrainingError(
                "The processes of this training do not find each other at {address}, port {port}; check that "
                "they may connect, and that the port is free.",
                address=address,
                port=str(port),
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        import torch

        if self.rank == 0 and not self._is_called:
            self.call("")
        if kind is None and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    def call(self, run: str) -> None:
        """From the first process: tell the others the run whose steps begin, "" where there are none."""
        import torch

        self._is_called = True
        torch.distributed.broadcast_object_list([run], src=0)

    def wait(self) -> str:
        """In the others: the run whose steps begin, "" where there are none. Raises TrainingError."""
        import torch

        told = [""]
        try:
            torch.distributed.broadcast_object_list(told, src=0)
        except RuntimeError as error:
            raise TrainingError(
                "The first process of this training ended before its steps began; it says why."
            ) from error
        return told[0]


def find_ranks() -> Ranks | None:
    """The processes of the launcher that started this one; None without a launcher, or alone.

    Raises TrainingError where they cannot train together.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        from pytorch_lightning.plugins.environments import (  # type: ignore[attr-defined]
            TorchElasticEnvironment,
        )

        ranks = Ranks(TorchElasticEnvironment(), _count("WORLD_SIZE") // _count("LOCAL_WORLD_SIZE"))
    elif is_below_srun():
        from pytorch_lightning.plugins.environments import (  # type: ignore[attr-defined]
            SLURMEnvironment,
        )

        nodes = _count("SLURM_NNODES")
        on_each = str(_count("SLURM_NTASKS") // nodes)
        os.environ.setdefault("SLURM_NTASKS_PER_NODE", on_each)  # Lightning asks for it
        ranks = Ranks(SLURMEnvironment(), nodes)
    else:
        return None
    return ranks if ranks.devices * ranks.nodes > 1 else None


def is_below_srun() -> bool:
    """Whether srun started this process, and not a shell in an allocation, whose variables look alike."""
    return "SLURM_NTASKS" in os.environ and "SLURM_PROCID" in os.environ


def _count(name: str) -> int:
    """The number in a variable of the launcher, 1 without one."""
    return int(os.environ.get(name) or 1)
