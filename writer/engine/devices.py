"""The choice of the device that runs the model: CPU, CUDA or MPS, with the reason in words.

torch is imported only where a driver for one of its devices is found.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import dataclass

from writer.base.errors import Sentence
from writer.engine.protocol import MachineError


@dataclass(frozen=True, slots=True)
class Device:
    """A device: its name ("cpu", "cuda", "mps") and the reason for choosing it."""

    name: str
    why: Sentence


def choose_device(wanted: str) -> Device:
    """The device for "auto", "cpu", "cuda" or "mps". Raises MachineError where torch cannot use it."""
    if wanted == "cpu":
        return Device("cpu", Sentence("The processor, as set."))
    if wanted in ("cuda", "mps"):
        if not _is_available(wanted):
            raise MachineError(
                "There is no {device} here that can be used; set “Runs on” to Automatic.",
                device=_NAMES[wanted],
            )
        return Device(wanted, Sentence("The {device}, as set.", {"device": _NAMES[wanted]}))
    for name in ("cuda", "mps"):
        if has_driver(name) and _is_available(name):
            return Device(name, Sentence("The {device}, because there is one.", {"device": _NAMES[name]}))
    return Device("cpu", Sentence("The processor, because there is no graphics card that can be used."))


_NAMES = {"cuda": Sentence("NVIDIA graphics card"), "mps": Sentence("Apple graphics processor")}


def has_driver(name: str) -> bool:
    """Whether the device's driver is installed; checked first, since importing torch takes seconds."""
    if name == "mps":
        return sys.platform == "darwin" and platform.machine() == "arm64"
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    if sys.platform == "darwin":
        return False
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _is_available(name: str) -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available() if name == "cuda" else torch.backends.mps.is_available()
