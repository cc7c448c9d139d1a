"""Makes the installer for Windows in `dist/` from the bundle in `dist/writer`, with Inno Setup 6.

    python packaging/windows/package.py

`WRITER_SIGN` holds the command that signs a file, with $f in the place of its name, for example
`signtool sign /fd sha256 /tr http://timestamp.example /td sha256 /n "Owner" $f`; the program and the
installer are signed with it. Without it nothing is signed, and Windows warns whoever starts the installer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from writer import __version__

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACES = ("C:/Program Files (x86)/Inno Setup 6/ISCC.exe", "C:/Program Files/Inno Setup 6/ISCC.exe")


def main() -> int:
    """Sign the program where a command for that is given, then compile the installer."""
    program = ROOT / "dist" / "writer" / "writer.exe"
    compiler = shutil.which("iscc") or next((place for place in PLACES if Path(place).is_file()), None)
    if not program.is_file() or compiler is None:
        missing = "the bundle (packaging/bundle/build.py makes it)" if compiler else "Inno Setup 6"
        print(f"The installer needs {missing}.", file=sys.stderr)
        return 2
    command = [compiler, "/Qp", f"/DVersion={__version__}"]
    if sign := os.environ.get("WRITER_SIGN"):
        subprocess.run(sign.replace("$f", f'"{program}"'), shell=True, check=True)
        command += ["/DSigned", f"/Ssign={sign.replace(chr(34), '$q')}"]
    return subprocess.run([*command, str(HERE / "writer.iss")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
