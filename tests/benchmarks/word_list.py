"""How long it takes from the key until the list of words for a place is open, in the real window.

    python -m tests.benchmarks.word_list [--count 20] [--rest 1.0]

Each in English and Chinese: with the model that writes alone, and with a masked model of BERT's base size
beside it (12 layers of 768, random weights from a fixed seed: for the time alone). The cursor goes to a word
of a text of three thousand characters, `--rest` seconds pass, the key is pressed; the list counts as open
when it has been painted. `QT_QPA_PLATFORM` says on which screen; without one it is a screen in memory.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QTextCursor
from PySide6.QtTest import QTest

from tests.benchmarks.models import BUILD, english_text, find
from writer.engine.engine_state import EngineReady
from writer.engine.loading import load, load_infill_model
from writer.engine.protocol import Engine
from writer.models.store import ModelError
from writer.models.store import find as find_installed
from writer.text.language import Language
from writer.ui.application import Application
from writer.ui.panels.alternatives_popup import AlternativesPopup
from writer.ui.startup import Startup, make_application

LENGTH = 3000
CHINESE = (
    "下了一整夜的雨，早晨，老城的街道还在闪着光。我们决定去公园散步，路上遇见了几位邻居。"
    "孩子们在河边玩水，老人坐在树下喝茶，谁也不急着回家。这个苹果很甜，那本书也很有意思。"
)
PLACES: dict[Language, re.Pattern[str]] = {"en": re.compile(r"[a-z]{4,}"), "zh": re.compile("[一-鿿]")}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--rest", type=float, default=1.0)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    texts: dict[Language, str] = {"en": " ".join(english_text())[:LENGTH], "zh": (CHINESE * 99)[:LENGTH]}
    for language, text in texts.items():
        for masked in (None, base_sized(language)):
            times = measure(language, text, masked, options.count, options.rest)
            name = "masked, BERT base" if masked else "the model that writes"
            p90 = sorted(times)[len(times) * 9 // 10]
            print(
                f"{language}  {name:<22} key to list: median {statistics.median(times):.0f} ms   "
                f"p90 {p90:.0f} ms   most {max(times):.0f} ms   n {len(times)}",
                flush=True,
            )


def measure(language: Language, text: str, masked: Path | None, count: int, rest: float) -> list[float]:
    """Milliseconds from the key to the painted list, at places all over the text."""
    painted = watch_paints()
    if masked is not None:
        load_infill_model(masked).close()  # makes its graph
    times = []
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        startup = Startup(make_application(), Path(folder))
        startup.show()
        program = Application(startup, infill_model(language, masked))
        program.start([])
        until(program, lambda: isinstance(program.container.engine_state, EngineReady))
        program.window.editor.set_text(text)
        places = [found.start() + 1 for found in PLACES[language].finditer(text, 200)]
        chance = random.Random(1)
        for turn in range(count + 3):
            place(program, chance.choice(places))
            run(program, rest)
            painted.clear()
            pressed = time.perf_counter()
            QTest.keyClick(program.window.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
            until(program, lambda: bool(painted))
            if turn >= 3:
                times.append((painted[0] - pressed) * 1e3)
            elif masked is not None:
                run(program, 5)  # the first question has it loaded
            QTest.keyClick(program.late.alternatives.list, Qt.Key.Key_Escape)
        program.window.editor.document().setModified(False)
        program.window.close()
        program.finish()
    return times


def infill_model(language: Language, masked: Path | None) -> Callable[..., tuple[Callable[[], Engine], str]]:
    """What the program asks for its engine."""
    return lambda *_: ((lambda: load(writer_of(language), "cpu", find_masked=lambda _language: masked)), "x")


def writer_of(language: Language) -> Path:
    """The model that writes this language here, else the starter."""
    try:
        return find_installed("minimind2-small").path if language == "zh" else find("starter").folder
    except ModelError:
        return find("starter").folder


def base_sized(language: Language) -> Path:
    """A BERT of the base size with a vocabulary of about the usual size, made once."""
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForMaskedLM

    folder = BUILD / f"bert-base-{language}"
    if (folder / "model.safetensors").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary(language)
    (folder / "vocab.txt").write_text("\n".join(tokens), "utf-8")
    BertWordPieceTokenizer(str(folder / "vocab.txt")).save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    BertForMaskedLM(BertConfig(vocab_size=len(tokens))).half().save_pretrained(folder)
    return folder


def vocabulary(language: Language) -> list[str]:
    """Special tokens, then the words of English text and pieces of words; or the common Han characters."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(chr(code) for code in range(33, 127))]
    if language == "zh":
        return [*tokens, *"，。；：！？、", *(chr(code) for code in range(0x4E00, 0x4E00 + 21_000))]
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = set(re.findall("[a-z]{2,}", " ".join(english_text()).lower())) - set(letters)
    parts = [f"##{a}{b}{c}" for a in ("", *letters) for b in ("", *letters) for c in letters]
    return list(dict.fromkeys([*tokens, *sorted(words)[:12_000], *parts]))[:30_522]


def watch_paints() -> list[float]:
    """The times at which a list of words was painted from now on."""
    painted: list[float] = []
    paint = AlternativesPopup.paintEvent

    def watched(shown: AlternativesPopup, event: QPaintEvent) -> None:
        paint(shown, event)
        painted.append(time.perf_counter())

    AlternativesPopup.paintEvent = watched  # type: ignore[method-assign]
    return painted


def place(program: Application, position: int) -> None:
    """Put the cursor there, as a click does."""
    cursor = QTextCursor(program.window.editor.document())
    cursor.setPosition(position)
    program.window.editor.setTextCursor(cursor)


def run(program: Any, seconds: float) -> None:
    """Let the program run for some time."""
    program.loop.call_later(seconds, program.loop.stop)
    program.loop.run_forever()


def until(program: Any, holds: Callable[[], bool]) -> None:
    """Let the program run until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        run(program, 0.001)


if __name__ == "__main__":
    main()
