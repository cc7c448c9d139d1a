"""Packs an exported adapter as it comes with the program: in half precision, with licence and sources."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from writer.models.weights.lora_adapter import CONFIG, WEIGHTS, read_adapter

ROOT = Path(__file__).resolve().parents[2]
_KEPT = (
    *("peft_type", "r", "lora_alpha", "fan_in_fan_out"),
    *("task_type", "target_modules", "base_model_name_or_path"),
)
"""The fields of peft's config that say what the adapter is; others are about its training."""


def main() -> int:
    """Pack an adapter; prints its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("adapter", type=Path, help="as `writer models export --adapter` writes it")
    parser.add_argument("sources", type=Path, help="the table that `measure.py` printed")
    parser.add_argument("target", type=Path, help="resources/starters/LANGUAGE")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    pack(options.adapter, options.target)
    shutil.copyfile(options.sources, options.target / "SOURCES.md")
    shutil.copyfile(ROOT / "LICENSE", options.target / "LICENSE")
    print(f"{(options.target / WEIGHTS).stat().st_size / 1e6:.1f} MB")
    return 0


def pack(adapter: Path, target: Path) -> None:
    """Write the adapter to `target` in float16. Raises AdapterError where it is none."""
    read_adapter(adapter)
    halves = {name: half.astype(np.float16) for name, half in load_file(adapter / WEIGHTS).items()}
    save_file(halves, target / WEIGHTS, metadata={"format": "pt"})
    config = json.loads((adapter / CONFIG).read_text("utf-8"))
    kept = {name: config[name] for name in _KEPT if name in config}
    (target / CONFIG).write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    read_adapter(target)


if __name__ == "__main__":
    sys.exit(main())
