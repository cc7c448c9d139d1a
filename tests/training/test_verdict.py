"""A personal model goes live only where the texts that were kept aside prove it better."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from writer.base.errors import Sentence
from writer.commands.train_output import EventFormatter, comparison_table
from writer.engine.devices import choose_device
from writer.engine.protocol import EngineError
from writer.evaluation.documents import MIN_TEXTS
from writer.evaluation.metrics import Estimate
from writer.evaluation.paired import Sums
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.training.base_model import original
from writer.training.compare import Comparison, Difference, ModelScores, verdict
from writer.training.events import Compared, Planned, StepFinished, Validated


def scores(saved: list[float], bits: list[float], general: float = 20.0) -> ModelScores:
    """A model that saved so many of 100 keystrokes of each text, and took so many bits for 100 characters."""
    by_text: list[Sums] = [{f"{n}": (one, 100.0) for n, one in enumerate(each)} for each in (saved, bits)]
    share = sum(saved) / 100 / len(saved)
    return ModelScores({"keystrokes_saved": Estimate(share, share, share)}, general, (), *by_text)


def judged(before: ModelScores, after: ModelScores, overlap: float | None = 0.0) -> tuple[bool, str]:
    better, why = verdict(before, after, Difference.of(after, before, 0), overlap)
    return better, str(why)


SAVED = [10.0, 30.0, 12.0, 45.0, 20.0, 33.0, 15.0, 8.0]
BITS = [150.0] * 8


def test_a_small_gain_on_every_text_is_seen_beside_large_differences_between_texts() -> None:
    better, why = judged(scores(SAVED, BITS), scores([s + 2 + s / 50 for s in SAVED], BITS))
    assert better
    assert "It saves 24.1% of the keystrokes, the model before it 21.6%: +2.2 to +2.6 points more." in why


def test_a_gain_on_few_of_the_texts_is_no_proof() -> None:
    after = [s + (20 if n == 3 else -1) for n, s in enumerate(SAVED)]
    better, why = judged(scores(SAVED, BITS), scores(after, BITS))
    assert sum(after) > sum(SAVED)
    assert not better
    assert "not proven better" in why
    assert "between -1.8 and +8.4 points" in why


@pytest.mark.parametrize(("more", "live"), [(0.0, True), (-0.5, False)])
def test_texts_that_are_foretold_better_are_enough_where_no_keystrokes_are_lost(
    more: float, live: bool
) -> None:
    better, _why = judged(scores(SAVED, BITS), scores([s + more for s in SAVED], [b - 10 for b in BITS]))
    assert better is live


def test_fewer_texts_than_needed_allow_no_verdict() -> None:
    few = MIN_TEXTS - 1
    better, why = judged(scores(SAVED[:few], BITS[:few]), scores([90.0] * few, [10.0] * few))
    assert not better
    assert "Too few texts could be compared for a verdict (7, and at least 8 are needed)" in why


def test_texts_that_were_learned_prove_nothing() -> None:
    better, why = judged(scores(SAVED, BITS), scores([90.0] * 8, [10.0] * 8), overlap=0.72)
    assert not better
    assert "up to 72% of one of them was also learned" in why


def test_a_model_that_forgets_other_texts_does_not_go_live() -> None:
    better, why = judged(scores(SAVED, BITS), scores([90.0] * 8, [10.0] * 8, general=22.0))
    assert not better
    assert "other texts than yours worse than the model before it did (by 10%), so it waits beside" in why


def test_the_verdict_says_how_much_is_forgotten() -> None:
    better, why = judged(scores(SAVED, BITS), scores([s + 3 for s in SAVED], BITS, general=20.4))
    assert better
    assert why.endswith("It wavers +2.0 % more on texts of others than its base does (5 % at the most).")
    _better, why = judged(scores(SAVED, BITS), scores([s + 3 for s in SAVED], BITS, general=19.0))
    assert why.endswith("It wavers 5.0 % less on texts of others than its base does.")
    _better, why = judged(scores(SAVED, BITS, general=0.0), scores(SAVED, BITS, general=0.0))
    assert "wavers" not in why  # there is no general text in the language


def compared(monkeypatch: pytest.MonkeyPatch, models: dict[str, ModelScores | None]) -> Compared:
    """The comparison of models with known scores; None stands for one that cannot be loaded."""

    def measure(_self: Comparison, folder: Path, _device: str) -> ModelScores:
        if (found := models[folder.name]) is None:
            raise EngineError("It is damaged.")
        return found

    monkeypatch.setattr(Comparison, "_measure", measure)
    comparison = Comparison([], 800, 0, lambda _event: None, overlap=0.0)
    current = Path("current") if "current" in models else None
    return comparison.run(Path("base"), Path("personal"), "cpu", current)


def test_the_model_that_writes_now_is_to_be_surpassed_and_not_only_the_base(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, more = scores(SAVED, BITS), scores([s + 3 for s in SAVED], BITS)
    most = scores([s + 5 for s in SAVED], BITS, general=20.9)
    assert compared(monkeypatch, {"base": base, "personal": more}).better
    event = compared(monkeypatch, {"base": base, "personal": more, "current": most})
    assert not event.better
    assert event.current["keystrokes_saved"]["value"] == most.metrics["keystrokes_saved"].value
    assert compared(monkeypatch, {"base": base, "personal": most, "current": more}).better
    assert "the one that writes" in comparison_table(event)


def test_what_is_forgotten_is_measured_from_the_base_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    base, more = scores(SAVED, BITS), scores([s + 3 for s in SAVED], BITS, general=20.9)
    most = scores([s + 5 for s in SAVED], BITS, general=21.8)
    event = compared(monkeypatch, {"base": base, "personal": most, "current": more})
    assert not event.better
    assert "(by 9%)" in str(event.why)


def test_a_model_that_cannot_be_loaded_ends_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    base, more = scores(SAVED, BITS), scores([s + 3 for s in SAVED], BITS)
    event = compared(monkeypatch, {"base": base, "personal": more, "current": None})
    assert event.better
    assert event.current == {}


def test_a_training_from_a_personal_model_starts_at_its_base(gpt2: Path, tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    for name, base in (("base", ""), ("mine-1", "base"), ("mine-2", "mine-1"), ("left", "gone")):
        shutil.copytree(gpt2, tmp_path / name)
        manifests.write(tmp_path / name, Manifest(name, name, base=base))
    assert original(store, store.find("mine-2")).id == "base"
    assert original(store, store.find("base")).id == "base"
    assert original(store, store.find("left")).id == "left"


def test_a_model_that_shows_nothing_counts_as_one_that_saves_nothing() -> None:
    nothing = {"value": None, "low": None, "high": None}
    shown = {"value": 0.4, "low": 0.3, "high": 0.5}
    event = Compared(
        {"precision": shown}, {"precision": nothing}, {"base": 20.0, "personal": 21.0}, False, Sentence("So.")
    )
    [row] = (line for line in comparison_table(event).splitlines() if "Right among places" in line)
    assert row.endswith("nothing shown")
    better, why = judged(scores(SAVED, BITS), scores([0.0] * 8, BITS))
    assert not better
    assert "it saves 0.0% of the keystrokes" in why


def test_a_loss_that_is_not_known_yet_is_not_shown() -> None:
    formatter = EventFormatter()
    step = StepFinished(1, 9, 4.0, 100.0, None)
    assert "held out" not in formatter.format(step)[0]
    formatter.format(Validated(1, 3.25, True))
    assert "held out 3.250" in formatter.format(step)[0]


def test_a_plan_ends_with_the_sentence_about_its_device() -> None:
    names = [
        "parameters",
        "trained",
        "documents",
        "tokens",
        "held_out",
        "window",
        "sequences",
        "batch",
        "steps",
    ]
    device = choose_device("cpu")
    plan = Planned(
        run="r", base="small", method="lora", device="cpu", why=device.why, **dict.fromkeys(names, 1)
    )
    text = EventFormatter().format(plan)[0]
    assert text.endswith("1 at a time. The processor, as set.")
    assert "lora from small: 1 of 1 weights learn" in text
