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
    # other frameworks that transformers and datasets offer to serve
    "tensorflow", "jax", "flax", "torchvision", "torchaudio", "triton", "librosa", "deepspeed",
    # tools of the checkout
    "pytest", "_pytest", "hypothesis", "mypy", "mypyc", "coverage", "ruff", "importlinter", "grimp", "pip",
    "setuptools", "hatchling", "lib2to3", "idlelib", "pydoc_data", "ensurepip", "PyInstaller",
    # parts of libraries that only compile, test or serve
    "torch.utils.tensorboard", "torch.utils.benchmark", "torch.utils.bottleneck",
    "torch._inductor.autoheuristic", "torch.utils.hipify", "torch.utils.model_dump",
    "onnxruntime.transformers", "onnxruntime.tools", "onnxruntime.quantization", "onnxruntime.training",
    "onnx.backend.test", "onnx.reference.ops", "onnx.bin", "numpy.f2py", "pandas.tests", "pyarrow.tests",
    "numpy.tests", "sympy.testing", "networkx.drawing", "pyarrow.flight", "pyarrow._flight",
    "pyarrow.substrait", "pyarrow._substrait", "pyarrow._s3fs", "pyarrow._gcsfs", "pyarrow._azurefs",
    "pyarrow._hdfs", "pyarrow.orc", "pyarrow._orc", "pyarrow.cffi", "pyarrow.cuda", "pyarrow.gandiva",
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
    "*libarrow_flight*", "*libarrow_s3*", "pyarrow/src/*",
    "onnx/backend/test/*", "onnxruntime/datasets/*", "onnxruntime/capi/*test*",
    "PySide6/Qt/qml/*", "PySide6/Qt/translations/*", "PySide6/Qt/libexec/*", "PySide6/Qt/resources/*",
    "PySide6/typesystems/*", "PySide6/glue/*", "*/RECORD", "*/INSTALLER", "*/direct_url.json",
    "writer/resources/readme.png", "libgtk-3*", "libgdk-3*", "libgdk_pixbuf*", "libcairo*", "libpango*",
    "libatk*", "libatspi*", "libepoxy*", "libQt6Qml*", "libQt6Quick*",
)  # fmt: skip
"""Files that no program reads, by their place in the bundle."""

KEPT_FILES = ("torch/bin/torch_shm_manager", "torch/testing/*.py", "*/licenses/*", "*/LICENSE*")
"""What stays although a pattern of `DROPPED_FILES` fits."""

WITH_DATA = ("pytorch_lightning", "lightning_fabric", "datasets", "pypinyin")
"""Packages that read files of their own, which PyInstaller does not know of."""

WITH_SOURCE = ("transformers", "torch", "pytorch_lightning")
"""Packages that look for source files of their own."""

TRANSFORMERS_TAKEN = re.compile(
    r"transformers\.(?!models\.)|transformers\.models(\.\w+)?$"
    r"|transformers\.models\.auto\.|transformers\.models\.\w+\.(configuration|modeling|tokenization)_\w+$"
)
"""Of each model's modules in transformers: its configuration, network and tokenizer; no pictures or sound."""

STRIPPED = ("torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so", "libpython3*.so*")
"""Libraries that lose their symbols on Linux; many others were changed with patchelf, which strip breaks."""


def kept(place: str) -> bool:
    """Whether the file at this place in the bundle (with slashes) is taken."""
    place = place.replace("\\", "/")
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
