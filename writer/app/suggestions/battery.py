"""A monitor of whether the machine runs on its battery."""

from __future__ import annotations

import time

_ASK_EVERY = 30.0


class BatteryMonitor:
    """Asks the system, at most twice a minute."""

    def __init__(self) -> None:
        self._asked = -_ASK_EVERY
        self._on_battery = False

    def on_battery(self) -> bool:
        """True while a battery is being used up; False on the mains and where there is no battery."""
        now = time.monotonic()
        if now - self._asked >= _ASK_EVERY:
            self._on_battery = _discharging()
            self._asked = now
        return self._on_battery


def _discharging() -> bool:
    """What the system says; some containers have no place where it would."""
    import psutil

    if not hasattr(psutil, "sensors_battery"):
        return False
    try:
        battery = psutil.sensors_battery()
    except OSError:
        return False
    return battery is not None and battery.power_plugged is False
