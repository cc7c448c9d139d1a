"""A screen without a monitor: Xvfb with a window manager, read through its frame buffer file."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

NEEDED = ("Xvfb", "xdotool", "openbox")
Colour = tuple[int, int, int]


def missing() -> list[str]:
    """The programs that a virtual screen needs and that are not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


class Screen:
    """Starts Xvfb and, unless told otherwise, openbox; `close` ends them."""

    def __init__(self, folder: Path, manager: bool = True) -> None:
        self._frame = folder / "Xvfb_screen0"
        until(lambda: self._start_server(folder), 30, "the screen")
        self._running = [self._server]
        if manager:
            self._running.append(
                subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL)
            )

    def _start_server(self, folder: Path) -> bool:
        """Start Xvfb; whether it takes windows. Some that start at once choose the same number."""
        reader, writer = os.pipe()
        size = ["-screen", "0", "1280x900x24", "-fbdir", str(folder), "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), *size], pass_fds=[writer], stderr=subprocess.DEVNULL
        )
        os.close(writer)
        with os.fdopen(reader) as stream:
            self.display = f":{stream.readline().strip()}"
        self.environment = os.environ | {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        probe = ["xdotool", "getmouselocation"]
        if not subprocess.run(probe, env=self.environment, capture_output=True, check=False).returncode:
            return True
        self._server.terminate()
        self._server.wait(10)
        return False

    def close(self) -> None:
        """End the programs."""
        for process in reversed(self._running):
            process.terminate()
            process.wait(10)

    def do(self, *arguments: str) -> str:
        """Run xdotool."""
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    def rows(self, first: int, last: int) -> bytes:
        """The pixels of these rows of the screen."""
        data = self._frame.read_bytes()
        header = struct.unpack(">25I", data[:100])
        begin, stride = header[0] + header[19] * 12, header[12]
        return data[begin + first * stride : begin + last * stride]

    def pixels_like(self, colour: Colour, tolerance: int = 6) -> int:
        """How many pixels of the screen have about this colour."""
        data = self._frame.read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, width, height, stride, colours = header[0], header[4], header[5], header[12], header[19]
        begin = size + colours * 12
        count = 0
        red, green, blue = colour
        for y in range(height):
            row = data[begin + y * stride : begin + y * stride + width * 4]
            count += sum(
                abs(row[i + 2] - red) <= tolerance
                and abs(row[i + 1] - green) <= tolerance
                and abs(row[i] - blue) <= tolerance
                for i in range(0, len(row), 4)
                if row[i] != 0xFB
            )
        return count


def until(holds: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.1)
