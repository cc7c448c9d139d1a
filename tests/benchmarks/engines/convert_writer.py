"""Makes a model ready for our engine; prints how many milliseconds that took.

python convert_writer.py MODEL_FOLDER            beside the model, where it is missing
python convert_writer.py MODEL_FOLDER SCRATCH    into SCRATCH, whatever is there already
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from writer.engine import loading
from writer.engine.onnx_graphs.decoder_graph import build_decoder_graph
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights


def main(folder: Path, scratch: Path | None) -> None:
    """Build the int8 graph of `folder`."""
    begin = time.perf_counter()
    config, weights = read_decoder_config(folder), Weights(folder)
    if scratch is None:
        loading.ensure_decoder_graph(folder, config, weights, "int8")
    else:
        build_decoder_graph(config, weights, "int8", scratch / "decoder.onnx")
    print((time.perf_counter() - begin) * 1e3)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
