"""The names of the figures of an evaluation, the same wherever they are printed.

A place is a position of the cursor, and a ghost a suggestion that has just appeared: one that stays while its
letters are typed is one ghost, and is shown at several places.
"""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "keystrokes_saved": "Keystrokes saved",
    "net_seconds": "Net seconds saved",
    "refused": "Refused ghosts",
    "precision": "Right among places",
    "exact_match_1": "Right among ghosts",
    "exact_match_2": "First 2 words right among ghosts",
    "exact_match_3": "First 3 words right among ghosts",
    "exact_match_within_words": "Right among ghosts within a word",
    "coverage": "Places with a ghost",
    "characters_per_acceptance": "Characters per acceptance",
    "perplexity": "Perplexity per token",
    "bits_per_character": "Bits per character",
    "latency_p50": "Time to an answer, median",
    "latency_p90": "Time to an answer, 90 %",
    "latency_p95": "Time to an answer, 95 %",
    "cpu_seconds": "CPU seconds",
}
"""The name of each metric by its key; the keys of net seconds end in a speed and a time to read."""
