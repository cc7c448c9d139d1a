"""Tokens come from the environment, the window or the Hub's own login, and go to their own hub alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.downloads import NAME, QUICK
from tests.fakes.hub_server import Fault, HubServer, Repository, make_files
from writer.base import paths
from writer.models.download import hub_token
from writer.models.download.fetcher import ModelFetcher
from writer.models.manifest import ModelError
from writer.models.store import ModelStore

HUB = "https://huggingface.co"


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "login"))


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.repositories[NAME] = Repository(make_files())
        yield running


def test_the_token_of_the_hubs_own_login_goes_to_the_hub(tmp_path: Path) -> None:
    assert hub_token.token_for(HUB) == ""
    (tmp_path / "login").mkdir()
    (tmp_path / "login" / "token").write_text("hf_login\n")
    assert hub_token.token_for(HUB) == "hf_login"
    assert hub_token.token_for("https://mirror.example") == ""
    (tmp_path / "login" / "token").write_text("two words\r\nX-Other: 1")
    assert hub_token.token_for(HUB) == ""


def test_an_entered_token_is_its_owners_and_its_hosts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hub_token.keep(HUB, "hf_mine")
    hub_token.keep("https://mirror.example:8443/hub", "other")
    assert hub_token.token_for(HUB) == "hf_mine"
    assert hub_token.token_for("https://mirror.example:8443") == "other"
    assert hub_token.token_for("https://mirror.example") == ""
    assert hub_token.token_for("http://huggingface.co") == ""
    file = paths.config_dir() / hub_token.FILE
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
    monkeypatch.setenv("HF_TOKEN", "hf_env")
    assert hub_token.token_for(HUB) == "hf_env"
    monkeypatch.delenv("HF_TOKEN")
    hub_token.keep(HUB, "")
    assert not hub_token.has_kept(HUB)
    assert json.loads(file.read_text()) == {"mirror.example:8443": "other"}
    with pytest.raises(ModelError, match="no token"):
        hub_token.keep(HUB, "two words")


def test_a_damaged_file_of_tokens_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.config_dir() / hub_token.FILE).write_bytes(b"[")
    assert hub_token.token_for(HUB) == ""


def test_what_is_kept_is_sent_and_never_logged(
    store: ModelStore, server: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    hub_token.keep(server.address, "hf_secret")
    server.fail("model.safetensors", Fault(cut=100))
    ModelFetcher(store, server.address, QUICK).get(NAME)
    assert set(server.tokens) == {"Bearer hf_secret"}
    assert "hf_secret" not in caplog.text


@pytest.mark.parametrize(
    ("status", "code", "token", "sentence"),
    [
        (401, "GatedRepo", "", "only to those who accept its terms: do so at {page}, .* Settings, Model"),
        (401, "RepoNotFound", "", "check its name; if {page} asks"),
        (403, "GatedRepo", "hf_x", "accept its terms at {page}, and see that your token may read"),
        (403, "", "hf_x", "accept its terms at {page}"),
        (401, "", "hf_x", "check its name at {page}, and that your token is still valid"),
    ],
)
@pytest.mark.parametrize("place", ["main", "model.safetensors"])
def test_a_refusal_names_the_page(
    store: ModelStore, server: HubServer, place: str, status: int, code: str, token: str, sentence: str
) -> None:
    """Whether the list is refused, or only the files."""
    hub_token.keep(server.address, token)
    server.fail(place, Fault(status=status, headers={"X-Error-Code": code} if code else {}))
    with pytest.raises(ModelError, match=sentence.format(page=f"{server.address}/{NAME}")):
        ModelFetcher(store, server.address, QUICK).get(NAME)
