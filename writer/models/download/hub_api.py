"""A client for the API of the Hugging Face Hub and its mirrors: the files of a repository, sizes and hashes.

The server's answers are not trusted: file names must be known, hashes well-formed, and the commit the pinned
one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from writer.base.http.network import is_local
from writer.models.download.http_client import HttpClient
from writer.models.manifest import ModelError
from writer.models.safetensors_files import INDEX, WEIGHTS
from writer.text.language import LANGUAGES

ENDPOINT = "https://huggingface.co"
TEXT_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
    "LICENSE",
    "LICENSE.txt",
)
CONVERTER = "SFconvertbot"
"""The Hub's account that opens pull requests with safetensors in repositories that have only pickles."""

MAX_FILE_BYTES = 1 << 62
"""The largest size of a file that is believed; arithmetic on it cannot overflow."""

_MAX_NAME = 300
"""Characters of a file's name in a list, of which only short ones are of any use."""

_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLE = re.compile(r".*\.(bin|pt|pth|ckpt|pkl)")
_ID = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}|[\w.-]{1,96}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the server: its size in bytes, and its SHA-256 or its SHA-1 as a git blob, in hexadecimal."""

    name: str
    bytes: int
    sha256: str = ""
    blob: str = ""


@dataclass(frozen=True, slots=True)
class HubSnapshot:
    """The files of a model in a repository, at the commit `revision`."""

    endpoint: str
    id: str
    revision: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[RemoteFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files, in bytes."""
        return sum(file.bytes for file in self.files)

    def url(self, file: RemoteFile) -> str:
        """The URL of the file."""
        return f"{self.endpoint}/{self.id}/resolve/{self.revision}/{quote(file.name)}"


def endpoint(setting: str = "") -> str:
    """The hub's URL: the setting, else HF_ENDPOINT of the environment, else the Hub's. Raises ModelError."""
    chosen = (setting or os.environ.get("HF_ENDPOINT", "") or ENDPOINT).strip().rstrip("/")
    try:
        parts = urlsplit(chosen)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise ModelError(
            "“{address}” is no address of a hub; it should look like {example}.",
            address=chosen,
            example=ENDPOINT,
        )
    return chosen


def headers(address: str) -> dict[str, str]:
    """The headers with the token in HF_TOKEN; none over an unencrypted connection to another machine."""
    token, parts = os.environ.get("HF_TOKEN", "").strip(), urlsplit(address)
    if token and (parts.scheme == "https" or is_local(parts.hostname or "")):
        return {"Authorization": f"Bearer {token}"}
    return {}


def find_snapshot(client: HttpClient, address: str, repository: str, revision: str = "") -> HubSnapshot:
    """The snapshot of a repository at `revision`, or at its main branch. Raises ModelError.

    Where that branch holds only pickles, it is the Hub's own conversion to safetensors.
    """
    if not _ID.fullmatch(repository) or ".." in repository:
        raise ModelError("“{name}” is no name of a model; it should look like owner/name.", name=repository)
    raw = _info(client, address, repository, revision or "main")
    names = _names(raw)
    if not revision and not _has_weights(names) and any(_PICKLE.fullmatch(name) for name in names):
        converted = _converted_branch(client, address, repository)
        if converted:
            raw = _info(client, address, repository, converted)
    commit = raw.get("sha")
    if not isinstance(commit, str) or not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise _unexpected_answer(address)
    if re.fullmatch(r"[0-9a-f]{40}", revision) and commit != revision:
        raise ModelError(
            "{address} gives another revision than the one asked for; try another source.", address=address
        )
    files = _select_files(raw, repository, address)
    return HubSnapshot(address, repository, commit, _licence(raw), _languages(raw), files)


def _info(client: HttpClient, address: str, repository: str, revision: str) -> dict[str, Any]:
    url = f"{address}/api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"
    raw = client.json(url, headers(address))
    if not isinstance(raw, dict) or not isinstance(raw.get("siblings"), list):
        raise _unexpected_answer(address)
    return raw


def _names(raw: dict[str, Any]) -> set[str]:
    names = (s.get("rfilename") for s in raw["siblings"] if isinstance(s, dict))
    return {name for name in names if isinstance(name, str) and len(name) <= _MAX_NAME}


def _has_weights(names: set[str]) -> bool:
    return WEIGHTS in names or INDEX in names


def _converted_branch(client: HttpClient, address: str, repository: str) -> str:
    """The branch of the Hub's open pull request with safetensors; "" where there is none."""
    try:
        raw = client.json(f"{address}/api/models/{repository}/discussions", headers(address))
    except ModelError:
        return ""
    discussions = raw.get("discussions") if isinstance(raw, dict) else None
    for discussion in discussions if isinstance(discussions, list) else ():
        author = discussion.get("author") if isinstance(discussion, dict) else None
        by_the_hub = isinstance(author, dict) and author.get("name") == CONVERTER
        is_open = by_the_hub and discussion.get("isPullRequest") and discussion.get("status") == "open"
        if is_open and isinstance(discussion.get("num"), int):
            return f"refs/pr/{discussion['num']}"
    return ""


def _select_files(raw: dict[str, Any], repository: str, address: str) -> tuple[RemoteFile, ...]:
    """The weights and the text files, config first. Raises ModelError where there are no safetensors."""
    names = _names(raw)
    if not _has_weights(names):
        pickles = sorted(name for name in names if _PICKLE.fullmatch(name))
        if pickles:
            raise ModelError(
                "{model} is there only in an old format that could run programs here ({file}, a pickle); "
                "ask its authors for the safe one (safetensors), or convert it on a machine you can spare.",
                model=repository,
                file=pickles[0],
            )
        raise ModelError(
            "{model} is not there in the format that Writer reads (safetensors); choose another model.",
            model=repository,
        )
    wanted = {WEIGHTS} if WEIGHTS in names else {INDEX} | {n for n in names if _SHARD.fullmatch(n)}
    wanted |= {name for name in TEXT_FILES if name in names}
    listed = [s for s in raw["siblings"] if isinstance(s, dict) and isinstance(s.get("rfilename"), str)]
    files = {s["rfilename"]: _file(s, address) for s in listed if s["rfilename"] in wanted}
    return tuple(sorted(files.values(), key=lambda f: (f.name != "config.json", f.bytes)))


def _file(raw: dict[str, Any], address: str) -> RemoteFile:
    large = raw.get("lfs") or {}
    if not isinstance(large, dict):
        raise _unexpected_answer(address)
    sha256, blob = (large.get("sha256") or large.get("oid") or ""), raw.get("blobId") or ""
    size = large.get("size", raw.get("size"))
    hashes = re.fullmatch(r"[0-9a-f]{64}", str(sha256)) if large else re.fullmatch(r"[0-9a-f]{40}", str(blob))
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_FILE_BYTES or not hashes:
        raise _unexpected_answer(address)
    return RemoteFile(raw["rfilename"], size, str(sha256) if large else "", "" if large else str(blob))


def _licence(raw: dict[str, Any]) -> str:
    card = raw.get("cardData")
    stated = card.get("license") if isinstance(card, dict) else None
    if isinstance(stated, str):
        return stated[:100]
    tags = [t for t in raw.get("tags") or () if isinstance(t, str) and t.startswith("license:")]
    return tags[0].removeprefix("license:")[:100] if tags else "not stated"


def _languages(raw: dict[str, Any]) -> tuple[str, ...]:
    """The languages of the model's card, of those that the program knows."""
    card = raw.get("cardData")
    stated = card.get("language") if isinstance(card, dict) else None
    named = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    return tuple(language for language in LANGUAGES if language in named)


def _unexpected_answer(address: str) -> ModelError:
    return ModelError(
        "{address} does not answer as a model hub does; check the source in Settings or try another.",
        address=address,
    )
