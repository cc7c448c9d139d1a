"""Makes `dist/writer-VERSION-macos-MACHINE.dmg` from `dist/Writer.app`, which PyInstaller leaves there.

    python packaging/macos/package.py

Signing and notarising are asked for by two variables; without them the app carries an ad hoc signature, and
macOS lets it start only after "Open Anyway" in the settings:

    WRITER_IDENTITY   "Developer ID Application: Owner (TEAM)", a certificate in the keychain
    WRITER_NOTARY     the name of a profile that `xcrun notarytool store-credentials` has kept
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from writer import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
APP = ROOT / "dist" / "Writer.app"
STAGE = ROOT / "build" / "dmg"


def main() -> int:
    """Sign, pack, notarise and staple, each where it is asked for."""
    if not APP.is_dir() or not shutil.which("hdiutil"):
        print("The image needs macOS, and dist/Writer.app from packaging/bundle/build.py.", file=sys.stderr)
        return 2
    identity, notary = os.environ.get("WRITER_IDENTITY", ""), os.environ.get("WRITER_NOTARY", "")
    _sign(identity or "-")
    image = _image()
    if identity and notary:
        _sign_file(image, identity)
        _run("xcrun", "notarytool", "submit", image, "--keychain-profile", notary, "--wait")
        _run("xcrun", "stapler", "staple", image)
    print(f"{image.relative_to(ROOT)}: {image.stat().st_size / 1e6:.0f} MB")
    return 0


def _sign(identity: str) -> None:
    """Sign from the inside out: libraries and children first, the app last. "-" is the ad hoc identity."""
    inner = [*APP.rglob("*.dylib"), *APP.rglob("*.so"), *APP.rglob("pandoc"), *APP.rglob("torch_shm_manager")]
    for file in inner:
        if not file.is_symlink():
            _sign_file(file, identity)
    _sign_file(APP, identity)
    _run("codesign", "--verify", "--strict", APP)


def _sign_file(file: Path, identity: str) -> None:
    hardened = [] if identity == "-" else ["--options", "runtime", "--timestamp"]
    rights = ["--entitlements", HERE / "entitlements.plist"] if file == APP else []
    _run("codesign", "--force", *hardened, *rights, "--sign", identity, file)


def _image() -> Path:
    """The compressed disk image, with the app beside a link to the folder of programs."""
    image = ROOT / "dist" / f"writer-{__version__}-macos-{platform.machine()}.dmg"
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    _run("ditto", APP, STAGE / APP.name)
    shutil.copyfile(ROOT / "LICENSE", STAGE / "LICENSE")
    (STAGE / "Applications").symlink_to("/Applications")
    _run("hdiutil", "create", "-volname", "Writer", "-srcfolder", STAGE, "-format", "ULMO", "-ov", image)
    return image


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    sys.exit(main())
