"""API keys of servers, stored in the system's keyring, never in a file of the program."""

from __future__ import annotations

import logging
import os

from writer.settings.value_types import SettingsError

log = logging.getLogger(__name__)

SERVICE = "Writer"
VARIABLE = "WRITER_SERVER_KEY"
"""The environment variable that holds the key where there is no keyring."""


def load_key(host: str) -> str:
    """The key for a server: from the keyring, else from VARIABLE, else "". Raises nothing."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, host) or os.environ.get(VARIABLE, "")
    except (KeyringError, OSError, RuntimeError) as error:
        log.info("no keyring: %s", type(error).__name__)
        return os.environ.get(VARIABLE, "")


def save_key(host: str, key: str) -> None:
    """Save the key for a server in the keyring; "" deletes it. Raises SettingsError."""
    import keyring
    from keyring.errors import KeyringError, PasswordDeleteError

    try:
        if key:
            keyring.set_password(SERVICE, host, key)
        else:
            keyring.delete_password(SERVICE, host)
    except PasswordDeleteError:
        return
    except (KeyringError, OSError, RuntimeError) as error:
        raise SettingsError(
            "The system's keyring cannot be used, and keys are kept nowhere else; set {variable} instead.",
            variable=VARIABLE,
        ) from error
