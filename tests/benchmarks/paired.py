"""How the comparisons of quality stand in a table: values and paired differences, with their intervals."""

from __future__ import annotations

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import Estimate
from writer.evaluation.paired import Sums, difference, sums, value

__all__ = ["Sums", "cell", "difference", "of_whole_texts", "sums", "value"]


def cell(estimate: Estimate, signed: bool = False) -> str:
    """An estimate in percent, as it stands in a table."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    value, low, high = (
        f"{100 * x:{'+' if signed else ''}.1f}" for x in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} % ({low} to {high})"


def of_whole_texts(passages: list[Passage]) -> int:
    """How many texts these stretches come from: an interval over few of them is a rough one."""
    return len({passage.name for passage in passages})
