"""The engines that are compared: where each lives, what runs it, and how it gets the model."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.engine_process import ENGINES_FOLDER, EngineFailedError, EngineProcess
from tests.benchmarks.models import BUILD, ROOT, BenchModel

PEERS = ROOT / "build" / "peers"
CONVERTER = "convert"

Convert = Callable[[BenchModel, Path], list[str]]


def _openvino(model: BenchModel, target: Path) -> list[str]:
    """Weights in int8, one scale per row, as its exporter does by default."""
    task = ["--task", "text-generation-with-past", "--weight-format", "int8"]
    return [_tool("optimum-cli"), "export", "openvino", "-m", str(model.plain()), *task, str(target)]


def _ctranslate2(model: BenchModel, target: Path) -> list[str]:
    out = ["--output_dir", str(target), "--quantization", "int8", "--force"]
    return [_tool("ct2-transformers-converter"), "--model", str(model.plain()), *out]


def _ortgenai(model: BenchModel, target: Path) -> list[str]:
    command = [_tool("python"), "-m", "onnxruntime_genai.models.builder", "-i", str(model.plain())]
    scratch = BUILD / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return [*command, "-o", str(target), "-p", "int8", "-e", "cpu", "-c", str(scratch)]


def _gguf(model: BenchModel, target: Path) -> list[str]:
    script = ENGINES_FOLDER / "convert_gguf.py"
    return [str(_python("llamacpp")), str(script), str(model.plain()), str(target)]


def _graph(model: BenchModel, _target: Path) -> list[str]:
    """Our int8 graph beside the model, where it is missing."""
    return [sys.executable, str(ENGINES_FOLDER / "convert_writer.py"), str(model.folder)]


@dataclass(frozen=True)
class Engine:
    """An engine that is measured.

    `home` is the environment it runs in ("" is our own); `file` is below what `convert` makes, once.
    `prepare` is run before each start, so that the measured process has no memory of building a graph.
    """

    key: str
    name: str
    place: str
    home: str = ""
    convert: Convert | None = None
    prepare: Convert | None = None
    file: str = ""
    llama_only: bool = False
    truth_only: bool = False
    trace_only: bool = False

    def needs(self) -> list[str]:
        """The environments that it takes, of the peers'."""
        converter = [CONVERTER] if self.convert in (_openvino, _ctranslate2, _ortgenai) else []
        return [name for name in (self.home, *converter) if name]


LLAMA = "adapter_llamacpp:LlamaCpp"
ENGINES = (
    Engine("writer", "writer int8", "adapter_writer:Int8", prepare=_graph),
    Engine("words", "writer int8, by words", "adapter_writer:Words", prepare=_graph, trace_only=True),
    Engine("writer32", "writer float32", "adapter_writer:Float32", truth_only=True),
    Engine("llama8", "llama.cpp Q8_0", LLAMA, "llamacpp", _gguf, file="q8_0.gguf"),
    Engine("llama4", "llama.cpp Q4_0", LLAMA, "llamacpp", _gguf, file="q4_0.gguf"),
    Engine("openvino", "OpenVINO GenAI int8", "adapter_openvino:OpenVino", "openvino", _openvino),
    Engine(
        "ortgenai",
        "ONNX Runtime GenAI int8",
        "adapter_ortgenai:OrtGenAi",
        "ortgenai",
        _ortgenai,
        llama_only=True,
    ),
    Engine("ctranslate2", "CTranslate2 int8", "adapter_ctranslate2:CTranslate2", "ctranslate2", _ctranslate2),
    Engine("cached", "transformers, cache cropped", "adapter_transformers:Cached"),
    Engine("generate", "transformers generate", "adapter_transformers:Generate"),
)


def start(engine: Engine, model: BenchModel, threads: int, say: Callable[[str], None]) -> EngineProcess:
    """A process with this engine, which is installed, and model; converts first where needed.

    Raises `EngineFailedError`.
    """
    if engine.llama_only and model.name == "gpt2":
        raise EngineFailedError("it has no GPT-2 type")
    log = BUILD / "logs" / f"{engine.key}-{model.name}-{threads}.log"
    return EngineProcess(_python(engine.home), engine.place, _model_for(engine, model, say), threads, log)


def install(engine: Engine, say: Callable[[str], None]) -> None:
    """Make the environments that the engine takes, once. Raises `EngineFailedError`."""
    for name in engine.needs():
        _install(name, say)


def _model_for(engine: Engine, model: BenchModel, say: Callable[[str], None]) -> Path:
    if engine.prepare is not None:
        _call(engine.prepare(model, model.converted), f"prepare-{engine.key}-{model.name}")
    if engine.convert is None:
        return model.folder if engine.place.startswith("adapter_writer") else model.plain()
    target = model.converted / (engine.home or engine.key)
    done = target / ".complete"
    if not done.exists():
        say(f"converting {model.name} for {engine.name} ...")
        shutil.rmtree(target, ignore_errors=True)
        _call(engine.convert(model, target), f"convert-{engine.key}-{model.name}")
        done.touch()
    return target / engine.file


def _install(name: str, say: Callable[[str], None]) -> None:
    """The peer's own environment with the versions that pyproject.toml pins, made once."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"][f"bench-{name}"]
    home = PEERS / name
    done = home / ".complete"
    if done.exists() and done.read_text("utf-8").splitlines() == wanted:
        return
    say(f"installing {', '.join(wanted)} ...")
    _call([sys.executable, "-m", "venv", "--clear", str(home)], f"install-{name}")
    command = [str(_python(name)), "-m", "pip", "install", "--quiet", *wanted]
    if name == "llamacpp":
        command += ["--no-binary", "llama-cpp-python"]
    _call(command, f"install-{name}")
    if name == CONVERTER:  # comes along unasked, and breaks where it does not match torch
        _call(
            [str(_python(name)), "-m", "pip", "uninstall", "--quiet", "-y", "torchvision"], f"install-{name}"
        )
    done.write_text("\n".join(wanted), "utf-8")


def _call(command: list[str], name: str) -> None:
    log = BUILD / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    native = {"CMAKE_ARGS": "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF"}
    try:
        with log.open("wb") as out:
            status = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | native, check=False
            )
    except OSError as error:  # half an environment: what was measured before stays
        raise EngineFailedError(f"{name} failed: {error}") from error
    if status.returncode:
        raise EngineFailedError(f"{name} failed; the log is {log.relative_to(ROOT)}")


def _python(home: str) -> Path:
    return PEERS / home / "bin" / "python" if home else Path(sys.executable)


def _tool(name: str) -> str:
    return str(PEERS / CONVERTER / "bin" / name)
