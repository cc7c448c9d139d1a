"""The priority of a computing thread."""

from __future__ import annotations

import ctypes
import os
import sys
import threading

_NICE = 10
_WINDOWS_BELOW_NORMAL = -1


def lower_thread_priority() -> None:
    """Lower the priority of the calling thread (on Linux, also of threads it starts). Never raises."""
    if sys.platform == "linux":
        # On Linux "nice" is a thread's, not the process's, where a thread id is given.
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        except OSError:
            return
    elif sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _WINDOWS_BELOW_NORMAL)
    elif sys.platform == "darwin":
        quality_of_service_utility = 0x11
        ctypes.CDLL(None).pthread_set_qos_class_self_np(quality_of_service_utility, 0)
