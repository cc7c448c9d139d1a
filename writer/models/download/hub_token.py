"""The user's tokens for hubs: of the environment, entered in the window, or of the Hub's own login.

A token goes to the host that it is for and nowhere else: one that was entered to the hub of that time, that
of a login to the Hub, and HF_TOKEN to the hub that is set. It never goes over an unencrypted connection to
another machine, nor into a log.
"""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from writer.base import atomic_file, paths
from writer.base.errors import os_reason
from writer.base.http.network import is_local
from writer.base.regular_file import open_regular
from writer.base.typed_data import DamagedError, read_json_file
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)

VARIABLE = "HF_TOKEN"
FILE = "hub_tokens.json"
"""The file beside the settings with the tokens that were entered, by host; only its owner can read it."""

LOGIN_HOSTS = ("huggingface.co", "hf.co")
"""The hosts of the Hub itself, to which the token of its login belongs."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")
_LIMIT = 1 << 16


def host_of(address: str) -> str:
    """The host of a hub's address, with its port; "" where the address is none."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def token_for(address: str) -> str:
    """The token to send to the hub at `address`, "" for none."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_local(parts.hostname or ""):
        return ""
    found = os.environ.get(VARIABLE, "") or _kept().get(host_of(address), "")
    if not found and parts.hostname in LOGIN_HOSTS:
        found = _of_login()
    found = found.strip()
    return found if _TOKEN.fullmatch(found) else ""


def has_kept(address: str) -> bool:
    """Whether a token was entered for the hub at `address`."""
    return bool(_kept().get(host_of(address)))


def keep(address: str, token: str) -> None:
    """Keep the token that was entered for the hub at `address`; "" forgets it. Raises ModelError."""
    if token and not _TOKEN.fullmatch(token):
        raise ModelError("This is no token; copy it whole from the Hub's page, without spaces.")
    kept = {host: value for host, value in _kept().items() if host != host_of(address)}
    file = paths.config_dir() / FILE
    try:
        atomic_file.replace(file, json.dumps(kept | ({host_of(address): token} if token else {})).encode())
    except OSError as error:
        raise ModelError(
            "The token cannot be kept in {path} ({reason}); check who may write there.",
            path=file,
            reason=os_reason(error),
        ) from error


def _kept() -> dict[str, str]:
    """The tokens that were entered, by host; none where the file is missing or damaged."""
    try:
        return read_json_file(paths.config_dir() / FILE, dict[str, str], _LIMIT)
    except FileNotFoundError:
        return {}
    except (OSError, DamagedError) as error:
        log.warning("the tokens for hubs are not read: %s", type(error).__name__)
        return {}


def _of_login() -> str:
    """The token that the Hub's own login left (`hf auth login`), "" for none."""
    home = os.environ.get("HF_HOME") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "huggingface"
    )
    file = Path(os.environ.get("HF_TOKEN_PATH") or Path(home, "token")).expanduser()
    try:
        with open_regular(file) as content:
            return content.read(1 << 10).decode("utf-8", "replace")
    except OSError:
        return ""
