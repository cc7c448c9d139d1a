"""The removal, at a start, of what killed processes and earlier versions left in the program's folders."""

from __future__ import annotations

from writer.base import leftovers, paths, telemetry


def remove_leftovers() -> None:
    """Delete temporary files and folders that nobody writes any more, and what telemetry kept. Takes long."""
    from writer.models.store import remove_remains  # here, because this runs after the start

    telemetry.remove_leftovers()
    remove_remains()
    models = paths.models_dir()
    folders = (paths.config_dir(), paths.state_dir(), paths.data_dir(), paths.cache_dir())
    for folder in dict.fromkeys(folders):
        leftovers.drop_below(folder, but={models})
