"""A client for the API of the Hugging Face Hub and its mirrors: the files of a repository, sizes and hashes.

The server's answers are not trusted: file names must be known, hashes well-formed, and the commit the pinned
one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from writer.models import quantisation, tokenizer_files
from writer.models.download.http_client import HttpClient
from writer.models.download.hub_token import token_for
from writer.models.facts.model_facts import named_licence
from writer.models.manifest import ModelError
from writer.models.safetensors_files import INDEX, WEIGHTS, is_file_name
from writer.models.tokenizer_files import FILES as TOKENIZER_FILES
from writer.text.language import LANGUAGES

ENDPOINT = "https://huggingface.co"
TEXT_FILES = (
    "config.json",
    "generation_config.json",
    *TOKENIZER_FILES,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "LICENSE",
    "LICENSE.txt",
)
HEAD = ("config.json", INDEX)
"""The files that tell whether a model is usable, and which other files it has."""

CONVERTER = "SFconvertbot"
"""The Hub's account that opens pull requests with safetensors in repositories that have only pickles."""

MAX_FILE_BYTES = 1 << 62
"""The largest size of a file that is believed; arithmetic on it cannot overflow."""

_MAX_NAME = 300
"""Characters of a file's name in a list, of which only short ones are of any use."""

_FORMS = ("Q8_0", "BF16", "F16", "Q6_K", "Q5_K_M", "Q5_K", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K", "Q4_1", "Q4_0")
"""The forms of GGUF files that are taken, the best first, as their names state them."""

_NO_MODEL = re.compile(r"mmproj|imatrix|draft|lora|-\d{5}-of-\d{5}", re.IGNORECASE)
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
    """The files of a model in a repository, at the commit `revision`; its head first.

    `other_weights` are safetensors files of which the index tells the model's. `original` is the model that
    this one was made of, as its card says, "" where it does not.
    """

    endpoint: str
    id: str
    revision: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[RemoteFile, ...]
    other_weights: tuple[RemoteFile, ...] = ()
    original: str = ""

    @property
    def head(self) -> tuple[RemoteFile, ...]:
        """The files that tell whether the model is usable, and which other files it has."""
        names = [file.name for file in self.files]
        spelling = () if tokenizer_files.is_readable(names) else tokenizer_files.SENTENCEPIECE
        return tuple(f for f in self.files if f.name in (*HEAD, *spelling, "tokenizer_config.json"))

    def with_shards(self, names: Iterable[str]) -> HubSnapshot:
        """The snapshot with the shards of these names. Raises ModelError where one is not there."""
        there = {file.name: file for file in self.other_weights}
        if missing := [name for name in names if name not in there]:
            raise ModelError(
                "{model} is not there whole ({file} is missing); choose another model.",
                model=self.id,
                file=missing[0],
            )
        shards = tuple(there[name] for name in names)
        return replace(self, files=self.files + shards, other_weights=())

    @property
    def texts(self) -> tuple[RemoteFile, ...]:
        """All files but the weights."""
        return tuple(file for file in self.files if not file.name.endswith(".safetensors"))

    @property
    def gguf(self) -> str:
        """The name of the GGUF file that is the whole model, "" for a model in the usual files."""
        return self.files[0].name if _is_gguf(self.files[0].name) else ""

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
    """The headers with the token for the hub at `address`, see `hub_token`."""
    token = token_for(address)
    return {"Authorization": f"Bearer {token}"} if token else {}


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
    original = _original(raw)
    _require_usable(raw, repository, original)
    names = _names(raw)
    if gguf := _gguf_file(names):
        files = list(_files(raw, {gguf}, address))
        return HubSnapshot(
            address, repository, commit, _licence(raw), _languages(raw), tuple(files), original=original
        )
    wanted = {WEIGHTS if WEIGHTS in names else INDEX} | names.intersection(TEXT_FILES)
    files = sorted(_files(raw, wanted, address), key=lambda f: (f.name not in HEAD, f.bytes))
    shards = {n for n in names if n.endswith(".safetensors") and is_file_name(n)}
    return HubSnapshot(
        address,
        repository,
        commit,
        _licence(raw),
        _languages(raw),
        tuple(files),
        other_weights=_files(raw, shards if INDEX in wanted else set(), address),
        original=original,
    )


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


def _require_usable(raw: dict[str, Any], repository: str, original: str) -> None:
    """Raise ModelError where the list tells that the model cannot be used: its weights, or its tokenizer."""
    names = _names(raw)
    if _gguf_file(names):
        return
    quantisation.require_no_quantiser(names, original)
    config = raw.get("config")
    quantisation.require_plain(config if isinstance(config, dict) else {}, original=original)
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
    if not (tokenizer_files.is_readable(names) or tokenizer_files.sentencepiece_file(names)):
        raise ModelError(
            "{model} has no list of words that Writer reads (tokenizer.json); choose another model.",
            model=repository,
        )


def _is_gguf(name: str) -> bool:
    return name.lower().endswith(".gguf")


def _gguf_file(names: set[str]) -> str:
    """The GGUF file to take of a repository without safetensors, "" where there is none.

    It is the one of 8 bits, which the engine has itself, else the next in use. Files of eyes, of drafts, and
    parts of a file are none.
    """
    if _has_weights(names):
        return ""
    whole = [n for n in sorted(names) if _is_gguf(n) and is_file_name(n) and not _NO_MODEL.search(n)]
    ranked = [(rank, name) for name in whole for rank, form in enumerate(_FORMS) if form in name.upper()]
    return min(ranked)[1] if ranked else next(iter(whole), "")


def _files(raw: dict[str, Any], wanted: set[str], address: str) -> tuple[RemoteFile, ...]:
    """The listed files with one of the names `wanted`."""
    listed = [s for s in raw["siblings"] if isinstance(s, dict) and isinstance(s.get("rfilename"), str)]
    return tuple({s["rfilename"]: _file(s, address) for s in listed if s["rfilename"] in wanted}.values())


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
    stated, name = (card.get("license"), card.get("license_name")) if isinstance(card, dict) else (None, None)
    if isinstance(stated, str):
        return named_licence(stated, name if isinstance(name, str) else "")[:100]
    tags = [t for t in raw.get("tags") or () if isinstance(t, str) and t.startswith("license:")]
    return tags[0].removeprefix("license:")[:100] if tags else "not stated"


def _languages(raw: dict[str, Any]) -> tuple[str, ...]:
    """The languages of the model's card, of those that the program knows."""
    card = raw.get("cardData")
    stated = card.get("language") if isinstance(card, dict) else None
    named = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    return tuple(language for language in LANGUAGES if language in named)


def _original(raw: dict[str, Any]) -> str:
    """The repository of the model that this one was made of, by its card; "" where it names none."""
    card = raw.get("cardData")
    stated = card.get("base_model") if isinstance(card, dict) else None
    named = stated[0] if isinstance(stated, list) and stated else stated
    return named if isinstance(named, str) and "/" in named and _ID.fullmatch(named) else ""


def _unexpected_answer(address: str) -> ModelError:
    return ModelError(
        "{address} does not answer as a model hub does; check the source in Settings or try another.",
        address=address,
    )
