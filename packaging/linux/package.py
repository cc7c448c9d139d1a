"""Makes `dist/writer_VERSION_ARCH.deb` and `dist/writer-VERSION-linux-MACHINE.tar.gz` from the bundle.

The version stands in `writer/__init__.py` alone. The package needs of the system what the bundle's libraries
ask the linker for and do not bring along; which packages those are, dpkg knows.
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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DIST = ROOT / "dist"
BUNDLE = DIST / "writer"
APP_ID = "app.writer.Writer"
DEB_LIMIT = 450_000_000
"""Bytes of the .deb, at the most."""
PROGRAMS = ("pandoc", "torch_shm_manager")
MAINTAINER = "The Writer project <writer@example.org>"
"""Whoever publishes the package puts an address of their own here."""
LIKED = "xdg-utils, fonts-noto-cjk | fonts-wqy-microhei"


def main() -> int:
    """Make both; the exit status tells whether they are small enough."""
    if not BUNDLE.is_dir():
        print("There is no bundle in dist/writer; run make package.", file=sys.stderr)
        return 2
    archive = make_archive()
    print(f"{archive.relative_to(ROOT)}: {archive.stat().st_size / 1e6:.0f} MB")
    if not shutil.which("dpkg-deb"):
        print("No dpkg-deb here; the .deb is left out.")
        return 0
    package = make_package()
    size = package.stat().st_size
    print(f"{package.relative_to(ROOT)}: {size / 1e6:.0f} MB")
    return int(size > DEB_LIMIT)


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
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Zxz", "-z6", "--threads-max=2"]
    subprocess.run([*command, tree, package], check=True)
    return package


def _fill(tree: Path) -> None:
    """Lay everything where Debian's policy wants it. Files are linked, not copied."""
    share = tree / "usr" / "share"
    shutil.copytree(BUNDLE, tree / "usr/lib/writer", symlinks=True, copy_function=_link)
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
    names = [library.name for library in (BUNDLE / "_internal").glob("*.so*") if not library.is_symlink()]
    command = ["dpkg", "-S", *(f"*/{name}" for name in names)]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    text = []
    for package in sorted({line.partition(":")[0] for line in found.splitlines()}):
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
    """Debian's packages of the libraries that Qt and the program need and the bundle does not hold."""
    inside = BUNDLE / "_internal"
    files = [BUNDLE / "writer", *inside.glob("PySide6/*.so"), *inside.glob("PySide6/Qt/**/*.so*")]
    own = os.environ | {"LD_LIBRARY_PATH": str(inside)}
    command = ["ldd", *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=own).stdout
    outside = {line.split()[2] for line in result.splitlines() if re.search(r"=> /(usr/)?lib", line)}
    packages = {"fontconfig-config", "libegl1", "libgl1", "libxcb-cursor0"}
    for library in outside:
        real = os.path.realpath(library)  # Debian's lists name some files without /usr
        command = ["dpkg", "-S", real, real.removeprefix("/usr")]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        packages |= {found.partition(":")[0]} if found else set()
    packages.discard("libc6")
    return sorted(packages | {f"libc6 (>= {platform.libc_ver()[1]})"})


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
