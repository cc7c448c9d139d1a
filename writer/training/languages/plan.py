"""The plan of a training for the languages of a folder: which of them are learned, each by which base model.

The program writes Chinese, and English, as which all else counts, each with a model of its own. So each is
trained on its own, by the model that writes it, with a proof of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from writer.base.progress import CancelCheck
from writer.corpus.build import MIN_WORDS, Corpus, FolderTexts, divide
from writer.corpus.document import Rejection, RejectionReason, SourceDocument
from writer.corpus.languages import main_language
from writer.models.inventory import installed, languages_of
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder
from writer.models.selection import ModelPreferences, model_for
from writer.models.store import ModelStore
from writer.settings.model_settings import SETTINGS, written_as
from writer.settings.store import SettingsStore
from writer.text.language import LANGUAGES, Language
from writer.text.languages.names import language_name
from writer.training.base_model import original
from writer.training.events import LanguageChoice, TrainingRequest
from writer.training.run_folder import TrainingError


@dataclass(frozen=True, slots=True)
class LanguageTraining:
    """One training of a plan: its base model, by its name, and the documents that it learns."""

    choice: LanguageChoice
    base: ModelFolder
    corpus: Corpus

    @property
    def is_enough(self) -> bool:
        """Whether there is enough text for a training."""
        return self.corpus.words >= MIN_WORDS

    def learns(self, language: str) -> bool:
        """Whether documents in a language are learned."""
        return not self.choice.languages or language in self.choice.languages

    @property
    def language(self) -> str:
        """The language of most words."""
        return main_language(self.corpus.documents) or "en"


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The trainings for a folder, that with most words first, and the documents of no training.

    `candidates` are those for which there is too little text, `missing` says why a model cannot be had.
    """

    texts: FolderTexts
    trainings: tuple[LanguageTraining, ...]
    left_out: tuple[Rejection, ...] = ()
    candidates: tuple[LanguageTraining, ...] = ()
    missing: ModelError | None = None

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """All rejected files of the folder, by name."""
        corpora = [training.corpus.rejections for training in self.trainings] or [self.texts.rejections]
        found = {rejection.name: rejection for some in (*corpora, self.left_out) for rejection in some}
        return tuple(found[name] for name in sorted(found))

    def require_one(self) -> None:
        """Raise CorpusError, ModelError or TrainingError where nothing can be learned."""
        if self.trainings:
            return
        main = main_language(self.texts.documents)
        words = sum(document.words for document in self.texts.documents)
        if main is not None and words >= MIN_WORDS and not any(c.learns(main) for c in self.candidates):
            raise self.missing or TrainingError(
                "Most of the texts in {folder} are in {language}, and no model here writes it; get one that "
                "does, or choose the model that shall learn it.",
                folder=self.texts.scan.folder,
                language=language_name(main),
            )
        most = max((c.corpus for c in self.candidates), key=lambda corpus: corpus.words, default=None)
        (most or divide(self.texts, self.texts.documents)).require_enough()


class LanguagePlanner:
    """Plans the trainings of a request, by the models of `store` and those that the settings name."""

    def __init__(self, request: TrainingRequest, store: ModelStore, settings: SettingsStore) -> None:
        self._request = request
        self._store = store
        self._preferences = preferences_of(settings)
        self._base = original(store, store.find(request.base)) if request.base else None
        self._missing: ModelError | None = None

    def plan(self, texts: FolderTexts, cancelled: CancelCheck) -> TrainingPlan:
        """The plan for the texts of the folder. Raises Cancelled."""
        found = [_training(texts, *choice, cancelled) for choice in self._choices(texts.documents)]
        if not any(one.is_enough for one in found) and self._base and not self._request.languages:
            found = [_training(texts, LanguageChoice(self._request.base), self._base, cancelled)]
        found.sort(key=lambda one: one.corpus.words, reverse=True)
        enough = tuple(one for one in found if one.is_enough)
        few = tuple(one for one in found if not one.is_enough)
        left_out = _left_out(texts.documents, enough, few) if enough else ()
        return TrainingPlan(texts, enough, left_out, few, self._missing)

    def _choices(self, documents: Sequence[SourceDocument]) -> Iterator[tuple[LanguageChoice, ModelFolder]]:
        if self._base and (self._request.languages or not languages_of(self._base)):
            yield LanguageChoice(self._request.base, self._request.languages), self._base
            return
        words = Counter[str]()
        for document in documents:
            words[document.language] += document.words
        choices = {slot: self._choice_for(slot, words) for slot in LANGUAGES}
        found = [choice for choice in choices.values() if choice is not None]
        if len(found) == len(LANGUAGES) and all(_writes_all(one, found[0]) for one in found):
            yield LanguageChoice(found[0][0].base), found[0][1]
        else:
            yield from found

    def _choice_for(self, slot: Language, words: Counter[str]) -> tuple[LanguageChoice, ModelFolder] | None:
        """The base for the language of most words that is written as `slot`, and has a model."""
        languages = [language for language, _count in words.most_common() if written_as(language) == slot]
        for language in languages:
            for name, base in self._bases(language):
                if language in languages_of(base):
                    return LanguageChoice(name, (language,)), base
                if not languages_of(base):
                    return LanguageChoice(name, tuple(languages)), base
        return None

    def _bases(self, language: str) -> Iterator[tuple[str, ModelFolder]]:
        """The models that may learn a language, with the name of each: that which writes it comes first."""
        if self._base:
            yield self._request.base, self._base
            return
        here = installed(self._store)
        names = [model_for(written_as(language), self._preferences, here)]
        if language not in SETTINGS:
            names += [model.id for model in here if language in model.languages and not model.masked]
        for name in names:
            try:
                yield name, original(self._store, self._store.find(name))
            except ModelError as error:
                self._missing = error


def preferences_of(settings: SettingsStore) -> ModelPreferences:
    """The models that the settings name."""
    return ModelPreferences(settings.get(SETTINGS["en"]), settings.get(SETTINGS["zh"]))


def _training(
    texts: FolderTexts, choice: LanguageChoice, base: ModelFolder, cancelled: CancelCheck
) -> LanguageTraining:
    chosen = choice.languages
    documents = [d for d in texts.documents if not chosen or d.language in chosen]
    return LanguageTraining(choice, base, divide(texts, documents, cancelled=cancelled))


def _writes_all(one: tuple[LanguageChoice, ModelFolder], other: tuple[LanguageChoice, ModelFolder]) -> bool:
    """Whether two choices are of one model whose languages are not known."""
    return one[1].path == other[1].path and not languages_of(one[1])


def _left_out(
    documents: Iterable[SourceDocument],
    trainings: Sequence[LanguageTraining],
    candidates: Sequence[LanguageTraining],
) -> tuple[Rejection, ...]:
    """The rejections of the documents that no training learns."""
    found = []
    for document in documents:
        if any(training.learns(document.language) for training in trainings):
            continue
        if any(candidate.learns(document.language) for candidate in candidates):
            found.append(Rejection(document.name, RejectionReason.TOO_FEW, language=document.language))
            continue
        slot = written_as(document.language)
        same = [training for training in trainings if written_as(training.language) == slot]
        model = (same or trainings)[0].base.id
        found.append(Rejection(document.name, RejectionReason.FOREIGN, model, document.language))
    return tuple(found)
