"""What goes into the bundle and what stays out: the lists that PyInstaller's definition and the tests share.

PyInstaller takes what is imported somewhere; the libraries import far more than Writer can reach. Everything
named here is neither reached by the tour nor by a training run from the bundle.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch

EXCLUDED_MODULES = (
    # other windows, notebooks, plots, servers
    "tkinter", "_tkinter", "IPython", "ipykernel", "matplotlib", "PIL", "tensorboard", "scipy", "sklearn",
    # other frameworks and formats that transformers offers to serve
    "tensorflow", "jax", "flax", "torchvision", "torchaudio", "triton", "librosa", "deepspeed",
    # tools of the checkout
    "pytest", "_pytest", "hypothesis", "mypy", "mypyc", "coverage", "ruff", "importlinter", "grimp", "pip",
    "setuptools", "hatchling", "lib2to3", "idlelib", "pydoc_data", "ensurepip", "PyInstaller",
    # parts of libraries that only compile, test or serve
    "torch.utils.tensorboard", "torch.utils.benchmark", "torch.utils.bottleneck",
    "torch._inductor.autoheuristic", "torch.utils.hipify", "torch.utils.model_dump",
    "torch.testing._internal.generated", "torch.testing._internal.common_methods_invocations",
    "torch.testing._internal.opinfo", "torch.testing._internal.distributed._tensor",
    "torch.testing._internal.distributed.rpc", "torch.testing._internal.distributed.distributed_test",
    "torch.testing._internal.common_nn", "torch.testing._internal.common_modules",
    "torch.testing._internal.common_quantization", "torch.testing._internal.common_distributed",
    "torchgen.api", "torchgen.dest", "torchgen.gen", "transformers.exporters",
    "sympy.physics", "sympy.vector", "sympy.categories", "sympy.codegen",
    "onnxruntime.transformers", "onnxruntime.tools", "onnxruntime.quantization", "onnxruntime.training",
    "onnx.backend.test", "onnx.reference.ops", "onnx.bin", "numpy.f2py",
    "numpy.tests", "sympy.testing", "hf_xet", "datasets", "pandas", "pyarrow",
    # what compiles a training, for which triton would be needed
    "torch._inductor.codegen", "torch._inductor.fx_passes", "torch._inductor.kernel", "networkx",
    "torch._inductor.ir", "torch._inductor.scheduler", "torch._inductor.lowering",
    "torch._inductor.select_algorithm", "torch._inductor.template_heuristics", "torch._inductor.compile_fx",
    "torch._inductor.pattern_matcher", "torch._inductor.cudagraph_trees", "torch._inductor.graph",
    # command lines of the libraries, and asynchronous servers
    "transformers.cli", "typer", "click", "pygments", "markdown_it", "pydantic", "pydantic_core",
    "aiohttp", "yarl", "multidict", "frozenlist", "propcache",
)  # fmt: skip
"""Modules that are not followed and not taken."""

QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtDBus", "QtNetwork", "QtPrintSupport")
"""The modules of Qt that the window uses; the tour presses its keys through QtTest."""

QT_PLUGINS = (
    "platforms/*xcb*", "platforms/*wayland*", "platforms/*offscreen*", "platforms/*windows*",
    "platforms/*cocoa*", "platforminputcontexts/*ibus*", "platforminputcontexts/*compose*",
    "platformthemes/*portal*", "styles/*", "iconengines/*svg*", "imageformats/*svg*", "imageformats/*ico*",
    "imageformats/*jpeg*", "wayland-decoration-client/*", "wayland-shell-integration/*xdg-shell*",
    "wayland-graphics-integration-client/*wayland-egl*", "xcbglintegrations/*", "printsupport/*",
)  # fmt: skip
"""The plugins of Qt that stay, below its folder of plugins."""

DROPPED_FILES = (
    "*/tests/*", "*/test/*", "*/testing/*_data/*", "*.h", "*.hpp", "*.cuh", "*.pxd", "*.pyx", "*.pxi",
    "*.pyi", "*.cmake", "*.lib", "*.a", "*/include/*", "*/__pycache__/*", "*.c", "*.cpp", "*.cc", "*.proto",
    "torch/bin/*", "torch/share/*", "torch/lib/libtorchbind_test*", "torch/lib/libjitbackend_test*",
    "torch/lib/libbackend_with_compiler*", "torch/lib/libaoti_custom_ops*", "torch/lib/libshm_windows/*",
    "torch/testing/_internal/*", "torch/_inductor/*", "torch/_dynamo/*", "torch/distributed/*.py",
    "torch/ao/*", "torch/fx/*.py", "torch/_functorch/*", "torch/_vendor/*", "torch/sparse/*.py",
    "torch/_export/*", "torch/export/*", "torch/_higher_order_ops/*", "torch/_refs/*", "torch/_subclasses/*",
    "*/_testcapi*", "*/_multiarray_tests*",
    "*/readline.*", "libreadline*", "PySide6/Qt/lib/libQt6Egl*",
    "onnx/backend/test/*", "onnxruntime/datasets/*", "onnxruntime/capi/*test*",
    "PySide6/Qt/qml/*", "PySide6/Qt/translations/*", "PySide6/Qt/libexec/*", "PySide6/Qt/resources/*",
    "PySide6/typesystems/*", "PySide6/glue/*", "*/RECORD", "*/INSTALLER", "*/direct_url.json",
    "writer/resources/readme.png", "writer/resources/growth.svg", "writer/resources/starters/en/*",
    "libQt6Qml*", "libQt6Quick*",
    # of GTK, which is not taken
    "libgtk-3*", "libgdk-3*", "libgdk_pixbuf*", "libcairo*", "libpango*", "libatk*", "libatspi*",
    "libepoxy*", "libgio-2*", "libgobject-2*", "libgmodule-2*", "libharfbuzz*", "libgraphite2*",
    "libpixman*", "libfribidi*", "libthai*", "libdatrie*", "libmount*", "libblkid*", "libselinux*",
    "libjpeg*", "libXi.*", "libXext*", "libXrandr*", "libXinerama*", "libXdamage*", "libXcomposite*",
    "libcudart.so",
    # printers are reached through the CUPS of the system, where it has one
    "libcups.*", "libavahi*", "libgnutls*", "libp11-kit*", "libnettle*", "libhogweed*", "libunistring*",
    "libidn2*", "libtasn1*", "libgmp.*",
)  # fmt: skip
"""Files that no program reads, by their place in the bundle."""

ABSENT = ("hf_xet",)
"""How the places begin of packages that are not taken at all, whatever the other lists say."""

KEPT_FILES = (
    "torch/bin/torch_shm_manager", "*/licenses/*", "*/LICENSE*",
    # torch reads the source of these
    "torch/*config.py", "torch/_dynamo/_trace_wrapped*", "torch/_dynamo/eval_frame.py",
    "torch/_dynamo/variables/streams.py", "torch/distributed/_functional_collectives.py",
    "torch/distributed/tensor/_collective_utils.py",
)  # fmt: skip
"""What stays although a pattern of `DROPPED_FILES` fits."""

WITH_DATA = ("pytorch_lightning", "lightning_fabric", "pypinyin")
"""Packages that read files of their own, which PyInstaller does not know of."""

WITH_SOURCE = ("transformers", "torch", "pytorch_lightning")
"""Packages that look for source files of their own."""

ONLY_SOURCE = ("transformers.models",)
"""Packages with source files of which one program reads only a few: compiled they would lie there twice."""

NOT_STRIPPED = ("*.libs/*", "PySide6/*")
"""Libraries whose symbols stay on Linux: patchelf laid them out anew, which strip does not understand."""

_OF_A_MODEL = re.compile(r"transformers\.models\.(\w+)\.(\w+)$")
_KIND = re.compile(r"(configuration|modeling|tokenization|generation)_|openfold_|quant_|english_normalizer")
_NEEDED_BY_OTHERS = {"t5": "tokenization_t5", "encoder_decoder": "configuration_encoder_decoder"}


def models_taken() -> frozenset[str]:
    """The folders of transformers' models that continue text or fill a gap: those that Writer can load."""
    from transformers.models.auto import modeling_auto as auto
    from transformers.models.auto.configuration_auto import model_type_to_module_name

    kinds = [*auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES]
    return frozenset(model_type_to_module_name(kind).partition(".")[0] for kind in kinds) | {"auto"}


def taken_of_transformers(module: str, models: frozenset[str]) -> bool:
    """Whether a module of transformers is taken: of the `models` their network and tokenizer, no pictures."""
    found = _OF_A_MODEL.match(module)
    if found is None:
        return True
    folder, part = found.groups()
    if folder == "auto" or _NEEDED_BY_OTHERS.get(folder) == part:
        return True
    return folder in models and _KIND.match(part) is not None


def kept(place: str) -> bool:
    """Whether the file at this place in the bundle (with slashes) is taken."""
    place = place.replace("\\", "/")
    if place.startswith(ABSENT):
        return False
    if any(fnmatch(place, pattern) for pattern in KEPT_FILES):
        return True
    return not any(fnmatch(place, pattern) for pattern in DROPPED_FILES) and _kept_of_qt(place)


def _kept_of_qt(place: str) -> bool:
    """Whether a file is no part of Qt, or one that the window uses."""
    if not place.startswith("PySide6/"):
        return True
    _, plugins, plugin = place.rpartition("plugins/")
    if plugins:
        return any(fnmatch(plugin, pattern) for pattern in QT_PLUGINS)
    binding = re.fullmatch(r"PySide6/(Qt\w+)\.\w*\.?(so|pyd|abi3\.so)", place)
    if binding:
        return binding[1] in QT_MODULES
    return re.search(r"Qt6?(Qml|Quick|Sql|Help|Designer|VirtualKeyboard|Pdf|Lottie|UiTools)", place) is None
