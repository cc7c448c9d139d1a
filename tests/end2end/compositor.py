"""A Wayland compositor without a monitor: sway, with keys from wtype and clipboards from wl-clipboard."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.end2end.screen import until

NEEDED = ("sway", "wtype", "wl-copy", "wl-paste", "dbus-run-session", "setpriv")

_NOBODY = 65534
_CONFIG = "default_border none\noutput HEADLESS-1 resolution 1280x900 position 0 0\n"


def missing() -> list[str]:
    """The programs that it needs and that are not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Compositor:
    """Starts sway with a keyboard; `close` ends it. `folder` must be empty, and its path short."""

    def __init__(self, folder: Path) -> None:
        config = folder / "config"
        config.write_text(_CONFIG)
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("DISPLAY", "WAYLAND_DISPLAY")
            },
            "XDG_RUNTIME_DIR": str(folder),
            "QT_QPA_PLATFORM": "wayland",
        }
        headless = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
        self._sway = subprocess.Popen(
            [*_as_nobody(folder), "sway", "--config", str(config)],
            env=self.environment | headless,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: list(folder.glob("wayland-*.lock")), 20, "the compositor")
        self.environment["WAYLAND_DISPLAY"] = next(folder.glob("wayland-*.lock")).stem
        # Each wtype brings a keyboard of its own; without one that stays, programs lose its first key.
        self._keyboard = subprocess.Popen(
            ["wtype", "-s", "1000000", "-k", "Shift_L"], env=self.environment, stderr=subprocess.DEVNULL
        )

    def close(self) -> None:
        """End both programs."""
        for process in (self._keyboard, self._sway):
            process.terminate()
            process.wait(10)

    def keys(self, *arguments: str) -> None:
        """Run wtype."""
        subprocess.run(["wtype", *arguments], env=self.environment, check=True, timeout=20)

    def copy(self, text: str) -> None:
        """Put a text into the clipboard, as another program does."""
        subprocess.run(
            ["wl-copy", "--", text], env=self.environment, check=True, timeout=20, stderr=subprocess.DEVNULL
        )

    def clipboard(self) -> str:
        """The text in the clipboard, as another program gets it."""
        return subprocess.run(
            ["wl-paste", "--no-newline"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        ).stdout


def _as_nobody(folder: Path) -> list[str]:
    """What runs sway without the rights of root, with which it does not start; gives the folder to it."""
    if os.geteuid():
        return []
    os.chown(folder, _NOBODY, _NOBODY)
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
