"""Addresses of servers as people paste them, and the URLs of the endpoints there."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from writer.base.http.network import is_local

_VERSIONED = re.compile(r"/(v\d[\w.]*(/openai)?|beta)\Z")
"""The end of a path that names a version of an API: /v1, /api/v3, /v1beta/openai, /beta."""

_ENDPOINT = re.compile(
    r"/((chat/|fim/)?completions|models|responses|embeddings|messages|chat"
    r"|api/(generate|chat|tags|version)|completion|infill|health|docs|props)\Z"
)
"""An endpoint of the API, or one of Ollama's or llama.cpp's own, behind the path that is wanted."""

_WRAPPING = " \t\r\n\"'`<>“”‘’「」,;，；。"
"""What is copied along with an address out of a sentence, a page or a configuration."""

_ANY_HOST = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""Where a server says that it listens, and how this computer reaches it there."""

_HOME_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")
"""The ends of names that only the own network knows."""


def full_address(pasted: str) -> str:
    """The address with a scheme, without what was copied around it.

    Without a scheme, hosts of this computer and of the own network are asked by http, others by https.
    """
    address = pasted.strip(_WRAPPING)
    if address and "://" not in address:
        address = address.removeprefix("//")
        address = f"{'http' if _is_near(address) else 'https'}://{address}"
    scheme, mark, rest = address.partition("://")
    for listening, reached in _ANY_HOST.items():
        if rest == listening or rest.startswith((f"{listening}:", f"{listening}/")):
            rest = reached + rest[len(listening) :]
    return scheme.lower() + mark + rest


def endpoint_url(address: str, path: str) -> str:
    """The URL of the endpoint `path`, such as "models", for a pasted address.

    Without a version in its path, the address gets "/v1"; an endpoint at its end is left out, a query stays.
    Where that was "/chat/completions" without a version, there is none.
    A `path` that begins with "/" stands in the place of the version. Raises ValueError where the address is
    none.
    """
    parts = urlsplit(full_address(address))
    pasted = parts.path.rstrip("/")
    base = _ENDPOINT.sub("", pasted).rstrip("/")
    if path.startswith("/"):
        base = _VERSIONED.sub("", base)
    elif not _VERSIONED.search(base) and not pasted.endswith("/chat/completions"):
        base += "/v1"
    return parts._replace(path=f"{base}/{path.removeprefix('/')}", fragment="").geturl()


def _is_near(address: str) -> bool:
    """Whether an address without a scheme is of this computer or of the own network."""
    try:
        host = urlsplit(f"//{address}").hostname or ""
    except ValueError:
        return False
    if is_local(host) or host.endswith(_HOME_NAMES):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
