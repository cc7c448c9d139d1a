"""The proof: base and personal model are evaluated on the held-out documents, as by `writer evaluate`.

The perplexity of a general text shows whether the training made the model worse at other texts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from writer.base.errors import Sentence
from writer.base.paths import resources_dir
from writer.base.word_lists import withheld_words
from writer.corpus.overlap import MAX_OVERLAP
from writer.engine import loading
from writer.engine.protocol import Engine, EngineError, Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.documents import MIN_CHARACTERS, MIN_TEXTS, EvaluationDocument, draw_passages
from writer.evaluation.metrics import Estimate, ratio_metrics
from writer.evaluation.paired import Sums, difference, sums
from writer.evaluation.perplexity import bits_by_text, perplexity, perplexity_of, surprisals
from writer.evaluation.simulated_typist import replay
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.suggestions.gate import DEFAULT_LEVEL, level_named
from writer.suggestions.safety import SafetyFilter
from writer.text.language import language_of
from writer.training.events import Compared, OnEvent, Sample, Stage
from writer.training.forgetting.general_text import TOLERANCE
from writer.training.samples import SHOWN, sample_prompts
from writer.training.timing.estimates import StageTime

log = logging.getLogger(__name__)

_REPORTS = 200
"""Progress events of one comparison."""

_SAMPLE_TOKENS = 16


@dataclass(frozen=True, slots=True)
class ModelScores:
    """The scores of one model: its metrics by name, the perplexity of the general text, its continuations.

    `saved` are the keystrokes that it saves of those by hand, `bits` its bits and characters, by text.
    """

    metrics: dict[str, Estimate]
    general: float
    continuations: tuple[str, ...] = ()
    saved: Sums = field(default_factory=dict)
    bits: Sums = field(default_factory=dict)

    @property
    def keystrokes_saved(self) -> str:
        """The share of keystrokes saved, for a sentence; a model that shows nothing saves none."""
        return f"{self.metrics['keystrokes_saved'].value or 0.0:.1%}"


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more keystrokes one model saves than another, and how many more bits a character takes it.

    Both are paired over `texts` texts.
    """

    saved: Estimate
    bits: Estimate
    texts: int

    @staticmethod
    def of(after: ModelScores, before: ModelScores, seed: int) -> Difference:
        """The difference of two models that were evaluated on the same passages."""
        saved = difference(after.saved, before.saved, seed)
        return Difference(saved, difference(after.bits, before.bits, seed), len(after.saved))

    def as_dicts(self) -> dict[str, Any]:
        """The estimates as an event holds them."""
        return _as_dicts({"keystrokes_saved": self.saved, "bits_per_character": self.bits})


class Comparison:
    """Evaluates two models on the same passages, at most `characters` of them drawn with `seed`.

    `overlap` is the share of a document that was also learned, None where it is not known; `language` is that
    of the documents. `check` is called after each replayed keystroke; what it raises ends the comparison. It
    is expected to take `seconds`, 0 where that is not known.
    """

    def __init__(
        self,
        documents: Sequence[EvaluationDocument],
        characters: int,
        seed: int,
        on_event: OnEvent,
        check: Callable[[], None] = lambda: None,
        overlap: float | None = None,
        seconds: float = 0.0,
        language: str = "",
    ) -> None:
        self._overlap = overlap
        self.passages = draw_passages(_long_enough(documents), characters, seed)
        language = language or language_of("".join(document.text[:1_000] for document in documents))
        self._general = draw_passages(general_texts(language), characters, seed)
        self._prompts = sample_prompts(documents)
        self._seed = seed
        self._on_event = on_event
        self._check = check
        self._done = self._reported = 0
        self._total = 0
        self._seconds = seconds
        self._time = StageTime(0)

    def run(self, base: Path, personal: Path, device: str, current: Path | None = None) -> Compared:
        """Evaluate the models in these folders on `device`. Raises EngineError, and what `check` raises.

        `current` is the model that writes now, against which the personal one is judged, None for the base.
        """
        self._total = (3 if current else 2) * sum(s.end - s.start for s in self.passages)
        self._time = StageTime(self._total, self._seconds)
        self._report()
        one, other = (self._measure(folder, device) for folder in (base, personal))
        rival = self._measure_current(current, device) if current else None
        judged = replace(rival, general=one.general) if rival else one  # or what they forget adds up
        change = Difference.of(other, judged, self._seed)
        better, why = verdict(judged, other, change, self._overlap)
        return Compared(
            current=_as_dicts(rival.metrics) if rival else {},
            texts=change.texts,
            difference=change.as_dicts(),
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

    def _measure_current(self, folder: Path, device: str) -> ModelScores | None:
        try:
            return self._measure(folder, device)
        except EngineError as error:
            log.warning("the model that writes now cannot be compared with: %s", type(error).__name__)
            return None

    def _measure(self, folder: Path, device: str) -> ModelScores:
        engine = loading.load(folder, device)
        try:
            suggester = CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
            rules = BuilderRules(level_named(DEFAULT_LEVEL).gate, SafetyFilter(withheld_words()))
            steps: dict[Any, Any] = {s: list(replay(s, suggester, rules, self._count)) for s in self.passages}
            found = surprisals(engine, self.passages)
            general = perplexity(engine, self._general, self._seed)["perplexity"].value or 0.0
            return ModelScores(
                ratio_metrics(steps, self._seed) | perplexity_of(found, self._seed),
                general,
                tuple(_continuation(engine, p) for p in self._prompts),
                sums(steps, "keystrokes_saved"),
                bits_by_text(found),
            )
        finally:
            engine.close()

    def _count(self, characters: int) -> None:
        self._check()
        self._done += characters
        if self._done - self._reported >= self._total / _REPORTS:
            self._report()

    def _report(self) -> None:
        self._reported = self._done
        done = min(self._done, self._total)  # a suggestion may reach beyond the end of a passage
        self._on_event(Stage("comparing", done, self._total, self._time.left(done)))


def verdict(
    before: ModelScores, personal: ModelScores, change: Difference, overlap: float | None
) -> tuple[bool, Sentence]:
    """Whether the personal model is to go live, and the reason in a sentence.

    It must save more keystrokes on the held-out documents, or foretell them better and save no fewer, by
    intervals above zero over at least MIN_TEXTS of them, and stay within TOLERANCE on the general text.
    Documents of which more than MAX_OVERLAP was also learned prove nothing.
    """
    if (overlap or 0.0) > MAX_OVERLAP:
        return False, Sentence(
            "The texts that were kept aside prove nothing: up to {overlap} of one of them was also learned.",
            {"overlap": f"{overlap:.0%}"},
        )
    if change.texts < MIN_TEXTS:
        return False, Sentence(
            "Too few texts could be compared for a verdict ({texts}, and at least {least} are needed), so it "
            "waits beside the model before it.",
            {"texts": str(change.texts), "least": str(MIN_TEXTS)},
        )
    if personal.general > before.general * TOLERANCE:
        worse = personal.general / before.general - 1
        return False, Sentence(
            "It writes other texts than yours worse than the model before it did (by {worse}), so it waits "
            "beside that model.",
            {"worse": f"{worse:.0%}"},
        )
    better, why = _verdict_on_figures(before, personal, change)
    if not before.general:
        return better, why
    more = 100 * (personal.general / before.general - 1)
    if more <= 0:
        return better, Sentence(
            "{verdict} It wavers {less} % less on texts of others than its base does.",
            {"verdict": why, "less": f"{-more:.1f}"},
        )
    return better, Sentence(
        "{verdict} It wavers {more} % more on texts of others than its base does ({most} % at the most).",
        {"verdict": why, "more": f"{more:+.1f}", "most": f"{100 * (TOLERANCE - 1):.0f}"},
    )


def _verdict_on_figures(
    before: ModelScores, personal: ModelScores, change: Difference
) -> tuple[bool, Sentence]:
    more, low, high = (part or 0.0 for part in (change.saved.value, change.saved.low, change.saved.high))
    values = {"saved": personal.keystrokes_saved, "base_saved": before.keystrokes_saved}
    bounds = {"low": f"{100 * low:+.1f}", "high": f"{100 * high:+.1f}"}
    if low > 0:
        return True, Sentence(
            "It saves {saved} of the keystrokes, the model before it {base_saved}: {low} to {high} points "
            "more.",
            values | bounds,
        )
    if (change.bits.high or 0.0) < 0 and more >= 0:
        return True, Sentence(
            "It foretells the texts that were kept aside better, and saves no fewer keystrokes "
            "({saved} after {base_saved}).",
            values,
        )
    return False, Sentence(
        "It is not proven better: it saves {saved} of the keystrokes, the model before it {base_saved}, and "
        "the difference lies between {low} and {high} points; it waits beside that model.",
        values | bounds,
    )


def general_texts(language: str) -> list[EvaluationDocument]:
    """The general text in a language; none where there is none in it."""
    file = resources_dir() / "general" / f"{language}.txt"
    return [EvaluationDocument(file.name, file.read_text("utf-8"))] if file.exists() else []


def _long_enough(documents: Sequence[EvaluationDocument]) -> list[EvaluationDocument]:
    """The documents of at least MIN_CHARACTERS characters; where there are none, all joined to one."""
    found = [document for document in documents if len(document.text) >= MIN_CHARACTERS]
    return found or [EvaluationDocument("held out", "\n\n".join(document.text for document in documents))]


def _continuation(engine: Engine, prompt: str) -> str:
    context = Context(prompt, language=language_of(prompt))
    parameters = Parameters(max_tokens=_SAMPLE_TOKENS, by_words=True)
    tokens = engine.continue_text(context, parameters, lambda: False)
    return b"".join(token.text for token in tokens).decode("utf-8", errors="ignore")


def _as_dicts(found: dict[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in found.items()}
