"""The proof: base and personal model are evaluated on the held-out documents, as by `writer evaluate`.

The perplexity of a general text shows whether the training made the model worse at other texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from writer.base.errors import Sentence
from writer.base.paths import resources_dir
from writer.base.word_lists import withheld_words
from writer.corpus.overlap import MAX_OVERLAP
from writer.engine import loading
from writer.engine.protocol import Engine, Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.documents import MIN_CHARACTERS, EvaluationDocument, draw_passages
from writer.evaluation.metrics import Estimate, ratio_metrics
from writer.evaluation.perplexity import perplexity
from writer.evaluation.simulated_typist import replay
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.suggestions.gate import DEFAULT_LEVEL, level_named
from writer.suggestions.safety import SafetyFilter
from writer.text.language import language_of
from writer.training.events import Compared, OnEvent, Sample, Stage
from writer.training.samples import SHOWN, sample_prompts

TOLERANCE = 1.05
"""The factor by which the perplexity of the general text may rise; its 95 % interval is wider than that."""

_REPORTS = 200
"""Progress events of one comparison."""

_SAMPLE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class ModelScores:
    """The scores of one model: its metrics by name, the perplexity of the general text, its continuations."""

    metrics: dict[str, Estimate]
    general: float
    continuations: tuple[str, ...]


class Comparison:
    """Evaluates two models on the same passages, at most `characters` of them drawn with `seed`.

    `overlap` is the share of a document that was also learned, None where it is not known. `check` is called
    after each replayed keystroke; what it raises ends the comparison.
    """

    def __init__(
        self,
        documents: Sequence[EvaluationDocument],
        characters: int,
        seed: int,
        on_event: OnEvent,
        check: Callable[[], None] = lambda: None,
        overlap: float | None = None,
    ) -> None:
        self._overlap = overlap
        self._passages = draw_passages(_long_enough(documents), characters, seed)
        self._general = draw_passages(general_texts(documents), characters, seed)
        self._prompts = sample_prompts(documents)
        self._seed = seed
        self._on_event = on_event
        self._check = check
        self._done = self._reported = 0
        self._total = 2 * sum(s.end - s.start for s in self._passages)

    def run(self, base: Path, personal: Path, device: str) -> Compared:
        """Evaluate the models in both folders on `device`. Raises EngineError, and what `check` raises."""
        self._on_event(Stage("comparing", 0, self._total))
        one, other = (self._measure(folder, device) for folder in (base, personal))
        better, why = verdict(one, other, self._overlap)
        return Compared(
            base=_as_dicts(one.metrics),
            personal=_as_dicts(other.metrics),
            general={"base": one.general, "personal": other.general},
            better=better,
            why=why,
            samples=tuple(
                Sample(prompt[-SHOWN:], before, after)
                for prompt, before, after in zip(
                    self._prompts, one.continuations, other.continuations, strict=True
                )
            ),
            overlap=self._overlap,
        )

    def _measure(self, folder: Path, device: str) -> ModelScores:
        engine = loading.load(folder, device)
        try:
            suggester = CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
            rules = BuilderRules(level_named(DEFAULT_LEVEL).gate, SafetyFilter(withheld_words()))
            steps: dict[Any, Any] = {
                s: list(replay(s, suggester, rules, self._count)) for s in self._passages
            }
            found = ratio_metrics(steps, self._seed) | perplexity(engine, self._passages, self._seed)
            general = perplexity(engine, self._general, self._seed)["perplexity"].value or 0.0
            return ModelScores(found, general, tuple(_continuation(engine, p) for p in self._prompts))
        finally:
            engine.close()

    def _count(self, characters: int) -> None:
        self._check()
        self._done += characters
        if self._done - self._reported >= self._total / _REPORTS:
            self._reported = self._done
            self._on_event(Stage("comparing", self._done, self._total))


def verdict(base: ModelScores, personal: ModelScores, overlap: float | None) -> tuple[bool, Sentence]:
    """Whether the personal model is to go live, and the reason in a sentence.

    It must have a lower perplexity and save more keystrokes on the held-out documents, and stay within
    TOLERANCE on the general text. Documents of which more than MAX_OVERLAP was also learned prove nothing.
    """
    if (overlap or 0.0) > MAX_OVERLAP:
        return False, Sentence(
            "The texts that were kept aside prove nothing: up to {overlap} of one of them was also learned.",
            {"overlap": f"{overlap:.0%}"},
        )
    before, after = (
        {name: figure.value or 0.0 for name, figure in one.metrics.items()} for one in (base, personal)
    )
    saved, base_saved = after["keystrokes_saved"], before["keystrokes_saved"]
    shown, base_shown = f"{saved:.1%}", f"{base_saved:.1%}"
    if after["perplexity"] >= before["perplexity"]:
        return False, Sentence(
            "It foretells the texts that were kept aside no better than the model before it did."
        )
    if saved <= base_saved:
        return False, Sentence(
            "It saves no more keystrokes than the model before it ({saved} after {base_saved}).",
            {"saved": shown, "base_saved": base_shown},
        )
    if personal.general > base.general * TOLERANCE:
        worse = personal.general / base.general - 1
        return False, Sentence(
            "It writes other texts than yours worse than the model before it did (by {worse}).",
            {"worse": f"{worse:.0%}"},
        )
    return True, Sentence(
        "It saves {saved} of the keystrokes, the model before it {base_saved}.",
        {"saved": shown, "base_saved": base_shown},
    )


def general_texts(documents: Sequence[EvaluationDocument]) -> list[EvaluationDocument]:
    """The general text in the language of `documents`."""
    language = language_of("".join(document.text[:1_000] for document in documents))
    file = resources_dir() / "general" / f"{language}.txt"
    return [EvaluationDocument(file.name, file.read_text("utf-8"))]


def _long_enough(documents: Sequence[EvaluationDocument]) -> list[EvaluationDocument]:
    """The documents of at least MIN_CHARACTERS characters; where there are none, all joined to one."""
    found = [document for document in documents if len(document.text) >= MIN_CHARACTERS]
    return found or [EvaluationDocument("held out", "\n\n".join(document.text for document in documents))]


def _continuation(engine: Engine, prompt: str) -> str:
    context = Context(prompt, language=language_of(prompt))
    tokens = engine.continue_text(context, Parameters(max_tokens=_SAMPLE_TOKENS), lambda: False)
    return b"".join(token.text for token in tokens).decode("utf-8", errors="ignore")


def _as_dicts(found: dict[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in found.items()}
