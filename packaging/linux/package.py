"""Makes `dist/writer_VERSION_ARCH.deb` and `dist/writer-VERSION-linux-MACHINE.tar.gz` from the bundle.

The version stands in `writer/__init__.py` alone. The Debian package leaves out the libraries that PyInstaller
took from Debian, and depends on their packages; the archive has them. Which packages those are, dpkg knows.
"""

from __future__ import annotations

import gzip
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from email import message_from_string
from functools import cache
from pathlib import Path

import small_deb

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DIST = ROOT / "dist"
BUNDLE = DIST / "writer"
APP_ID = "app.writer.Writer"
DEB_LIMIT = 270_000_000
ARCHIVE_LIMIT = 400_000_000
"""Bytes of the .deb and of the archive, at the most."""
PROGRAMS = ("pandoc", "torch_shm_manager")
MAINTAINER = "The Writer project <writer@example.org>"
"""Whoever publishes the package puts an address of their own here."""
LOADED = {"fontconfig-config", "libegl1", "libgl1", "libxcb-cursor0", "libxcursor1"}
"""Packages whose libraries Qt loads by name, or whose files."""
LIKED = "xdg-utils, fonts-noto-cjk | fonts-wqy-microhei"


def main() -> int:
    """Make both; the exit status tells whether they are small enough."""
    if not BUNDLE.is_dir():
        print("There is no bundle in dist/writer; run make package.", file=sys.stderr)
        return 2
    archive = make_archive()
    weight = archive.stat().st_size
    print(f"{archive.relative_to(ROOT)}: {weight / 1e6:.0f} MB")
    if not shutil.which("dpkg-deb"):
        print("No dpkg-deb here; the .deb is left out.")
        return int(weight > ARCHIVE_LIMIT)
    package = make_package()
    size = package.stat().st_size
    print(f"{package.relative_to(ROOT)}: {size / 1e6:.0f} MB")
    return int(size > DEB_LIMIT or weight > ARCHIVE_LIMIT)


def version() -> str:
    """The program's version, from its one place."""
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "writer" / "__init__.py").read_text("utf-8"))
    assert found is not None
    return found[1]


def make_archive() -> Path:
    """The portable archive: one folder to unpack anywhere, with the program in it."""
    folder = f"writer-{version()}"
    archive = DIST / f"{folder}-linux-{platform.machine()}.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=6) as out:
        out.add(BUNDLE, folder, filter=_as_root)
        out.add(ROOT / "LICENSE", f"{folder}/LICENSE", filter=_as_root)
        about = licences().encode()
        entry = tarfile.TarInfo(f"{folder}/LICENSES.txt")
        entry.size = len(about)
        out.addfile(_as_root(entry), io.BytesIO(about))
        for file in (f"{APP_ID}.desktop", "writer.1"):
            out.add(HERE / file, f"{folder}/{file}", filter=_as_root)
    return archive


def make_package() -> Path:
    """The Debian package."""
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    _fill(tree)
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            program = path.is_dir() or path == tree / "usr/lib/writer/writer" or path.name in PROGRAMS
            path.chmod(0o755 if program else 0o644)
    architecture = _output("dpkg", "--print-architecture")
    _control(tree, architecture)
    package = DIST / f"writer_{version()}_{architecture}.deb"
    plain = package.with_suffix(".plain")
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, plain]
    subprocess.run(command, check=True)
    small_deb.compress(plain, package)
    plain.unlink()
    return package


def _fill(tree: Path) -> None:
    """Lay everything where Debian's policy wants it. Files are linked, not copied."""
    share = tree / "usr" / "share"
    shutil.copytree(BUNDLE, tree / "usr/lib/writer", symlinks=True, copy_function=_link)
    for name in system_libraries():
        (tree / "usr/lib/writer/_internal" / name).unlink()
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / "writer").symlink_to("../lib/writer/writer")
    for source, target in (
        (HERE / f"{APP_ID}.desktop", share / "applications"),
        (HERE / f"{APP_ID}.metainfo.xml", share / "metainfo"),
        (ROOT / "resources" / "icons" / "writer.svg", share / f"icons/hicolor/scalable/apps/{APP_ID}.svg"),
        (HERE / "lintian-overrides", share / "lintian" / "overrides" / "writer"),
    ):
        place = target if target.suffix == ".svg" or target.name == "writer" else target / source.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    doc = share / "doc" / "writer"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text(licences(), encoding="utf-8")
    changes = f"writer ({version()}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the source.\n\n"
    changes += f" -- {MAINTAINER}  {_output('date', '-R')}\n"
    _gzip(changes.encode(), doc / "changelog.gz")
    _gzip((HERE / "writer.1").read_bytes(), share / "man" / "man1" / "writer.1.gz")


@cache
def licences() -> str:
    """The licence of Writer, and name, version, licence and licence files of every part in the bundle."""
    text = ["Writer is under the Apache License 2.0 (/usr/share/common-licenses/Apache-2.0).", ""]
    text += ["The starter model SmolLM2 135M Instruct is under the Apache License 2.0.", ""]
    for folder in sorted((BUNDLE / "_internal").glob("*.dist-info")):
        about = message_from_string((folder / "METADATA").read_text(encoding="utf-8", errors="replace"))
        named = about.get("License-Expression") or (about.get("License") or "").strip().partition("\n")[0]
        classes = [
            c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License")
        ]
        licence = named or ", ".join(classes) or "see its files"
        text.append(f"{about['Name']} {about['Version']}: {licence[:100]}")
        for file in sorted(
            f for f in folder.rglob("*") if f.name.upper().startswith(("LICEN", "COPYING", "NOTICE"))
        ):
            text.append(f"    /usr/lib/writer/_internal/{file.relative_to(BUNDLE / '_internal')}")
    text += ["", "The fonts and dictionaries carry their licences beside them, in"]
    text += [
        "/usr/lib/writer/_internal/writer/resources. Qt is under the LGPL 3, Python under the PSF License.",
        "pandoc is under the GPL 2 or later; its source is at https://github.com/jgm/pandoc.",
        "",
        *_licences_of_the_system(),
    ]
    return "\n".join(text) + "\n"


def _licences_of_the_system() -> list[str]:
    """What Debian says of its own libraries that the bundle took along."""
    text = []
    for package in sorted(set(system_libraries().values())):
        about = Path("/usr/share/doc", package, "copyright")
        if about.is_file():
            text += [
                f"==== Libraries of Debian's package {package} ====",
                about.read_text("utf-8", "replace"),
            ]
    return text


def _control(tree: Path, architecture: str) -> None:
    size = sum(f.stat().st_size for f in tree.rglob("*") if f.is_file() and not f.is_symlink())
    fields = {
        "Package": "writer",
        "Version": version(),
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size // 1024),
        "Depends": ", ".join(needed_packages()),
        "Recommends": LIKED,
        "Section": "editors",
        "Priority": "optional",
        "Description": "writing assistant whose language model runs on your own machine\n"
        " While you type, English or Chinese, a model suggests how the sentence may go\n"
        " on; one key takes the suggestion. Nothing you write leaves your computer.",
    }
    (tree / "DEBIAN").mkdir(mode=0o755)
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (tree / "DEBIAN" / "control").write_text(text, encoding="utf-8")


def needed_packages() -> list[str]:
    """Debian's packages of the libraries that the program asks the linker for and does not bring along."""
    files = [path for path in BUNDLE.rglob("*") if path.is_file() and not path.is_symlink()]
    programs = [file for file in files if ".so" in file.name or file.name in (*PROGRAMS, "writer")]
    kept = [file for file in programs if file.name not in system_libraries()]
    asked = re.findall(r"^ +NEEDED +(\S+)$", _output("objdump", "-p", *map(str, kept)), re.MULTILINE)
    missing = (set(asked) - {file.name for file in kept}) & _places().keys()
    packages = {_package_of(_places()[name]) for name in missing} | LOADED
    return sorted(packages - {"", "libc6"} | {f"libc6 (>= {platform.libc_ver()[1]})"})


@cache
def system_libraries() -> dict[str, str]:
    """The libraries at the top of the bundle that this Debian has, too, and the packages that hold them."""
    names = [file.name for file in (BUNDLE / "_internal").glob("lib*.so*") if not file.is_symlink()]
    shared = [name for name in names if name in _places() and not name.startswith("libpython")]
    found = {name: _package_of(_places()[name]) for name in shared}
    return {name: package for name, package in found.items() if package}


@cache
def _places() -> dict[str, str]:
    """Where the linker finds each library of this system."""
    return dict(re.findall(r"^\s(\S+) \(libc6,.*=> (\S+)$", _output("/sbin/ldconfig", "-p"), re.MULTILINE))


@cache
def _package_of(library: str) -> str:
    """Debian's package that holds the file; "" where none does."""
    real = os.path.realpath(library)  # Debian's lists name some files without /usr
    command = ["dpkg", "-S", real, real.removeprefix("/usr")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition(":")[0]


def _link(source: str, target: str) -> None:
    os.link(source, target)


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _gzip(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(content, 9, mtime=0))


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
