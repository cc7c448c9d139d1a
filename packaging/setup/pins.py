"""The pins in constraints.txt: an exact version and the hashes of every package, in sections.

`make pins` writes them; uv resolves for all systems at once, so one file serves Linux, macOS and Windows. A
section holds what the sections before it lack. The setup gives pip the sections it needs, with
`--require-hashes`: a package whose bytes have changed since is not installed.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "constraints.txt"
SECTIONS: Mapping[str, Sequence[str]] = {
    "run": ("build",),
    "test": ("build", "test"),
    "package": ("build", "test", "package"),
}
"""Each section's name and the groups of pyproject.toml that it adds to the dependencies."""

TORCH, NVIDIA = "torch", "nvidia"
"""Sections of their own: torch, of which a machine may want another build, and what its CUDA builds need."""

_HEAD = "# Exact versions and hashes; `make pins` writes them. Ranges and reasons are in pyproject.toml.\n"
_ONLY_CUDA = re.compile(r"(nvidia|cuda|triton)\b")
_TITLE = re.compile(r"^# section: (\w+)$", re.MULTILINE)
_HASH = re.compile(r"--hash=(\S+)")


def sections(text: str) -> dict[str, str]:
    """The sections of constraints.txt by their names; each is a requirements file for pip."""
    parts = _TITLE.split(text)
    return dict(zip(parts[1::2], (part.strip() + "\n" for part in parts[2::2]), strict=True))


def version(text: str, name: str) -> str:
    """The version that is pinned for a package. Raises KeyError."""
    if found := re.search(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE):
        return found[1]
    raise KeyError(name)


def is_pinned(file: Path, section: str) -> bool:
    """Whether the hash of a file is among those of a section."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() in section


def resolve(uv: Sequence[str | Path], before: str, upgrade: bool) -> str:
    """The new text of constraints.txt, by uv, the command; `before` is the old text.

    Versions stay where pyproject.toml allows them, unless `upgrade`. While torch's stays, hashes of it that
    its index does not list stay, too: they are of builds that other indexes serve, such as those for CPUs.
    """
    pinned = "" if upgrade else "\n".join(re.findall(r"^[\w.-]+==[^\s;]+", before, re.MULTILINE))
    found: dict[str, dict[str, str]] = {TORCH: {}, NVIDIA: {}}
    known: set[str] = set()
    for name, groups in SECTIONS.items():
        packages = _packages(_compile(uv, groups, pinned))
        found[name] = {}
        for package in packages.keys() - known:
            section = TORCH if package == "torch" else NVIDIA if _ONLY_CUDA.match(package) else name
            found[section][package] = packages[package]
        known |= packages.keys()
    torch = found[TORCH]["torch"]
    if f"{torch.split()[0]} " in before:
        kept = _HASH.findall(sections(before).get(TORCH, ""))
        torch += "".join(f" \\\n    --hash={digest}" for digest in kept if digest not in torch)
    found[TORCH]["torch"] = torch
    return _HEAD + "".join(
        f"\n# section: {name}\n" + "".join(f"{packages[package]}\n" for package in sorted(packages))
        for name, packages in found.items()
    )


def _compile(uv: Sequence[str | Path], groups: Sequence[str], pinned: str) -> str:
    """What uv says that the dependencies and these groups need, on every system."""
    chosen = [part for group in groups for part in ("--group", group)]
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    constraints = ROOT / "build" / "pinned.txt"
    constraints.parent.mkdir(exist_ok=True)
    constraints.write_text(pinned, encoding="utf-8")
    command = [*uv, "pip", "compile", "--quiet", "pyproject.toml", *chosen, *options, "-c", constraints]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _packages(requirements: str) -> dict[str, str]:
    """The packages of a requirements file: the name, and its lines with marker and hashes."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", requirements, flags=re.MULTILINE)
    return {block.partition("==")[0]: block.rstrip() for block in blocks if "==" in block}
