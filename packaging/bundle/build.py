"""Builds the bundle in `dist/writer`, a folder with the starter model inside; on macOS `dist/Writer.app` too.

    python packaging/bundle/build.py [--flavour cpu|cuda]

The flavour is checked against the torch that is installed, because that decides the size: a release page
refuses what the CUDA build weighs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUNDLE = ROOT / "dist" / "writer"
INSIDE = BUNDLE / "_internal"
LIMIT = {"cpu": 1_120_000_000}
"""Bytes that the installed program should have at the most, by flavour."""


def main() -> int:
    """Build, look at the result and say what its largest parts are; 2 and a sentence when that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flavour", choices=("cpu", "cuda"), default="cpu")
    flavour = parser.parse_args().flavour
    if problem := _wrong_torch(flavour):
        print(problem, file=sys.stderr)
        return 2
    _starter(ROOT / "build" / "models")
    _icons(ROOT / "build" / "icons")
    _freeze()
    _drop_doubles()
    _strip()
    _empty_icu()
    _try_out()
    return _weigh(LIMIT.get(flavour))


def _wrong_torch(flavour: str) -> str:
    """Why the torch that is installed is not the one of the flavour; "" where it is."""
    import torch

    has_cuda = torch.version.cuda is not None
    if has_cuda == (flavour == "cuda"):
        return ""
    found = "with" if has_cuda else "without"
    return f'The torch of .venv is built {found} CUDA; choose the build with: make package TORCH="…"'


def _starter(target: Path) -> None:
    """Lay out the starter model that the bundle takes: the small file, which this checkout may not have."""
    from writer.models import manifest as manifests
    from writer.models.download.fetcher import ModelFetcher
    from writer.models.selection import DEFAULT_MODEL
    from writer.models.store import ModelStore, installed_store
    from writer.models.weights.weight_files import is_gguf

    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    model = ModelFetcher(installed_store()).get(DEFAULT_MODEL)
    if not is_gguf(model.weights):  # an earlier version brought it
        ModelFetcher(ModelStore(target)).get(DEFAULT_MODEL)
        return
    folder = target / DEFAULT_MODEL
    folder.mkdir()
    for file in model.manifest.files:
        shutil.copyfile(model.path / file.name, folder / file.name)
    manifests.write(folder, replace(model.manifest, measured={}))


def _icons(target: Path) -> None:
    """Draw the icon for the systems that want it in a file of their own."""
    import icons

    drawing = ROOT / "resources" / "icons" / "writer.svg"
    target.mkdir(parents=True, exist_ok=True)
    (target / "writer.ico").write_bytes(icons.ico(drawing))
    (target / "writer.icns").write_bytes(icons.icns(drawing))


def _freeze() -> None:
    """Run PyInstaller. Modules are not compressed one by one: the packages do so better, over all of them."""
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(BUNDLE.parent), "--workpath", str(ROOT / "build" / "pyinstaller")]
    own = os.environ | {"PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0"}
    subprocess.run([*command, str(HERE / "writer.spec")], cwd=ROOT, env=own, check=True)


def _drop_doubles() -> None:
    """Remove what PyInstaller laid a second time beside a package's own libraries, or took unasked."""
    import contents

    for library in INSIDE.glob("*.so*"):
        doubles = [p for p in INSIDE.glob(f"*/**/{library.name}") if not p.is_symlink()]
        if doubles and not library.is_symlink():
            library.unlink()
            library.symlink_to(doubles[0].relative_to(INSIDE))
    for file in [path for path in INSIDE.rglob("*") if path.is_file()]:
        if not contents.kept(file.relative_to(INSIDE).as_posix()):
            file.unlink()
    for link in [path for path in INSIDE.rglob("*") if path.is_symlink() and not path.exists()]:
        link.unlink()


def _strip() -> None:
    """Remove the symbols of the libraries, where there is a strip; one that the loader refuses then stays."""
    import contents

    if not sys.platform.startswith("linux") or not shutil.which("strip"):
        return
    stripped = ROOT / "build" / "stripped.so"
    for library in INSIDE.rglob("*.so*"):
        place = library.relative_to(INSIDE).as_posix()
        if library.is_symlink() or any(fnmatch(place, pattern) for pattern in contents.NOT_STRIPPED):
            continue
        shutil.copy2(library, stripped)
        subprocess.run(["strip", "--strip-unneeded", stripped], check=True, capture_output=True)
        if subprocess.run(["ldd", stripped], capture_output=True, check=False).returncode == 0:
            os.replace(stripped, library)


def _empty_icu() -> None:
    """Empty what Qt does not read of ICU's data, where its wheel brings it."""
    import icu_data

    for library in INSIDE.glob("PySide6/Qt/lib/libicudata.so.*"):
        print(f"{library.name}: {icu_data.empty_unread(library) / 1e6:.0f} MB are not read")


def _try_out() -> None:
    """Let the bundle complete a sentence, in a home that is empty."""
    home = ROOT / "build" / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    subprocess.run(
        [BUNDLE / "writer", "complete"],
        input=b"The key to good writing is",
        env=own | {"HOME": str(home), "USERPROFILE": str(home)},
        check=True,
        timeout=300,
    )
    for made in (INSIDE / "writer" / "resources" / "models").glob("*/.writer"):
        shutil.rmtree(made)


def _weigh(limit: int | None) -> int:
    """Print the size and the largest parts; 1, with a sentence, when it is more than `limit` bytes."""
    sizes = {part: _bytes(part) for part in INSIDE.iterdir()}
    whole = _bytes(BUNDLE)
    print(f"\n{BUNDLE.relative_to(ROOT)}: {whole / 1e6:.0f} MB; its largest parts:")
    for part in sorted(sizes, key=sizes.__getitem__, reverse=True)[:10]:
        print(f"{sizes[part] / 1e6:8.0f} MB  {part.name}")
    if limit and whole > limit:
        print(f"That is more than the {limit / 1e6:.0f} MB that are meant.", file=sys.stderr)
        return 1
    return 0


def _bytes(part: Path) -> int:
    files = [part] if part.is_file() else part.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
