"""A folder of 10,000 documents is previewed by the program's own command, with a small model:

    python -m tests.benchmarks.preview_folder [DOCUMENTS] [--again]

Seconds and processor seconds of the command with its children, and the most memory of all of them together
(the proportional set size of each process, where a shared page counts once). With `--again` a second preview
follows, for which all texts are cached. The small model costs next to nothing: what is measured is the
reading and cleaning of the documents, and the start of the program.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import psutil

from tests.fakes.small_models import make_gpt2
from writer.base import paths

DOCUMENTS = 10_000
SHARES = {"md": 40, "txt": 28, "docx": 12, "html": 9, "eml": 6, "rtf": 3, "bad.docx": 1, "bad.txt": 1}
"""Of a hundred documents, so many of each kind; "bad" ones cannot be read."""

_INTERVAL = 0.25
"""Seconds between two looks at the memory."""

_DOCX = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'officeDocument" Target="word/document.xml"/></Relationships>'
    ),
}


class Writer:
    """Draws texts, the same for the same seed, of the words of a text, as frequent as they are there."""

    def __init__(self, seed: int, words: list[str]) -> None:
        self.draw = random.Random(seed)
        self._words = words

    def paragraphs(self) -> list[str]:
        """Three to twelve paragraphs, some 400 words."""
        return [
            " ".join(self._sentence() for _ in range(self.draw.randint(2, 5)))
            for _ in range(self.draw.randint(3, 12))
        ]

    def _sentence(self) -> str:
        words = self.draw.choices(self._words, k=self.draw.randint(6, 22))
        return f"{' '.join(words).capitalize()}."


def make_folder(folder: Path, count: int) -> Path:
    """A folder of `count` documents, in subfolders of a hundred."""
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    random.Random(0).shuffle(kinds)
    words = (paths.resources_dir() / "general" / "en.txt").read_text("utf-8").split()
    for number in range(count):
        part = folder / f"{2000 + number // 400}" / f"part {number // 100}"
        part.mkdir(parents=True, exist_ok=True)
        kind = kinds[number % len(kinds)]
        data = document(kind, Writer(number, words).paragraphs(), number)
        (part / f"text {number}.{kind}").write_bytes(data)
    return folder


def document(kind: str, paragraphs: list[str], number: int) -> bytes:
    """The paragraphs as a document of this kind."""
    plain = "\n\n".join(paragraphs)
    if kind == "md":
        return f"---\ntitle: Text {number}\ntags: [a, b]\n---\n# Text {number}\n\n{plain}\n".encode()
    if kind == "docx":
        return _docx(paragraphs)
    if kind == "html":
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        menu = "<nav><a href='/'>Home</a> <a href='/about'>About</a></nav>"
        return f"<html><body>{menu}<main><h1>{number}</h1>{body}</main></body></html>".encode()
    if kind == "eml":
        head = f"From: anna@example.org\nTo: bert{number}@example.org\nSubject: {number}\n"
        return f"{head}Date: Fri, 5 Jan 2024 10:00:00 +0100\n\n{plain}\n-- \nAnna\n".encode()
    if kind == "rtf":
        return ("{\\rtf1\\ansi " + "\\par ".join(paragraphs) + "}").encode()
    return (
        _docx(paragraphs)[:700] if kind == "bad.docx" else plain.encode() if kind == "txt" else b"\x89PNG\0"
    )


def _docx(paragraphs: list[str]) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{paragraph}</w:t></w:r></w:p>" for paragraph in paragraphs)
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in _DOCX.items():
            archive.writestr(member, content)
        source = f'<w:document xmlns:w="{name}"><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", source)
    return file.getvalue()


class MemoryWatch(threading.Thread):
    """Watches the memory of a process and its descendants; `peak` is the most of all together, in bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._pid = pid
        self.start()

    def run(self) -> None:
        """Look until the process has ended."""
        while psutil.pid_exists(self._pid):
            try:
                parent = psutil.Process(self._pid)
                now = sum(_memory(one) for one in (parent, *parent.children(recursive=True)))
            except psutil.Error:
                return
            self.peak = max(self.peak, now)
            time.sleep(_INTERVAL)


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", full.rss))


def preview(folder: Path, model: Path) -> None:
    """Preview a folder once, and print the figures."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "writer",
        "train",
        str(folder),
        "--preview",
        "--json",
        "--base",
        str(model),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    watch = MemoryWatch(process.pid)
    assert process.stdout
    begun: dict[str, float] = {}
    told: dict[str, object] = {}
    for line in process.stdout:
        told = json.loads(line)
        begun.setdefault(str(told.get("stage", "told")), time.perf_counter() - start)
    status = process.wait()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    stages = ", ".join(f"{stage} from {seconds:.1f}" for stage, seconds in begun.items())
    print(f"status {status}: {wall:.1f} s, {used:.1f} s of the processor, {watch.peak / 2**20:.0f} MiB")
    print(f"  {stages}")
    refusals = told.get("refusals", ())
    print(f"  {told.get('kinds')}, {len(refusals) if isinstance(refusals, list) else 0} left out")


def main() -> int:
    """Make the folder, preview it, print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("documents", type=int, nargs="?", default=DOCUMENTS)
    options.add_argument("--again", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as home:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        model = make_gpt2(Path(home) / "small-gpt2", steps=1)
        folder = make_folder(Path(home) / "texts", chosen.documents)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{chosen.documents} documents, {size / 2**20:.1f} MiB, load {os.getloadavg()[0]:.1f}")
        for _ in range(1 + chosen.again):
            preview(folder, model)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
