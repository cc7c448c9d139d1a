"""Runs first in the bundle: children that are not Writer find the system's own libraries.

PyInstaller's starter points the linker at the bundle; a browser started from there would load our libraries.
"""

import os

_LIBRARIES = "LD_LIBRARY_PATH"
_before = os.environ.pop(f"{_LIBRARIES}_ORIG", None)
if _before is not None:
    os.environ[_LIBRARIES] = _before
else:
    os.environ.pop(_LIBRARIES, None)
