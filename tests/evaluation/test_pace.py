"""A replay at the pace of a recorded session: what came too late does not help."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from writer.base.errors import UserError
from writer.evaluation.arriving_ghost import ArrivingGhost
from writer.evaluation.cached_suggester import CachedSuggester, TimedSuggestion
from writer.evaluation.documents import Passage
from writer.evaluation.recorded_pace import MIN_KEYS, RecordedPace, pace_text, read_pace
from writer.evaluation.simulated_typist import ReplayStep, replay
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.suggestions.typing_pace import MIN_READABLE_SECONDS

Parts = tuple[tuple[float, str], ...]


def timed(*parts: tuple[float, str]) -> TimedSuggestion:
    """A suggestion that grew so: seconds and the text that there was."""
    shown = tuple((at, Suggestion(text, complete=text == parts[-1][1])) for at, text in parts)
    return TimedSuggestion(shown[-1][1], parts[-1][0] * 1e3, 0.0, shown, parts[0][0])


class Slow(CachedSuggester):
    """Answers that are written down by the text before the cursor."""

    def __init__(self, answers: Mapping[str, Parts]) -> None:
        self._written = answers
        self.asked: list[str] = []
        self.gates: list[ConfidenceGate] = []

    def suggest(self, context: Context, rules: BuilderRules) -> TimedSuggestion:
        self.asked.append(context.before)
        self.gates.append(rules.gate)
        return timed(*self._written.get(context.before, ((0.0, ""),)))


def steps(text: str, answers: Mapping[str, Parts], pause: float | None) -> tuple[list[ReplayStep], Slow]:
    suggester = Slow(answers)
    pace = RecordedPace("steady", (pause,)) if pause is not None else None
    return list(replay(Passage("a", "", text, 3, len(text)), suggester, BuilderRules(), pace=pace)), suggester


def keys(found: list[ReplayStep]) -> int:
    return sum(step.keystrokes for step in found)


def test_without_a_pace_an_answer_is_there_at_once() -> None:
    found, _ = steps("The great day", {"The": ((9.0, " great day"),)}, None)
    assert keys(found) == 1


def test_what_comes_in_time_helps() -> None:
    found, _ = steps("The great day", {"The": ((0.1, " great day"),)}, 0.3)
    assert keys(found) == 1


@pytest.mark.parametrize("arrives", [0.31, 0.29, 0.3 - MIN_READABLE_SECONDS / 2])
def test_what_comes_too_late_or_just_before_the_key_does_not_help(arrives: float) -> None:
    answers = {"The": ((arrives, " great day"),), "The ": ((0.0, "great"),)}
    found, suggester = steps("The great day", answers, 0.3)
    assert (found[0].shown, found[0].fresh, found[0].reason) == (False, True, Reason.STALE)
    assert not any(step.refused for step in found)
    assert suggester.asked[1] == "The "  # the key cancelled the request


def test_the_words_that_are_there_can_be_taken_before_the_rest() -> None:
    found, suggester = steps("The great day", {"The": ((0.1, " great"), (0.5, " great day"))}, 0.3)
    assert [step.accepted for step in found] == [len(" great"), len(" day")]
    assert suggester.asked == ["The"]


def test_a_rest_that_is_not_there_yet_is_cancelled_by_the_next_key() -> None:
    found, suggester = steps("The great day", {"The": ((0.1, " great"), (5.0, " great day"))}, 0.3)
    assert [step.accepted for step in found[:2]] == [len(" great"), 0]
    assert suggester.asked[:2] == ["The", "The great "]
    assert not any(step.refused for step in found)


def test_an_engine_as_slow_as_the_keys_is_shown_only_in_pauses() -> None:
    """As in the window, which learns how long answers take."""
    text = "The " + "x" * 60
    answers = {text[:place]: ((0.2, "yz"),) for place in range(len(text))}
    found, _ = steps(text, answers, 0.24)
    assert found[0].shown is False
    assert not any(step.shown for step in found)


def test_the_gate_is_that_of_the_pace() -> None:
    gate = ConfidenceGate(0.1, 0.1, 0.5, 0.5)
    passage = Passage("a", "", "The day " * 9, 3, 60)
    pace, slow = RecordedPace("steady", (0.5,)), Slow({})
    list(replay(passage, slow, BuilderRules(gate), pace=pace))
    assert slow.gates[0] == gate.at_pace(0.2)
    assert slow.gates[-1].reading < slow.gates[0].reading
    list(replay(passage, slow, BuilderRules(gate)))
    assert slow.gates[-1] == gate


def test_a_ghost_that_was_seen_and_typed_past_is_refused() -> None:
    ghost = ArrivingGhost(timed((0.0, " great")))
    ghost.wait(1.0)
    shown = ghost.visible()
    ghost.write(" ", accepted=False)
    assert ghost.goes_on(shown)
    ghost.write("x", accepted=False)
    assert not ghost.goes_on(shown)
    assert ghost.refused


def test_the_pause_at_one_place_is_the_same_in_every_replay() -> None:
    pace = RecordedPace("s", tuple(n / 100 for n in range(1, 8)))
    assert [pace.pause("a", n) for n in range(30)] == [pace.pause("a", n) for n in range(30)]
    assert {pace.pause("a", n) for n in range(30)} == set(pace.pauses)
    assert pace.median == 0.04


def session(count: int, gap: int = 150) -> list[dict[str, object]]:
    return [
        {"t": 1_000 + gap * n, "e": "text-insert", "s": "user", "ops": [{"retain": n}, {"insert": "a"}]}
        for n in range(count)
    ]


def write(path: Path, events: list[dict[str, object]]) -> Path:
    data = "\n".join(map(json.dumps, events)).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["session.jsonl", "session.jsonl.gz"])
def test_a_session_is_read(tmp_path: Path, name: str) -> None:
    events = session(MIN_KEYS + 20)
    events.insert(10, {"t": 2_400, "e": "suggestion-open", "s": "api"})
    events[40]["ops"] = [{"retain": 3}, {"insert": "a whole sentence"}]
    events[60]["s"] = "api"
    events[80]["ops"] = [{"retain": 3}, {"delete": 1}]
    pace = read_pace(write(tmp_path / name, events))
    assert set(pace.pauses) == {0.15}
    assert len(pace.pauses) == MIN_KEYS + 20 - 1 - 1 - 3 * 2
    assert pace_text(pace).startswith(f"At the pace of {name} (0.15 s between two keys")


def test_times_alone_are_enough(tmp_path: Path) -> None:
    pace = read_pace(write(tmp_path / "s.jsonl", [{"t": 200 * n} for n in range(MIN_KEYS + 1)]))
    assert pace.pauses == pytest.approx([0.2] * MIN_KEYS)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 keys"),
        (b"no json", "no recorded session"),
        (b'{"t": "soon"}', "no recorded session"),
        (b"[1, 2]", "no recorded session"),
        (b"\x1f\x8bbroken", "no recorded session"),
        (b'{"t": 1}\n{"t": 2}', "1 keys"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_session_is_one_sentence(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "session"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=why):
        read_pace(path)
