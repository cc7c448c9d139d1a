"""Lays the texts of a list of sources as folders for `writer train`; README.md beside it says how.

The repositories are read from git directories that are there, or fetched at the listed commit.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filters import filter_text
from sources import Source, SourceList, read_list

from writer.base.child_process import Limits
from writer.base.errors import UserError
from writer.corpus.document import RejectedFile
from writer.corpus.document_reader import Tools, read_text
from writer.corpus.scan import KINDS
from writer.text.front_matter import split_front_matter

ROOT = Path(__file__).resolve().parent
_MESSAGE = re.compile(r'^msgstr((?:\s+"(?:[^"\\]|\\.)*")+)', re.M)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ROLE = re.compile(r":[a-z:]+:`([^`<]*?)(?:\s*<[^`>]*>)?`|``([^`]*)``|`([^`<]*?)\s*<[^`>]*>`__?")


@dataclass(slots=True)
class Count:
    """What became of the files of a source: how many were read and kept, and why the others were not."""

    files: int = 0
    texts: int = 0
    characters: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Lay the texts of one language; prints what was kept, and the command that trains on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=("en", "zh"))
    parser.add_argument("folder", type=Path, help="where the texts are laid")
    parser.add_argument("--mirrors", type=Path, help="git directories: owner+name, or owner+name/repo")
    parser.add_argument("--list", type=Path, help="another list of sources")
    parser.add_argument("--only", default="", metavar="OWNER/NAME", help="this source alone")
    options = parser.parse_args()
    os.umask(0o077)
    listed = read_list(options.list or ROOT / f"{options.language}.toml")
    for source in listed.source:
        if options.only not in ("", source.repository):
            continue
        git = find_git(source, options.mirrors) or fetch(source, options.folder / "git")
        require_licence(source, git)
        count = lay(source, git, options.folder, options.language)
        print(f"{source.repository}: {describe(count)}", file=sys.stderr, flush=True)
    print(shlex.join(command(options.folder, listed)))
    return 0


def command(folder: Path, listed: SourceList) -> list[str]:
    """The command that trains on the mixture, without what is held, with the weights of the others."""
    there = {texts.parent.name for texts in (folder / "texts").glob("*/*/*.txt")}
    sources = [source for source in listed.source if source.name in there]
    held = (f"--exclude={source.name}" for source in sources if source.held)
    weighed = (source for source in sources if source.reads != 1 and not source.held)
    weights = (f"--weight={source.name}={source.reads:g}" for source in weighed)
    return ["writer", "train", str(folder / "texts"), *listed.options, *held, *weights]


def find_git(source: Source, mirrors: Path | None) -> Path | None:
    """The git directory of a source below `mirrors`; None where it is not there."""
    places = (f"{source.name}{end}" for end in ("/repo/.git", "/repo", "/.git", ""))
    found = (mirrors / place for place in places) if mirrors else ()
    return next((place for place in found if (place / "HEAD").is_file()), None)


def fetch(source: Source, folder: Path) -> Path:
    """The listed commit of a source, fetched from GitHub into a git directory below `folder`."""
    git = folder / source.name
    if not git.exists():
        git.mkdir(parents=True)
        run(git, "init", "--quiet", "--bare")
    run(git, "fetch", "--quiet", "--depth=1", f"https://github.com/{source.repository}", source.commit)
    return git


def run(git: Path, *words: str) -> bytes:
    """What git prints. Raises UserError where it fails."""
    done = subprocess.run(["git", "-C", str(git), *words], capture_output=True, check=False)
    if done.returncode:
        raise UserError(
            "git cannot read {git}: {why}", git=git, why=done.stderr.decode(errors="replace")[:200]
        )
    return done.stdout


def require_licence(source: Source, git: Path) -> None:
    """Raise UserError where the licence file at the commit does not say what the list says."""
    commit = source.licence_commit or source.commit
    text = run(git, "show", f"{commit}:{source.licence_file}").decode("utf-8", "replace")
    if " ".join(source.licence_words.split()) not in " ".join(text.split()):
        raise UserError(
            "{name} does not say “{words}” in {file}; look at its licence.",
            name=source.repository,
            words=source.licence_words,
            file=source.licence_file,
        )


def lay(source: Source, git: Path, folder: Path, language: str) -> Count:
    """Write the prose of a source's files to `folder`/texts/KIND/NAME."""
    texts = folder / "texts" / source.kind / source.name
    shutil.rmtree(texts, ignore_errors=True)
    texts.mkdir(parents=True)
    count, tools = Count(), Tools.within(Limits())
    for ending, content in files(source, git, count):
        try:
            text = read_text(content.encode(), KINDS[ending], tools).text
        except RejectedFile as error:
            count.refused[str(error.reason)] += 1
            continue
        filtered = filter_text(text, language, source.drops)
        if filtered.reason:
            count.refused[filtered.reason] += 1
            continue
        count.texts += 1
        count.characters += len(filtered.text)
        (texts / f"{count.texts:05}.txt").write_text(filtered.text, "utf-8")
    return count


def files(source: Source, git: Path, count: Count) -> Iterator[tuple[str, str]]:
    """The ending and the content of each file of a source, or of each part that is divided."""
    listed = run(git, "ls-tree", "-r", "-z", "--name-only", source.commit).decode("utf-8", "replace")
    for path in filter(source.wants, listed.split("\0")):
        text = run(git, "show", f"{source.commit}:{path}").decode("utf-8", "replace")
        if source.needs not in text:
            count.refused["not wanted"] += 1
            continue
        count.files += 1
        ending = Path(path).suffix.lower().replace(".mdx", ".md")
        if ending == ".html":
            text = split_front_matter(text)[1]
        if ending == ".po":
            ending, text = ".txt", messages(text)
        parts = re.split(f"^(?={source.divided_at})", text, flags=re.M) if source.divided_at else [text]
        yield from ((ending, part) for part in parts if part.strip())


def messages(text: str) -> str:
    """The translations in a catalogue of gettext, one paragraph each, without marks of reStructuredText."""
    found = []
    for match in _MESSAGE.finditer(text):
        joined = (
            "".join(_QUOTED.findall(match[1])).replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
        )
        found.append(_ROLE.sub(lambda role: role[1] or role[2] or role[3] or "", joined).strip())
    return "\n\n".join(one for one in found[1:] if one)


def describe(count: Count) -> str:
    """A line for people."""
    refused = ", ".join(f"{number} {reason}" for reason, number in count.refused.most_common())
    kept = f"{count.texts:,} texts, {count.characters:,} characters of {count.files:,} files"
    return f"{kept}; {refused or 'none refused'}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(str(error))
