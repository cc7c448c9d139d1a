"""The removal, at a start, of what killed processes and earlier versions left in the program's folders."""

from __future__ import annotations

from writer.base import leftovers, paths, telemetry


def remove_leftovers() -> None:
    """Delete temporary files and folders that nobody writes any more, and what telemetry kept. Takes long."""
    from writer.models.adapters.whole_model import drop_weights  # here, because this runs after the start
    from writer.models.store import installed_store
    from writer.settings.model_settings import used_models
    from writer.settings.store import FILE_NAME, SettingsStore

    telemetry.remove_leftovers()
    store = installed_store()
    store.remove_remains()
    drop_weights(store, used_models(SettingsStore(paths.config_dir() / FILE_NAME)))
    models = paths.models_dir()
    folders = (paths.config_dir(), paths.state_dir(), paths.data_dir(), paths.cache_dir())
    for folder in dict.fromkeys(folders):
        leftovers.drop_below(folder, but={models})
