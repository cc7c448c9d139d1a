"""A monitor of whether the machine runs on its battery."""

from __future__ import annotations

import time

_ASK_EVERY = 30.0
"""Seconds for which an answer of the system is used."""


class BatteryMonitor:
    """A cached check whether the machine runs on battery; asks the system at most twice a minute."""

    def __init__(self) -> None:
        self._asked = -_ASK_EVERY
        self._on_battery = False

    def on_battery(self) -> bool:
        """Whether a battery is discharging; False on mains power or without a battery."""
        now = time.monotonic()
        if now - self._asked >= _ASK_EVERY:
            self._on_battery = _discharging()
            self._asked = now
        return self._on_battery


def _discharging() -> bool:
    """The uncached state; False where psutil cannot tell, as in some containers."""
    import psutil

    if not hasattr(psutil, "sensors_battery"):
        return False
    try:
        battery = psutil.sensors_battery()
    except OSError:
        return False
    return battery is not None and battery.power_plugged is False
