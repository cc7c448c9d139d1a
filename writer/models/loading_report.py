"""The report of transformers about the weights that it loaded.

It invents weights that the files lack, and leaves out layers of which the config does not speak; it says so
in the report alone, and such a model writes rubbish.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_LAYER = re.compile(r"(.*?\.)(\d+)\..*\.(?:weight|bias)")
"""The name of a weight in a layer: what stands before the layer's number, and that."""


def missing_weight(report: Mapping[str, Any]) -> str:
    """The name of a weight that the files lack, or have in another shape, "" where all are there.

    `report` is what `from_pretrained` returns besides the model for `output_loading_info`.
    """
    lacking = {str(name) for name in report.get("missing_keys") or ()}
    lacking |= {str(entry[0]) for entry in report.get("mismatched_keys") or ()}
    return min(lacking, default="")


def layer_left_out(report: Mapping[str, Any], names: Iterable[str]) -> str:
    """The name of a weight in a layer behind those of the model, whose weights are `names`; "" for none."""
    layers: dict[str, int] = {}
    for found in filter(None, map(_LAYER.fullmatch, names)):
        layers[found[1]] = max(int(found[2]), layers.get(found[1], 0))
    unused = (_LAYER.fullmatch(str(name)) for name in report.get("unexpected_keys") or ())
    behind = (found[0] for found in unused if found and int(found[2]) > layers.get(found[1], int(found[2])))
    return min(behind, default="")
