"""How often a correction is right: on what real writers mended, and on texts with errors put in.

    python -m tests.benchmarks.corrections [--half test] [--sessions 40] [--errors 400] [--clean 10000]
    python -m tests.benchmarks.corrections --half dev --tune margins.json --errors 0 --clean 0

Sessions of `../shared/data/keystrokes_coauthor`: each word that a writer finished is looked at as the window
does, with the words typed behind it so far. What is offered is right where the writer made the same of it in
the end, wrong where the writer made another form of it or left a word that a dictionary has. Counted apart
("unclear") is where a word stands in the end that no dictionary has, or a small "i", which may have been
overlooked, and where another word was written, so that nobody knows what was meant. So is ("left") where the
error would be another word of the dictionary or a small letter, and stays: most writers overlook these, too.
What such corrections are worth is seen in the texts below, and the last line counts them all as wrong.

Then errors put into texts of `../shared/data/en_mtlynch`, and the same texts as they are, where whatever is
offered is wrong. Thresholds were chosen on the half of writers "dev"; no writer is in both halves.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from tests.benchmarks.correction_cases import WINDOW, Place, Replay, events_of, replay, session_files
from tests.benchmarks.correction_errors import clean_texts, errors_in
from tests.benchmarks.corrector import Corrector
from writer.suggestions.corrections.choice import MARGINS, ChosenCorrection, Margin, is_sure
from writer.suggestions.corrections.slips import slip_cost
from writer.suggestions.corrections.suspects import FIRST_PERSON, Kind, Suspect

LOOKED_AT = 3
"""The last words before the cursor that are looked at when a word is finished."""


AIM = 0.97
"""The precision that margins are chosen for; above what must be reached, since other writers differ."""

ALIKE = 0.5
"""The least share of letters that a word has in common with another form of it."""

LEAST = 5
"""The least corrections that must have been right for a margin to be chosen."""

NEVER = Margin(math.inf, 0.0)

REAL_WORDS = (Kind.CAPITAL, Kind.ARTICLE, Kind.SOUND, Kind.SLIP)
"""The kinds of errors that are words of a dictionary."""

Margins = Mapping[Kind, Margin]


@dataclass(frozen=True, slots=True)
class Session:
    """The words that a writer finished, and the best correction of each suspect, in the order of time."""

    finished: list[Place]
    found: list[tuple[Place, ChosenCorrection]]


@dataclass(slots=True)
class Tally:
    """What was offered, by kind: right, wrong, left, unclear; and what the writers mended."""

    right: Counter[Kind] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)
    left: Counter[Kind] = field(default_factory=Counter)
    unclear: Counter[Kind] = field(default_factory=Counter)
    mended: Counter[Kind] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    words: int = 0

    def report(self, title: str) -> str:
        """The table of one measurement."""
        lines = [
            f"{title}: {self.words} words",
            f"{'':<12}{'right':>7}{'wrong':>7}{'left':>6}{'unclear':>9}{'precision':>18}{'errors':>8}{'found':>8}",
        ]
        for name, kinds in (*((kind.value, [kind]) for kind in Kind), ("all", list(Kind))):
            right, wrong, left, unclear, mended, found = (
                sum(counts[kind] for kind in kinds)
                for counts in (self.right, self.wrong, self.left, self.unclear, self.mended, self.found)
            )
            share = f"{found / mended:8.1%}" if mended else f"{'':>8}"
            sure = _interval(right, right + wrong)
            lines.append(f"{name:<12}{right:>7}{wrong:>7}{left:>6}{unclear:>9}{sure:>18}{mended:>8}{share}")
        alarms, left, unclear = (sum(counts.values()) for counts in (self.wrong, self.left, self.unclear))
        right, thousands = sum(self.right.values()), max(self.words, 1) / 1000
        lines.append(
            f"false alarms per 1,000 words: {alarms / thousands:.2f}, {(alarms + left) / thousands:.2f} with "
            f"those left, {(alarms + left + unclear) / thousands:.2f} with the unclear ones"
        )
        lines.append(f"precision with those left as wrong: {_interval(right, right + alarms + left)}")
        return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--skip", type=int, default=0, help="sessions that were looked at before")
    parser.add_argument("--errors", type=int, default=400)
    parser.add_argument("--clean", type=int, default=10_000, help="words of texts without errors")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=None, help="a file for the model's answers")
    parser.add_argument("--kinds", type=Kind, nargs="+", choices=list(Kind), default=list(Kind))
    parser.add_argument("--tune", type=Path, default=None, help="write the best margins for these sessions")
    parser.add_argument("--margins", type=Path, default=None, help="use those that --tune wrote")
    parser.add_argument("--show", action="store_true", help="print each correction that was not right")
    options = parser.parse_args()
    corrector = Corrector(options.model, options.threads, options.kept, options.kinds)
    margins = _read(options.margins.read_text("utf-8")) if options.margins else MARGINS
    began = time.perf_counter()
    if options.sessions:
        files = chosen(session_files(options.half), options.sessions, options.skip)
        sessions = []
        for file in files:
            sessions.append(look_at_session(file, corrector))
            print(f"{len(sessions)} of {len(files)} sessions", file=sys.stderr)
        tally = judge(sessions, corrector, margins, options.show)
        writers = len({file.name[:3] for file in files})
        print(tally.report(f"{len(files)} sessions of {writers} writers ({options.half})"), flush=True)
        if options.tune:
            options.tune.write_text(_written(tuned(sessions, corrector)), "utf-8")
    if options.errors:
        print(
            measure_errors(options.errors, corrector, margins, options.show).report("errors put in"),
            flush=True,
        )
    if options.clean:
        print(
            measure_clean(options.clean, corrector, margins, options.show).report("without errors"),
            flush=True,
        )
    seconds = time.perf_counter() - began
    print(f"{corrector.asked} questions to the model, {seconds:.0f} s in all")


def chosen(files: list[Path], count: int, skipped: int = 0) -> list[Path]:
    """`count` of the files, spread over all, but not the first that would be chosen."""
    random.Random(24).shuffle(files)
    return sorted(files[skipped : skipped + count])


def look_at_session(file: Path, corrector: Corrector) -> Session:
    """Replay a session, and find the best correction of each suspect whenever it is due."""
    suspects: list[tuple[Place, Suspect]] = []
    finished: dict[int, Place] = {}

    def look(session: Replay, cursor: int) -> None:
        start = max(0, cursor - WINDOW)
        before = session.text[start:cursor]
        first, last = corrector.last_word(before)
        if first < last:
            place = session.follow(start + first, start + last)
            finished[id(place)] = place
        for suspect in corrector.suspects(before, LOOKED_AT):
            at = start + len(suspect.before)
            suspects.append((session.follow(at, at + len(suspect.written)), suspect))

    replay(events_of(file), look)
    found = [(place, best) for place, suspect in suspects if (best := corrector.best(suspect)) is not None]
    return Session(list(finished.values()), found)


def judge(sessions: Iterable[Session], corrector: Corrector, margins: Margins, show: bool = False) -> Tally:
    """Count the first sure correction of each place, by the place's fate."""
    tally = Tally()
    for session in sessions:
        tally.words += len(session.finished)
        mended = {id(place): kind for place in session.finished if (kind := _mended(place, corrector))}
        tally.mended.update(mended.values())
        offered: set[int] = set()
        for place, correction in session.found:
            if id(place) in offered or not is_sure(correction, margins):
                continue
            offered.add(id(place))
            kind, verdict = correction.suspect.kind, _verdict(place, correction, corrector)
            if kind == Kind.DOUBLED and verdict == "right":
                tally.mended[kind] += 1
                tally.found[kind] += 1
            elif verdict == "right" and id(place) in mended:
                tally.found[mended[id(place)]] += 1
            if verdict:
                getattr(tally, verdict)[kind] += 1
            if show and verdict != "right":
                print(f"{verdict or 'gone':<6}{_shown(correction)} fate {place.fate[:40]!r}")
    return tally


def tuned(sessions: list[Session], corrector: Corrector) -> dict[Kind, Margin]:
    """For each kind the margins that find most while precision stays above `AIM`; it prints them as a table.

    A kind for which none is precise enough, or that was right less than `LEAST` times, is never offered.
    """
    found = dict.fromkeys(Kind, NEVER)
    print("kind        better  lead   right  wrong  unclear")
    for kind in Kind:
        most = LEAST - 1
        row = "none is precise enough, or it is too rare"
        for better in (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12):
            for lead in (0, 1, 2, 3, 4, 6):
                margin = replace(MARGINS[kind], better=better, lead=lead)
                tally = judge(sessions, corrector, dict.fromkeys(Kind, NEVER) | {kind: margin})
                right, wrong, unclear = (counts[kind] for counts in (tally.right, tally.wrong, tally.unclear))
                if right > most and right >= AIM * (right + wrong):
                    most, found[kind] = right, margin
                    row = f"{better:>6}{lead:>6}{right:>8}{wrong:>7}{unclear:>9}"
        print(f"{kind.value:<12}{row}", flush=True)
    return found


def _written(margins: Margins) -> str:
    """Margins as JSON."""
    return json.dumps({kind.value: astuple(one) for kind, one in margins.items()})


def _read(text: str) -> Margins:
    return {Kind(kind): Margin(*values) for kind, values in json.loads(text).items()}


def measure_errors(count: int, corrector: Corrector, margins: Margins, show: bool) -> Tally:
    """Put `count` errors into texts, one at a time, and look at each with up to two words behind it."""
    tally = Tally()
    for error in errors_in(clean_texts(), count, corrector.words, corrector.is_unknown):
        tally.words += 1
        tally.mended[error.kind] += 1
        grown = (error.before + error.wrong + after for after in error.afters)
        sure = (
            best
            for text in grown
            for suspect in corrector.suspects(text, LOOKED_AT)
            if len(suspect.before + suspect.written) > len(error.before)
            and (best := corrector.best(suspect)) is not None
            and is_sure(best, margins)
        )
        correction = next(sure, None)
        if correction is not None:
            mended = correction.suspect.before + correction.text + correction.suspect.after
            right = (error.before + error.right + error.afters[-1]).startswith(mended.rstrip())
            (tally.right if right else tally.wrong)[correction.suspect.kind] += 1
            tally.found[error.kind] += right
            if show and not right:
                print(f"wrong {_shown(correction)} was {error.right!r}")
    return tally


def measure_clean(count: int, corrector: Corrector, margins: Margins, show: bool) -> Tally:
    """Look at each word of texts without errors, `count` in all: whatever is offered is wrong."""
    tally = Tally()
    texts = list(clean_texts())
    for text in texts:
        offered: set[tuple[int, Kind]] = set()
        ends = corrector.word_ends(text)[: max(1, count // len(texts))]
        tally.words += len(ends)
        for end in ends:
            for suspect in corrector.suspects(text[max(0, end - WINDOW) : end], LOOKED_AT):
                place = (end - len(suspect.after), suspect.kind)
                best = None if place in offered else corrector.best(suspect)
                if best is not None and is_sure(best, margins):
                    offered.add(place)
                    tally.wrong[suspect.kind] += 1
                    if show:
                        print(f"wrong {_shown(best)}")
    return tally


def _verdict(place: Place, correction: ChosenCorrection, corrector: Corrector) -> str:
    """ "right", "wrong", "left", "unclear" or, where the passage is gone, ""."""
    fate, text = _plain(place.fate), _plain(correction.text)
    passage = re.split(r"[^\w'-]+", _plain(place.fate + place.following))
    if fate == text or text in fate.split() or text.split() == passage[: len(text.split())]:
        return "right"
    if not fate or len(fate) > 2 * len(text) + 20:
        return ""
    if correction.suspect.kind in REAL_WORDS and fate == _plain(correction.suspect.written):
        return "left"
    is_rare = corrector.is_unknown(fate) or corrector.words.is_unusual(fate.lower())
    overlooked = is_rare or fate in FIRST_PERSON
    alike = SequenceMatcher(None, _plain(place.written).lower(), fate.lower(), autojunk=False).ratio()
    is_unclear = (overlooked and len(fate.split()) == 1) or alike < ALIKE
    return "unclear" if is_unclear else "wrong"


def _mended(place: Place, corrector: Corrector) -> Kind | None:
    """The kind of error that a writer mended at a place, None where nothing or something else was done."""
    written, fate = _plain(place.written), _plain(place.fate)
    if fate == written or not fate:
        return None
    lower, other = written.lower(), fate.lower()
    if lower == other:
        return Kind.CAPITAL
    if {lower, other} == {"a", "an"}:
        return Kind.ARTICLE
    if other in corrector.words.by_sound(lower, ""):
        return Kind.SOUND
    wrong = corrector.is_unknown(written) or corrector.words.is_unusual(lower)
    known = not any(map(corrector.is_unknown, fate.split()))
    limit = 5.5 if len(lower) < 4 else 13.0
    return Kind.TYPO if wrong and known and slip_cost(lower, other) <= limit else None


def _plain(text: str) -> str:
    return text.replace("’", "'").strip("'\"- ")


def _shown(correction: ChosenCorrection) -> str:
    suspect = correction.suspect
    change = f"{suspect.written!r} -> {correction.text!r}"
    return f"{suspect.kind:<8}{correction.better:6.1f} {suspect.before[-40:]!r} {change} {suspect.after!r}"


def _interval(hits: int, count: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    if not count:
        return "-"
    z, share = 1.96, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{share:.1%} ({middle - half:.0%}-{middle + half:.0%})"


if __name__ == "__main__":
    main()
