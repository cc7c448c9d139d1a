"""Addresses of servers as people paste them, and the URLs of the API's endpoints."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_VERSIONED = re.compile(r"/(v\d[\w.]*(/openai)?|beta)\Z")
"""The end of a path that names a version of an API: /v1, /api/v3, /v1beta/openai, /beta."""

_ENDPOINT = re.compile(r"/((chat/|fim/)?completions|models|responses|embeddings)\Z")
"""An endpoint of the API, behind the path that is wanted."""


def endpoint_url(address: str, path: str) -> str:
    """The URL of the endpoint `path`, such as "models", for a pasted address.

    Without a version in its path, the address gets "/v1"; an endpoint at its end is left out, a query stays.
    Raises ValueError where the address is none.
    """
    parts = urlsplit(address.strip())
    base = _ENDPOINT.sub("", parts.path.rstrip("/")).rstrip("/")
    if not _VERSIONED.search(base):
        base += "/v1"
    return parts._replace(path=f"{base}/{path}", fragment="").geturl()
