"""Prints a table of what of each source is learned, by the cleaning of `writer train`.

Near copies and what another text contains are counted over all sources together, as a training sees them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from sources import Source, read_list

from writer.base.progress import Progress
from writer.corpus.clean import clean
from writer.corpus.document import SourceDocument, make_document
from writer.engine.tokenizer.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parent
_HEAD = """# The texts of the {language} starter

{documents:,} texts, {tokens:,} tokens. An epoch reads {read:,.0f} tokens, {old:.0%} of them from before 1930.

| repository | commit | licence | kind | texts | tokens | near copies | readings |
|---|---|---|---|---|---|---|---|
"""
_ROW = (
    "| [{0.repository}](https://github.com/{0.repository}) | {0.commit:.12} | {0.licence} | {0.kind}{old} "
    "| {texts:,} | {tokens:,} | {copies:,} | {0.reads:g} |\n"
)


def main() -> int:
    """Measure one language's laid texts, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=("en", "zh"))
    parser.add_argument("folder", type=Path, help="where the texts were laid")
    parser.add_argument("model", type=Path, help="the starter, whose tokens are counted")
    parser.add_argument("--list", type=Path, help="another list of sources")
    parser.add_argument("--drawn", action="store_true", help="of a draw, which has each text once")
    options = parser.parse_args()
    sources = read_list(options.list or ROOT / f"{options.language}.toml").source
    if options.drawn:
        sources = tuple(replace(source, reads=1.0) for source in sources if not source.held)
    cleaned = clean(laid(options.folder / "texts", sources), _ignore)
    encode = load_vocabulary(options.model).encode
    tokens: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    for document in cleaned.documents:
        texts[_source(document.name)] += 1
        tokens[_source(document.name)] += len(encode(document.text))
    copies = Counter(_source(rejection.name) for rejection in cleaned.rejections)
    print(table(options.language, sources, texts, tokens, copies), end="")
    return 0


def laid(folder: Path, sources: tuple[Source, ...]) -> list[SourceDocument]:
    """The laid texts of the sources, named SOURCE/FILE."""
    found = []
    for source in sources:
        for file in sorted((folder / source.kind / source.name).glob("*.txt")):
            data = file.read_bytes()
            name, digest = f"{source.name}/{file.name}", hashlib.sha256(data).hexdigest()
            found.append(make_document(name, "txt", data.decode("utf-8"), None, digest))
    return found


def table(
    language: str,
    sources: tuple[Source, ...],
    texts: Counter[str],
    tokens: Counter[str],
    copies: Counter[str],
) -> str:
    """The table, those with the most tokens first."""
    read = {source.name: source.reads * tokens[source.name] for source in sources}
    old = sum(read[source.name] for source in sources if source.old)
    total = sum(read.values())
    head = _HEAD.format(
        language={"en": "English", "zh": "Chinese"}[language],
        documents=texts.total(),
        tokens=tokens.total(),
        read=total,
        old=old / max(1, total),
    )
    ordered = sorted(sources, key=lambda source: -tokens[source.name])
    return head + "".join(
        _ROW.format(
            source,
            old=", old" if source.old else "",
            texts=texts[source.name],
            tokens=tokens[source.name],
            copies=copies[source.name],
        )
        for source in ordered
    )


def _source(name: str) -> str:
    return name.partition("/")[0]


def _ignore(_progress: Progress) -> None:
    """Nobody looks."""


if __name__ == "__main__":
    sys.exit(main())
