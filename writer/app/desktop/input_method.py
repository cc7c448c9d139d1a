"""Qt's choice of an input method, made to fit the input method that runs.

Chinese, Japanese and Korean are typed through an input method, a program of the desktop, which Qt reaches by
a plugin called an input context. The environment says which one: `QT_IM_MODULES` (several, parted by `;`, the
first that works is taken), else `QT_IM_MODULE`, and for programs of the X Window System `XMODIFIERS`
(`@im=fcitx`). The Qt of the wheel, and so of the package, brings the context `ibus` and none for fcitx: told
`fcitx`, it takes none, and keys are letters.

Fcitx 5 answers on the D-Bus interface of IBus, too, as the service `org.freedesktop.portal.IBus`. The context
`ibus` talks to that service where `IBUS_USE_PORTAL` is set; otherwise it wants the program `ibus-daemon`,
which people who use fcitx do not have. So `fcitx` becomes `ibus` over that service where no plugin for fcitx
is beside Qt, and Fcitx 5 is installed or the service is there. Where neither is, nothing is changed: an
`ibus` that reaches nobody would compose no accents.

On Wayland nothing is added to what the environment names: without a name, the compositor passes texts on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, MutableMapping
from pathlib import Path

from PySide6.QtCore import QLibraryInfo

SERVICE = "org.freedesktop.portal.IBus"
"""The D-Bus service of IBus' interface, which Fcitx 5 provides, too."""


def adapt_input_method(
    environment: MutableMapping[str, str],
    is_installed: Callable[[str], object] = shutil.which,
    is_running: Callable[[], bool] | None = None,
    plugins: Path | None = None,
) -> None:
    """Change Qt's variables in `environment` where they name an input method that Qt reaches as `ibus` alone.

    Must be called before the QGuiApplication is made. `is_installed` tells whether there is a program of a
    name, `is_running` whether the D-Bus service is there, `plugins` is Qt's folder of plugins.
    """
    wanted = _wanted(environment)
    if any(_is_fcitx(name) for name in wanted):
        if any((plugins or _plugins()).glob("platforminputcontexts/*fcitx*")):
            return
    elif "ibus" not in wanted or is_installed("ibus-daemon"):
        return
    if not (is_installed("fcitx5") or (is_running or _is_running)()):
        return
    names = dict.fromkeys("ibus" if _is_fcitx(name) else name for name in wanted)
    environment["QT_IM_MODULES"] = ";".join(names)
    environment["IBUS_USE_PORTAL"] = "1"


def _wanted(environment: MutableMapping[str, str]) -> list[str]:
    """The names of the contexts in the environment, the preferred one first."""
    several = [name for name in environment.get("QT_IM_MODULES", "").split(";") if name]
    if several:
        return several
    if one := environment.get("QT_IM_MODULE"):
        return [one]
    before, _, name = environment.get("XMODIFIERS", "").partition("@im=")
    return [name] if name and not before and not environment.get("WAYLAND_DISPLAY") else []


def _is_fcitx(name: str) -> bool:
    return name.lower() in ("fcitx", "fcitx5")


def _plugins() -> Path:
    return Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))


def _is_running() -> bool:
    """Whether the service is on the session's bus; a connection of its own, closed at once."""
    from PySide6.QtDBus import QDBusConnection  # here, because it is slow to import and seldom needed

    name = "writer-input-method"
    try:
        bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, name)
        return bus.isConnected() and bool(bus.interface().isServiceRegistered(SERVICE).value())
    finally:
        QDBusConnection.disconnectFromBus(name)
