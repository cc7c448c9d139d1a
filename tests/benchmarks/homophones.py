"""Whether a Chinese model tells wrong homophones from right ones, in both directions:

    python -m tests.benchmarks.homophones MODEL [--clean 2000] [--errors 300]

In texts of `../shared/data/zh_onevcat`, at places where a word of the same pinyin could stand, the text is
compared with each of those, as it is and with an error put in. The table has a row for each margin in nats:
the share of errors that is found and mended wrongly, false alarms, and how often what is offered would be
right where a writer makes one such error in 1,000 characters. The window offers none of these corrections.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.models import SHARED
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.suggestions.context import Context

SETS = """
的 得 地|在 再|做 作|他 她 它|那 哪|已 以|像 象 向 项|坐 座|带 戴|需 须|有 又 由|是 事 式 时 实
因 应|分 份|到 道|为 位 未|自 字|进 近|和 合 河|其 期 起 气|并 病|会 回|只 之 知 直|权利 权力
形式 形势|反应 反映|必须 必需|启示 启事|其实 其时|以至 以致|不止 不只|度过 渡过|交代 交待
截止 截至|时间 实践|意义 异议|事实 实时|使用 适用 实用|权限 全线|一直 一致|机会 几会|认为 人为
作为 做为|影响 音响|理解 历届|公司 公私|计划 计画|工作 公作|已经 以经|觉得 觉的|最近 最进
经常 精常|比较 笔较
""".replace("\n", "|")
"""Words that are written with the same letters of pinyin; some are none, but what is chosen by mistake."""

BEFORE, AFTER = 400, 12
"""Characters on both sides by which a place is weighed."""

PARAGRAPHS = 6
"""Paragraphs taken of each text."""

MARGINS = (0, 4, 8, 10, 12, 14, 16)


@dataclass(frozen=True, slots=True)
class HomophonePlace:
    """The place of `word` in a paragraph, from `start`."""

    paragraph: str
    start: int
    word: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The likeliest homophone of what is written, and by how many nats; `right` is what should be written."""

    right: str
    text: str
    better: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--clean", type=int, default=2000, help="places without an error")
    parser.add_argument("--errors", type=int, default=300)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    others = homophones()
    paragraphs = list(_paragraphs())
    found = [place for paragraph in paragraphs for place in places(paragraph, others)]
    chance = random.Random(24)
    chance.shuffle(found)
    engine = loading.load(options.model, "cpu", threads=options.threads)
    wrong = found[options.clean :][: options.errors]
    clean = [weigh(engine, place, place.word, others) for place in found[: options.clean]]
    errors = [weigh(engine, place, chance.choice(others[place.word]), others) for place in wrong]
    per_place = sum(map(len, paragraphs)) / len(found)
    print(f"{len(clean)} places as they are, {len(errors)} with an error, one in {per_place:.1f} characters")
    for margin in MARGINS:
        print(row(margin, clean, errors, 1000 / per_place))


def row(margin: float, clean: list[Weighed], errors: list[Weighed], places_per_1000: float) -> str:
    """One row of the table."""
    right = sum(one.better >= margin and one.text == one.right for one in errors) / len(errors)
    wrong = sum(one.better >= margin and one.text != one.right for one in errors) / len(errors)
    alarms = sum(one.better >= margin for one in clean) / len(clean) * places_per_1000
    precision = right / max(right + wrong + alarms, 1e-9)
    return (
        f"margin {margin:>3}: found {right:6.1%}  mended wrongly {wrong:6.1%}  "
        f"false alarms in 1,000 characters {alarms:6.2f}  right of those offered {precision:6.1%}"
    )


def homophones() -> dict[str, list[str]]:
    """The others of each word's sets."""
    others: dict[str, list[str]] = {}
    for words in map(str.split, SETS.strip("|").split("|")):
        for word in words:
            others.setdefault(word, []).extend(one for one in words if one != word)
    return others


def places(paragraph: str, others: dict[str, list[str]]) -> Iterator[HomophonePlace]:
    """Where a homophone could stand, with enough text on both sides."""
    words = re.compile("|".join(sorted(others, key=len, reverse=True)))
    for found in words.finditer(paragraph):
        if found.start() > AFTER and found.end() + AFTER < len(paragraph):
            yield HomophonePlace(paragraph, found.start(), found.group())


def weigh(engine: LocalEngine, place: HomophonePlace, written: str, others: dict[str, list[str]]) -> Weighed:
    """Compare `written`, at a place, with its homophones."""
    end = place.start + len(place.word)
    before, after = place.paragraph[: place.start][-BEFORE:], place.paragraph[end : end + AFTER]
    texts = [word + after for word in (written, *others[written])]
    as_written, *scores = engine.text_scores(Context(before, language="zh"), texts, lambda: False)
    best = max(range(len(scores)), key=scores.__getitem__)
    return Weighed(place.word, others[written][best], scores[best] - as_written)


def _paragraphs() -> Iterator[str]:
    """Paragraphs of prose, of texts from 2015 on."""
    for file in sorted((SHARED / "zh_onevcat" / "text").glob("20*.txt")):
        if file.name >= "2015":
            lines = file.read_text("utf-8", "replace").split("\n")
            prose = [line for line in lines if len(line) > 60 and _han_share(line) > 0.7]
            yield from prose[:PARAGRAPHS]


def _han_share(line: str) -> float:
    return sum("\u4e00" <= character <= "\u9fff" for character in line) / len(line)


if __name__ == "__main__":
    main()
