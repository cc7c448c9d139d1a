"""Models come whole from a hub or not at all, whatever the server, the line and the disk do."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import downloads
from tests.benchmarks.downloads import ID, NAME, QUICK, TAKEN
from tests.fakes.hostile_models import tokenizer_json
from tests.fakes.hub_server import COMMIT, Fault, HubServer, Repository, make_files
from tests.fakes.killed_work import KilledWork, needs_forks
from writer.base.progress import Cancelled, Progress
from writer.models.architectures import causal_architectures
from writer.models.catalogue import Hub
from writer.models.compatibility import require_usable
from writer.models.download import hub_api
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.http_client import RetryPolicy
from writer.models.inventory import installed
from writer.models.manifest import ModelError
from writer.models.model_folder import verify
from writer.models.selection import InstalledModel
from writer.models.store import ModelStore


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.repositories[NAME] = Repository(make_files())
        yield running


@pytest.fixture
def fetcher(store: ModelStore, server: HubServer) -> ModelFetcher:
    return ModelFetcher(store, server.address, QUICK)


def left(store: ModelStore) -> set[str]:
    """What lies in the models folder, without locks."""
    return {p.name for p in store.directory.iterdir() if not p.name.endswith(".lock")}


def is_whole(store: ModelStore, server: HubServer, name: str = ID) -> None:
    """The model is here, every byte as the server has it, and nothing else."""
    model = store.find(name)
    verify(model)
    files = server.repositories[NAME].files
    assert {p.name for p in model.path.iterdir()} == TAKEN | {"manifest.json"}
    assert all((model.path / n).read_bytes() == files[n] for n in TAKEN)
    assert left(store) == {name}


def test_a_model_comes_with_its_manifest(fetcher: ModelFetcher, store: ModelStore, server: HubServer) -> None:
    told: list[Progress] = []
    model = fetcher.get(NAME, on_progress=told.append)
    is_whole(store, server)
    manifest = model.manifest
    assert (manifest.revision, manifest.licence, manifest.languages) == (COMMIT, "cc0-1.0", ("en",))
    assert manifest.source == f"{server.address}/{NAME}"
    assert told[0].stage == "fetching"
    assert told[-1].done == told[-1].total == sum(len(server.repositories[NAME].files[n]) for n in TAKEN)
    asked = len(server.asked)
    assert fetcher.get(NAME).path == model.path
    assert len(server.asked) == asked


def test_only_weights_and_tokenizer_are_asked_for(fetcher: ModelFetcher, server: HubServer) -> None:
    fetcher.get(NAME)
    files = {path.rsplit("/", 1)[1] for path, _ in server.asked if "/resolve/" in path}
    assert files == TAKEN
    assert all(f"/resolve/{COMMIT}/" in path for path, _ in server.asked if "/resolve/" in path)


def test_shards_are_taken(fetcher: ModelFetcher, store: ModelStore, server: HubServer) -> None:
    files = server.repositories[NAME].files
    whole = files.pop("model.safetensors")
    names = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    files |= dict.fromkeys(names, whole)
    index = {"weight_map": {"x": names[0], "y": names[1]}}
    files["model.safetensors.index.json"] = json.dumps(index).encode()
    assert [path.name for path in fetcher.get(NAME).weights] == names


def test_shards_are_those_of_the_index_whatever_their_names(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    files = server.repositories[NAME].files
    name = "model.safetensors-00001-of-00001.safetensors"
    files[name] = files.pop("model.safetensors")
    files |= {"consolidated.safetensors": b"others"}
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"x": name}}).encode()
    told: list[Progress] = []
    model = fetcher.get(NAME, on_progress=told.append)
    assert [path.name for path in model.weights] == [name]
    assert told[-1].total == sum(len(files[path.name]) for path in model.path.iterdir() if path.name in files)
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"x": "other.safetensors"}}).encode()
    store.remove(ID)
    with pytest.raises(ModelError, match=r"not there whole .other\.safetensors"):
        fetcher.get(NAME)
    assert left(store) == set()


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(cut=1000), Fault(cut=5000), Fault(cut=0)],
        [Fault(status=429, headers={"Retry-After": "0"})],
        [Fault(status=503), Fault(status=500)],
        [Fault(cut=3000), Fault(no_range=True)],
        [Fault(cut=3000), Fault(shifted=7)],
        [Fault(cut=3000), Fault(shifted=7, cut=2000), Fault(no_range=True, cut=4000)],
        [Fault(flip=40_000)],
        [Fault(cut=9000, flip=8)],
        [Fault(pause=0.9, piece=4000)],
    ],
    ids=["cuts", "429", "5xx", "no-range", "shifted", "all-of-it", "flip", "flip-then-cut", "silent"],
)
def test_what_passes_is_overcome(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer, faults: list[Fault]
) -> None:
    server.fail("model.safetensors", *faults)
    fetcher.get(NAME)
    is_whole(store, server)


def test_a_cut_download_goes_on_where_it_was(fetcher: ModelFetcher, server: HubServer) -> None:
    server.fail("model.safetensors", Fault(cut=10_000))
    fetcher.get(NAME)
    ranges = [asked for path, asked in server.asked if path.endswith("model.safetensors")]
    assert ranges == ["", "bytes=10000-"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=401), "set HF_TOKEN"),
        (Fault(status=403, headers={"X-Error-Code": "GatedRepo"}), "set HF_TOKEN"),
        (Fault(status=403), "set HF_TOKEN"),
        (Fault(status=404), "no such model"),
        (Fault(status=404, headers={"X-Error-Code": "RevisionNotFound"}), "no such revision"),
        (Fault(status=429), "asked too often"),
        (Fault(status=502), "trouble"),
        (Fault(body=b"<html>Sign in to the network</html>"), "does not answer as a model hub"),
        (Fault(body=b'{"siblings": 1}'), "does not answer as a model hub"),
        (Fault(body=b"[" * 100_000), "does not answer as a model hub"),
        (Fault(body=b"[]"), "does not answer as a model hub"),
        (Fault(pause=0.9), "does not answer"),
        (Fault(redirect="/api/models/someone/small/revision/main"), "from one place to the next"),
        (Fault(redirect="ftp://127.0.0.1/x"), "not safe"),
        (Fault(status=418), "error 418"),
    ],
)
def test_a_bad_list_is_one_sentence(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer, fault: Fault, sentence: str
) -> None:
    server.always = fault
    with pytest.raises(ModelError, match=sentence):
        fetcher.get(NAME)
    assert not (store.directory / ID).exists()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=401), "set HF_TOKEN"),
        (Fault(status=404), "no such"),
        (Fault(status=500), "trouble"),
        (Fault(cut=0), "was cut"),
        (Fault(extra=b"more"), "more than it said"),
        (Fault(flip=50_000), "did not arrive as"),
        (Fault(body=b"<html>"), "a part"),
        (Fault(pause=0.9), "does not answer"),
    ],
)
def test_a_bad_file_is_one_sentence_and_nothing_is_installed(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer, fault: Fault, sentence: str
) -> None:
    server.fail("model.safetensors", *[fault] * 10)
    with pytest.raises(ModelError, match=sentence):
        fetcher.get(NAME)
    assert left(store) == {f".{ID}.download"}
    server.faults.clear()
    fetcher.get(NAME)
    is_whole(store, server)


def test_a_line_that_trickles_is_given_up(store: ModelStore, server: HubServer) -> None:
    retry_policy = RetryPolicy(
        read=2, attempts=2, pause=0.01, min_gain=1 << 20, min_speed=100_000, window=0.1
    )
    server.fail("model.safetensors", *[Fault(pause=0.05, piece=100)] * 5)
    with pytest.raises(ModelError, match="too slow"):
        ModelFetcher(store, server.address, retry_policy).get(NAME)


LISTED = {"rfilename": "model.safetensors", "size": 5, "lfs": {"sha256": "0" * 64, "size": 5}}


@pytest.mark.parametrize(
    "changes",
    [
        {"sha": "main"},
        {"sha": None},
        {"siblings": [LISTED | {"lfs": {"sha256": "short", "size": 5}}]},
        {"siblings": [LISTED | {"lfs": {"sha256": "0" * 64, "size": -1}}]},
        {"siblings": [LISTED | {"lfs": {"sha256": "0" * 64, "size": True}}]},
        {"siblings": [{"rfilename": "model.safetensors", "size": 5}]},
        {"siblings": [None, 7, {"rfilename": ["x"]}]},
    ],
)
def test_a_list_that_lies_is_refused(
    fetcher: ModelFetcher, server: HubServer, changes: dict[str, Any]
) -> None:
    server.repositories[NAME].raw = changes
    with pytest.raises(ModelError):
        fetcher.get(NAME)


def test_names_that_lead_out_are_not_taken(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    server.repositories[NAME].siblings = [
        LISTED | {"rfilename": name}
        for name in ("../model.safetensors", "/etc/passwd", "a/model.safetensors", "model.safetensors\0")
    ]
    fetcher.get(NAME)
    is_whole(store, server)


def test_a_model_larger_than_the_disk_is_not_begun(fetcher: ModelFetcher, server: HubServer) -> None:
    entry = {"rfilename": "vocab.json", "size": 10**18, "blobId": "0" * 40}
    server.repositories[NAME].siblings = [entry]
    with pytest.raises(ModelError, match=r"1000000000\d\d\d MB are needed and \d+ MB are free"):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if "/resolve/" in path]


def test_pickles_are_refused_with_the_way_out(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    for name in ("pytorch_model.bin", "model.pt", "model.ckpt", "model.pth", "weights.pkl"):
        repository = server.repositories[NAME] = Repository({"config.json": b"{}", name: b"pickle"})
        with pytest.raises(ModelError, match=f"could run programs here .{name}.*safetensors"):
            fetcher.get(NAME)
        assert not [path for path, _ in server.asked if "/resolve/" in path]
        assert repository.conversion is None


def test_the_hubs_own_conversion_is_taken(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    files = make_files()
    pickled = {name: files[name] for name in ("config.json", "tokenizer.json", "pytorch_model.bin")}
    server.repositories[NAME] = Repository(pickled, conversion=files, converter="somebody-else")
    with pytest.raises(ModelError, match="only in an old format"):
        fetcher.get(NAME)
    server.repositories[NAME].converter = "SFconvertbot"
    model = fetcher.get(NAME)
    verify(model)
    assert model.manifest.revision == "f" * 40
    assert (model.path / "model.safetensors").read_bytes() == files["model.safetensors"]


@pytest.mark.parametrize(
    "discussions", [None, 5, "x", {}, [3], [{"author": "x"}], [{"num": [], "author": {}}]]
)
def test_discussions_of_other_types_are_none(
    fetcher: ModelFetcher, server: HubServer, discussions: object
) -> None:
    files = make_files()
    server.repositories[NAME] = Repository({"config.json": b"{}", "pytorch_model.bin": b""}, conversion=files)
    body = json.dumps({"discussions": discussions}).encode()
    server.fail("/discussions", Fault(body=body))
    with pytest.raises(ModelError, match="only in an old format"):
        fetcher.get(NAME)


def test_code_that_comes_with_a_model_of_a_known_type_is_not_needed(tmp_path: Path) -> None:
    code = {"auto_map": {"AutoModelForCausalLM": "modeling.X"}}
    for config in (
        {"model_type": "qwen2"},
        {"model_type": "phi3", "architectures": ["Phi3ForCausalLM"]},
        {"model_type": "ernie4_5", "architectures": ["Ernie4_5ForCausalLM"]},
    ):
        (tmp_path / "config.json").write_text(json.dumps(config | code), "utf-8")
        assert require_usable(tmp_path) == "causal"


def test_the_architectures_are_those_of_the_library() -> None:
    names = pytest.importorskip("transformers.models.auto.modeling_auto").MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    assert causal_architectures() == dict(names)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_type": "odd", "auto_map": {"AutoModelForCausalLM": "modeling.X"}}, "code of its own"),
        (
            {"model_type": "llama", "architectures": ["MyForCausalLM"], "auto_map": {"AutoModel": "m.X"}},
            "code of its own",
        ),
        ({"model_type": "bert", "architectures": ["BertForTokenClassification"]}, "does not continue text"),
        ({"model_type": "odd"}, "cannot run models of the type 'odd'"),
        ({"model_type": "odd", "architectures": ["OddForCausalLM"]}, "cannot run models of the type 'odd'"),
        ({}, "missing or damaged"),
        (7, "missing or damaged"),
        ({"model_type": ["gpt2"]}, "missing or damaged"),
        ({"model_type": "gpt2", "architectures": 7}, "missing or damaged"),
    ],
)
def test_unsuitable_models_are_refused_before_their_weights(
    fetcher: ModelFetcher, server: HubServer, config: Any, sentence: str
) -> None:
    server.repositories[NAME].files["config.json"] = json.dumps(config).encode()
    with pytest.raises(ModelError, match=sentence):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if path.endswith(".safetensors")]


def test_a_list_of_words_beyond_the_weights_is_refused_before_them(
    fetcher: ModelFetcher, server: HubServer
) -> None:
    files = server.repositories[NAME].files
    files["config.json"] = json.dumps({"model_type": "gpt2", "vocab_size": 2}).encode()
    files["tokenizer.json"] = tokenizer_json({"a": 0, "b": 1, "c": 2}).encode()
    with pytest.raises(ModelError, match="has a token 2, and its weights end at 1"):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if path.endswith(".safetensors")]
    assert fetcher.unfinished() == ()


QUANTISED = [
    ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "AWQ"),
    ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "GPTQ"),
    ({"quantization_config": {"quant_method": "fp8"}}, "FP8"),
    ({"quantization_config": {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}}, "bitsandbytes"),
    ({"quantization": {"group_size": 64, "bits": 4}}, "MLX"),
    ({"text_config": {"quantization_config": {"quant_method": "compressed-tensors"}}}, "compressed-tensors"),
]


@pytest.mark.parametrize(("config", "form"), QUANTISED)
def test_quantised_weights_are_refused_with_what_to_get_instead(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer, config: dict[str, Any], form: str
) -> None:
    """By the list where it tells, else by the config; the weights are never asked for."""
    repository = server.repositories[NAME]
    repository.files["config.json"] = json.dumps({"model_type": "llama"} | config).encode()
    with pytest.raises(ModelError, match=rf"packed for other programs .{form}.*GGUF file"):
        fetcher.get(NAME)
    assert {path.rsplit("/", 1)[1] for path, _ in server.asked if "/resolve/" in path} == {"config.json"}
    assert left(store) == set()
    assert fetcher.unfinished() == ()
    server.asked.clear()
    repository.raw = {"config": config, "cardData": {"base_model": ["someone/whole"]}}
    with pytest.raises(ModelError, match="get someone/whole instead"):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if "/resolve/" in path]


def test_what_a_quantiser_left_is_refused(fetcher: ModelFetcher, server: HubServer) -> None:
    files = server.repositories[NAME].files
    files["quantize_config.json"] = b"{}"
    with pytest.raises(ModelError, match="GPTQ"):
        fetcher.get(NAME)
    del files["quantize_config.json"]
    del files["model.safetensors"]
    index = {"weight_map": {"model.layers.0.mlp.up_proj.qweight": "a.safetensors"}}
    files |= {"a.safetensors": b"x", "model.safetensors.index.json": json.dumps(index).encode()}
    with pytest.raises(ModelError, match="packed for other programs"):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if path.endswith("a.safetensors")]


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt", "words.txt"])
def test_a_model_without_a_readable_tokenizer_is_refused_before_anything_comes(
    fetcher: ModelFetcher, server: HubServer, name: str
) -> None:
    files = server.repositories[NAME].files
    files[name] = files.pop("tokenizer.json")
    with pytest.raises(ModelError, match="no list of words"):
        fetcher.get(NAME)
    assert not [path for path, _ in server.asked if "/resolve/" in path]


def test_pins_of_the_catalogue_hold(store: ModelStore, server: HubServer) -> None:
    fetcher = ModelFetcher(store, server.address, QUICK)
    entry = fetcher.entry("gpt2")
    assert entry.hub is not None
    server.repositories[entry.hub.id] = Repository(make_files(), commit=entry.hub.revision)
    with pytest.raises(ModelError, match=r"another model.safetensors than was published"):
        fetcher.get("gpt2")
    server.repositories[entry.hub.id].raw = {"sha": COMMIT}
    with pytest.raises(ModelError, match="another revision"):
        fetcher.get("openai-community/GPT2")


@pytest.mark.parametrize("name", ["", "small", "a/b/c", "../x", "a b/c", "https://example.org/x", "a/.."])
def test_names_that_are_none_are_one_sentence(fetcher: ModelFetcher, name: str) -> None:
    with pytest.raises(ModelError):
        fetcher.get(name)


def test_addresses_of_pages_are_names(fetcher: ModelFetcher, server: HubServer) -> None:
    for page in (
        "https://huggingface.co/someone/small",
        "huggingface.co/someone/small/",
        "https://huggingface.co/someone/small/tree/main",
        f"{server.address}/someone/small/blob/main/config.json",
    ):
        assert fetcher.entry(page).hub == Hub(NAME)
    assert fetcher.entry("https://huggingface.co/openai-community/gpt2").id == "gpt2"
    with pytest.raises(ModelError, match="No model is called"):
        fetcher.entry("https://example.org/someone/small")


def test_the_endpoint_is_setting_then_environment_then_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert hub_api.endpoint() == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert hub_api.endpoint() == "https://mirror.example"
    assert hub_api.endpoint("http://127.0.0.1:1/hub/") == "http://127.0.0.1:1/hub"
    for bad in ("mirror.example", "file:///etc", "http://", "http://[", "https://x?y"):
        with pytest.raises(ModelError, match="no address"):
            hub_api.endpoint(bad)


def test_the_token_goes_only_where_nobody_reads_it(
    monkeypatch: pytest.MonkeyPatch, fetcher: ModelFetcher, server: HubServer
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert hub_api.headers("http://mirror.example") == {}
    assert hub_api.headers("https://mirror.example") == {"Authorization": "Bearer secret"}
    with HubServer().running() as other:
        other.repositories[NAME] = server.repositories[NAME]
        server.fail(
            "tokenizer.json", Fault(redirect=f"{other.address}/{NAME}/resolve/{COMMIT}/tokenizer.json")
        )
        fetcher.get(NAME)
        assert set(server.tokens) == {"Bearer secret"}
        assert other.tokens == [""]


def test_a_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, store: ModelStore, server: HubServer
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address)
    ModelFetcher(store, "http://hub.invalid", QUICK).get(NAME)
    assert store.find(ID).manifest.source == f"http://hub.invalid/{NAME}"
    assert server.asked


def test_a_host_that_is_not_there_is_one_sentence(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        ModelFetcher(store, "http://127.0.0.1:9", QUICK).get(NAME)


def test_a_cancelled_download_stays_and_goes_on(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    told: list[Progress] = []
    server.fail("model.safetensors", Fault(piece=1000, pause=0.01))
    with pytest.raises(Cancelled):
        fetcher.get(NAME, on_progress=told.append, cancelled=lambda: bool(told) and told[-1].done > 4000)
    (unfinished,) = fetcher.unfinished()
    assert (unfinished.id, unfinished.name) == (ID, NAME)
    assert 4000 < unfinished.done < unfinished.total
    assert store.models() == ()
    fetcher.get(NAME)
    is_whole(store, server)
    assert fetcher.unfinished() == ()


def test_a_download_goes_on_at_the_same_revision(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    server.fail("model.safetensors", *[Fault(status=500)] * 3)
    with pytest.raises(ModelError):
        fetcher.get(NAME)
    fetcher.get(NAME)
    lists = [path for path, _ in server.asked if path.startswith("/api/")]
    assert lists[0].endswith("/revision/main")
    assert lists[-1].endswith(f"/revision/{COMMIT}")


def test_a_stopped_download_can_be_thrown_away(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    server.fail("model.safetensors", *[Fault(status=500)] * 3)
    with pytest.raises(ModelError):
        fetcher.get(NAME)
    fetcher.discard(ID)
    assert left(store) == set()


def test_what_changed_on_the_disk_is_brought_again(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    server.fail("model.safetensors", *[Fault(cut=9000), Fault(status=404)])
    with pytest.raises(ModelError):
        fetcher.get(NAME)
    folder = store.directory / f".{ID}.download"
    (folder / "tokenizer.json").write_bytes(b'{"x": 2}')
    part = folder / "model.safetensors.part"
    part.write_bytes(b"\0" + part.read_bytes()[1:])
    fetcher.get(NAME)
    is_whole(store, server)


def test_two_downloads_of_one_model_do_not_meet(
    fetcher: ModelFetcher, store: ModelStore, server: HubServer
) -> None:
    def nested(_progress: Progress) -> None:
        with pytest.raises(ModelError, match="fetched already"):
            ModelFetcher(store, server.address, QUICK).get(NAME)

    fetcher.get(NAME, on_progress=nested)
    is_whole(store, server)


@needs_forks
def test_killed_downloads_go_on(fetcher: ModelFetcher, store: ModelStore, server: HubServer) -> None:
    """SIGKILL at every other file event; the next attempt goes on with the part that is there, to the end."""
    size, sizes = len(server.repositories[NAME].files["model.safetensors"]), set[int]()
    part = store.directory / f".{ID}.download" / "model.safetensors.part"
    with KilledWork(partial(fetcher.get, NAME), store.directory) as work:
        for at in itertools.count(0, 2):
            server.faults = {"model.safetensors": [Fault(cut=size // 2)]}
            if not work.run(at):
                break
            here = part.stat().st_size if part.exists() else 0
            sizes.add(here)
            server.faults, server.asked = {}, []
            fetcher.get(NAME)
            is_whole(store, server)
            assert not 0 < here < size or ("model.safetensors", f"bytes={here}-") in asked(server)
            store.remove(ID)
    assert {0, size // 2, size} <= sizes


def asked(server: HubServer) -> set[tuple[str, str]]:
    """The names of the files that were asked for, with the range."""
    return {(path.rpartition("/")[2], span) for path, span in server.asked}


def test_a_thousand_flipped_bits_are_refused(tmp_path: Path) -> None:
    """Any bit of a file may flip, on the way or on the disk; the file never gets its name."""
    result = downloads.flipped(1000, tmp_path, random.Random(3))
    assert (result.tried, result.bad) == (1000, 0)


FULL = """
import sys
from pathlib import Path
from writer.models.download import downloader
from writer.models.download.fetcher import ModelFetcher
from writer.models.inventory import installed
from writer.models.manifest import ModelError
from writer.models.store import ModelStore
downloader.RESERVED_BYTES = -10**9
try:
    ModelFetcher(ModelStore(Path(sys.argv[1])), sys.argv[2]).get("someone/small")
except ModelError as error:
    print(error, [path.name for path in Path(sys.argv[1]).glob(".*/*")])
"""


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("unshare"), reason="needs a small disk")
def test_a_full_disk_is_one_sentence_and_the_part_stays(tmp_path: Path) -> None:
    """A real disk of 1 MB in a namespace of its own; the check beforehand is told that there is room."""
    with HubServer().running() as server:
        server.repositories[NAME] = Repository(make_files(600))
        shell = f'mount -t tmpfs -o size=1m none "{tmp_path}" && exec "$@"'
        command = ["unshare", "-rm", "sh", "-c", shell, "sh", sys.executable, "-c", FULL]
        result = subprocess.run(
            [*command, str(tmp_path), server.address],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            check=False,
        )
    if "Operation not permitted" in result.stderr:
        pytest.skip("this system allows no small disks")
    assert re.search(r"not enough space in .* MB are free", result.stdout), result.stdout + result.stderr
    assert "model.safetensors.part" in result.stdout
    assert "Traceback" not in result.stderr


def test_speed_and_time_left_are_told(fetcher: ModelFetcher, server: HubServer) -> None:
    told: list[Progress] = []
    server.fail("model.safetensors", Fault(piece=800, pause=0.02))
    fetcher.get(NAME, on_progress=told.append)
    running = [p for p in told if p.speed > 0 and p.seconds_left is not None and 0 < p.done < p.total]
    assert running
    assert all(
        abs(p.seconds_left - (p.total - p.done) / p.speed) < 1e-6
        for p in running
        if p.seconds_left is not None
    )
    assert len(told) < 40


def test_masked_models_come_by_the_hub_and_those_of_the_catalogue_are_pinned(
    store: ModelStore, server: HubServer, fetcher: ModelFetcher
) -> None:
    config = json.dumps({"model_type": "bert", "architectures": ["BertForMaskedLM"]}).encode()
    files = make_files() | {"config.json": config}
    server.repositories[NAME] = Repository(files)
    assert [(one.id, one.masked) for one in installed(store)] == []
    fetcher.get(NAME)
    assert installed(store) == (InstalledModel(ID, ("en",), masked=True),)
    for name in ("bert-base-uncased", "bert-base-chinese", "distilroberta-base"):
        entry = fetcher.entry(name)
        assert entry.hub is not None
        server.repositories[entry.hub.id] = Repository(files, commit=entry.hub.revision)
        with pytest.raises(ModelError, match="than was published"):
            fetcher.get(name)
        asked = f"/api/models/{entry.hub.id}/revision/{entry.hub.revision}"
        assert asked in {path for path, _range in server.asked}
