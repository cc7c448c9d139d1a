"""What Qt, Chinese text and the tests need of a Linux system, how to see that it is missing, and apt.

Libraries are found missing by asking the dynamic linker about Qt's own files, so that no list can be wrong
in the direction that matters; the table here only names the packages. Other systems need nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

QT_FILES = (
    "plugins/platforms/libqxcb.so",
    "plugins/platforms/libqoffscreen.so",
    "plugins/platforms/libqwayland.so",
    "plugins/xcbglintegrations/libqxcb-egl-integration.so",
    "plugins/xcbglintegrations/libqxcb-glx-integration.so",
    "plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
    "lib/libQt6Widgets.so.6",
    "lib/libQt6Svg.so.6",
    "lib/libQt6PrintSupport.so.6",
)

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libGLdispatch.so.0": "libglvnd0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}

CHINESE_FONT = "fonts-wqy-microhei"
"""Small (1.6 MB) and legible on a screen; any other font that covers Chinese will do as well."""

TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "xauth": "xauth",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "dbus-run-session": "dbus-daemon",
    "/usr/libexec/ibus-ui-gtk3": "ibus",
    "/usr/libexec/ibus-engine-libpinyin": "ibus-libpinyin",
    "fcitx5": "fcitx5",
    "/usr/share/fcitx5/addon/pinyin.conf": "fcitx5-pinyin",
    "sway": "sway",
    "wtype": "wtype",
    "wl-copy": "wl-clipboard",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "/usr/lib/python3/dist-packages/pyatspi/__init__.py": "python3-pyatspi",
}
"""What the tests drive a real window with, in pinyin and on Wayland too, and what validates files for the
desktop."""


def missing_libraries(venv: Path) -> list[str]:
    """The packages of the libraries that Qt's files ask for and the linker does not find.

    A library that no package is known for stands there by its own name.
    """
    if not sys.platform.startswith("linux"):
        return []
    found = sorted(venv.glob("lib/python3*/site-packages/PySide6/Qt"))
    files = [str(qt / name) for qt in found for name in QT_FILES if (qt / name).exists()]
    if not files or not shutil.which("ldd"):
        return []
    text = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False).stdout
    names = {line.split()[0] for line in text.splitlines() if line.rstrip().endswith("not found")}
    return sorted({PACKAGES.get(name, name) for name in names if not name.startswith("libQt6")})


def missing_fonts() -> list[str]:
    """A font for Chinese, where no font of the system covers it."""
    if not sys.platform.startswith("linux"):
        return []
    if shutil.which("fc-list"):
        command = ["fc-list", ":lang=zh-cn", "family"]
        if subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip():
            return []
    elif any(Path("/usr/share/fonts").glob("**/wqy-*.ttc")):
        return []
    return ["fontconfig", CHINESE_FONT]


def missing_tools() -> list[str]:
    """The packages of the programs that the tests use."""
    if not sys.platform.startswith("linux"):
        return []
    return sorted(
        package
        for program, package in TOOLS.items()
        if not (shutil.which(program) or Path(program).is_file())
    )


def install(packages: list[str]) -> str | None:
    """Install with apt, as root or through a sudo that asks nothing; None when that worked.

    Otherwise the answer is the command that a person has to run.
    """
    if not shutil.which("apt-get"):
        return f"your package manager (Debian's names: {' '.join(packages)})"
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    prefix = _root_prefix()
    if prefix is None:
        return "sudo " + " ".join(command)
    print(f"Installing packages of the system: {' '.join(packages)}", flush=True)
    if _quietly([*prefix, *command]):
        return None
    if _quietly([*prefix, "apt-get", "update"]) and _quietly([*prefix, *command], show=True):
        return None
    return " ".join([*prefix, *command])


def _root_prefix() -> list[str] | None:
    """What to put in front of a command to run it as root without a question; None where that cannot be."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def _quietly(command: list[str], show: bool = False) -> bool:
    """Run without questions; whether it worked. Its errors are shown only where they are the last word."""
    if command[0].endswith("sudo"):
        command = [*command[:2], "env", "DEBIAN_FRONTEND=noninteractive", *command[2:]]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if result.returncode and show:
        print(result.stderr, file=sys.stderr)
    return result.returncode == 0
