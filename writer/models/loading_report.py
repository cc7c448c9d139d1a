"""The report of transformers about the weights that it loaded.

It invents weights that the files lack, and says so in the report alone; such a model writes rubbish.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def missing_weight(report: Mapping[str, Any]) -> str:
    """The name of a weight that the files lack, or have in another shape, "" where all are there.

    `report` is what `from_pretrained` returns besides the model for `output_loading_info`.
    """
    lacking = {str(name) for name in report.get("missing_keys") or ()}
    lacking |= {str(entry[0]) for entry in report.get("mismatched_keys") or ()}
    return min(lacking, default="")
