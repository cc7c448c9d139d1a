"""The end of a process whose threads may still compute in libraries."""

import subprocess
import sys

import pytest

BUSY = """
import sys, threading
import numpy
import onnxruntime
from onnx import TensorProto, helper
from writer.base.process_end import end_process

nodes = [helper.make_node("MatMul", [f"y{i}" if i else "x", "x"], [f"y{i + 1}"]) for i in range(4000)]
inputs, outputs = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [512, 512]) for n in ("x", "y4000"))
graph = helper.make_graph(nodes, "long", [inputs], [outputs])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString())
begun = threading.Event()

def compute():
    begun.set()
    while True:
        session.run(None, {"x": numpy.eye(512, dtype="float32")})

threading.Thread(target=compute, daemon=True).start()
begun.wait()
print("done", end="")
sys.exit(end_process(3))
"""
"""A process that ends while a thread computes in onnxruntime."""


def test_a_process_ends_in_order_while_the_engine_computes():
    """Without it the process was aborted (status -6), so that the system reported a crash."""
    done = subprocess.run([sys.executable, "-c", BUSY], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (3, "done"), done.stderr


@pytest.mark.parametrize("status", [0, 1])
def test_a_process_without_such_threads_ends_as_python_ends_it(status):
    """What is registered with `atexit` runs."""
    code = f"""
import atexit, sys, threading
from writer.base.process_end import end_process
thread = threading.Thread(target=print, args=["thread"], daemon=True)
thread.start()
thread.join()
atexit.register(print, "atexit")
sys.exit(end_process({status}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (status, ["thread", "atexit"]), done.stderr
