"""Which device runs the model, and why: said in words, so that nobody has to guess.

torch is imported only where there is reason to think that it has a device to offer.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import dataclass

from writer.engine.protocol import EngineError


@dataclass(frozen=True, slots=True)
class Device:
    """A device's name ("cpu", "cuda", "mps") and the reason for it."""

    name: str
    why: str


def choose_device(wanted: str) -> Device:
    """The device for "auto", "cpu", "cuda" or "mps". Raises EngineError where it is not to be had."""
    if wanted == "cpu":
        return Device("cpu", "the processor, as set")
    if wanted in ("cuda", "mps"):
        if not _works(wanted):
            raise EngineError(
                f"There is no {_NAMES[wanted]} here that torch can use; set the device to automatic."
            )
        return Device(wanted, f"the {_NAMES[wanted]}, as set")
    for name in ("cuda", "mps"):
        if _driver_is_there(name) and _works(name):
            return Device(name, f"the {_NAMES[name]}, because there is one")
    return Device("cpu", "the processor, because there is no graphics card that torch can use")


_NAMES = {"cuda": "NVIDIA graphics card", "mps": "Apple graphics processor"}


def _driver_is_there(name: str) -> bool:
    """Whether importing torch is worth its seconds."""
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


def _works(name: str) -> bool:
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available() if name == "cuda" else torch.backends.mps.is_available()
