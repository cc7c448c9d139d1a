"""The command that opens the window: in the running program, or as a new one."""

from __future__ import annotations

from pathlib import Path

from writer.app.desktop.first_start import set_up_first_start
from writer.app.desktop.single_instance import SingleInstance
from writer.base import log as logs
from writer.base import paths
from writer.base.errors import UserError
from writer.base.process_end import end_process
from writer.ui.startup import Startup, has_screen, make_application


def run(texts: list[Path]) -> int:
    """Open the files `texts` in the running window, or in a new one until it is closed; the exit status."""
    if not has_screen():
        raise UserError("There is no screen here; start Writer on a desktop, or see `writer tour --help`.")
    instance = SingleInstance(paths.runtime_dir(), paths.data_dir())
    if instance.forward(texts):
        return 0
    startup = Startup(make_application())
    record = logs.start(on_error=startup.show_error)
    try:
        startup.show()
        set_up_first_start(startup.settings, startup.state_folder)
        from writer.ui.application import Application  # after the first paint, because it is slow

        program = Application(startup)
        program.start(texts)
        instance.listen(program.open)
        program.window.closed.connect(instance.stop_listening)
        program.loop.run_forever()
        instance.stop_listening()
        program.finish()
    finally:
        record.close()
        instance.release()
    return end_process(0)
