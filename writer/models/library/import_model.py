"""The import of models from this machine: folders, exported archives and GGUF files.

Pickles, which can run code, are recognised by their content and rejected; GGUF files are read in a child
process. A model is copied and verified before it is installed.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

from writer.base.errors import Sentence, errors_told_as, os_reason
from writer.base.printable import printable
from writer.base.progress import CancelCheck, Cancelled, OnProgress, ProgressMeter, ignore_progress, never
from writer.base.regular_file import open_regular
from writer.models import compatibility, quantisation
from writer.models import manifest as manifests
from writer.models.convert import arrival
from writer.models.convert.child import convert_in_child
from writer.models.convert.gguf_facts import gguf_facts
from writer.models.convert.gguf_header import MAGIC
from writer.models.download.archives import DAMAGE, has_small_directory
from writer.models.download.hub_api import TEXT_FILES
from writer.models.facts.model_facts import model_facts
from writer.models.facts.token_check import why_tokens_do_not_fit
from writer.models.library.import_name import told_name
from writer.models.manifest import Manifest, ModelError
from writer.models.model_folder import ModelFolder, open_folder, verify
from writer.models.safetensors_files import INDEX, WEIGHTS, is_file_name, read_header
from writer.models.store import ModelStore
from writer.models.weights.gguf_index import GGUF, GGUF_INDEX
from writer.models.weights.lora_adapter import CONFIG as ADAPTER_CONFIG
from writer.models.weights.weight_files import is_gguf

log = logging.getLogger(__name__)

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
MAX_FILES = 1000
RESERVED_BYTES = 64 << 20

DOCUMENTS = (".html", ".md", ".txt")
"""The ends of the names of documents that belong to a model where its manifest lists them: terms of use."""

_PICKLE = re.compile(rb"\x80[\2-\5]|\(?c[\w.]+\n[\w.]+\n|\(?[dl]p\d+\n|[}\]]q\0")
"""The first bytes of pickles: the protocol's number, or in protocols 0 and 1 their first opcodes."""


class ModelImporter:
    """Imports models into a store. Used from one thread."""

    def __init__(
        self, store: ModelStore, on_progress: OnProgress = ignore_progress, cancelled: CancelCheck = never
    ) -> None:
        self._store = store
        self._on_progress = on_progress
        self._cancelled = cancelled

    def import_model(self, source: Path, name: str = "", languages: tuple[str, ...] = ()) -> ModelFolder:
        """Install the model in `source` under the id made from `name`, or from its own name.

        `source` is a Hugging Face folder with safetensors, an archive of `export`, a GGUF file, or a folder
        that holds one.
        `languages` replace those of its manifest. Raises ModelError, and Cancelled when cancelled; the store
        is then as it was.
        """
        try:
            if not source.is_dir():
                return self._from_file(source, name, languages)
            if (file := _gguf_file(source)) is not None:
                return self._from_file(file, name, languages)
            return self._from_folder(source, source, name, languages)
        except OSError as error:
            raise ModelError(
                "{path} cannot be used ({reason}); check it.",
                path=error.filename or source,
                reason=os_reason(error) if error.strerror else Sentence("unreadable"),
            ) from error

    def _from_file(self, source: Path, name: str, languages: tuple[str, ...]) -> ModelFolder:
        with open_regular(source) as file:
            start = file.read(4)
        if is_pickle(source):
            raise _pickle_error(source.name)
        self._store.remove_remains()
        with self._store.scratch() as folder, errors_told_as(folder, source):
            if start == MAGIC:
                convert_in_child(source, folder, self._cancelled)
            elif zipfile.is_zipfile(source):
                unpack(source, folder)
            elif source.suffix == ".safetensors":
                raise ModelError(
                    "{file} is only a part of a model; choose the whole folder.",
                    file=source.name,
                )
            else:
                raise ModelError(
                    "{file} is no model that Writer knows; choose a folder, a GGUF file or an export.",
                    file=source.name,
                )
            return self._from_folder(folder, source, name, languages)

    def _from_folder(self, folder: Path, source: Path, name: str, languages: tuple[str, ...]) -> ModelFolder:
        """Install the model in `folder`, which was made from what the user chose, `source`."""
        require_no_pickles(folder)
        compatibility.require_usable(folder)
        beside = documents(manifests.read(folder))
        names = [p.name for p in folder.iterdir() if p.is_file() and (_is_known(p.name) or p.name in beside)]
        if arrival.needs_change(folder, names):
            with self._store.scratch() as changed, errors_told_as(changed, source):
                arrival.change(folder, changed, names, _link_or_copy, self._cancelled)
                return self._from_folder(changed, source, name, languages)
        model = _named(open_folder(folder), name or told_name(source), source)
        _require_plain_weights(model)
        verify(model)
        if why := why_tokens_do_not_fit(folder):
            raise ModelError(why)
        if not model.weights:
            raise ModelError(
                "{folder} holds only an adapter; export the whole model, and import that.", folder=folder
            )
        model_id = plain_id(name or model.id)
        if (self._store.directory / model_id).exists():
            raise ModelError(
                "There is a model “{model}” here already; give this one another name.", model=model_id
            )
        files = model_files(model)
        total = sum(file.stat().st_size for file in files)
        if shutil.disk_usage(self._store.directory).free < total + RESERVED_BYTES:
            raise ModelError(
                "There is not enough space in {folder}: {needed} MB are needed.",
                folder=self._store.directory,
                needed=f"{total / 1e6:.0f}",
            )
        meter = ProgressMeter(self._on_progress, total)
        return self._store.install(
            model_id, lambda part: self._copy(model, model_id, languages, part, files, meter)
        )

    def _copy(
        self,
        model: ModelFolder,
        model_id: str,
        languages: tuple[str, ...],
        part: Path,
        files: list[Path],
        meter: ProgressMeter,
    ) -> Manifest:
        meter.set_done(0)
        for file in files:
            self._copy_file(file, part / file.name, meter)
        meter.enter_stage("checking")
        copied = manifests.describe(part, [file.name for file in files])
        stated = {file.name: file.sha256 for file in model.manifest.files}
        if any(stated.get(file.name, file.sha256) != file.sha256 for file in copied):
            raise ModelError(
                "The model in {folder} changed while it was copied; try again.", folder=model.path
            )
        manifest = replace(model.manifest, id=model_id, files=copied, measured={}, adapter=None)
        return replace(
            manifest,
            source=manifest.source or printable(model.path),
            date=manifest.date or manifests.today(),
            languages=languages or manifest.languages,
        )

    def _copy_file(self, source: Path, target: Path, meter: ProgressMeter) -> None:
        with open_regular(source) as file, target.open("wb") as out:
            while piece := file.read(1 << 20):
                if self._cancelled():
                    raise Cancelled
                out.write(piece)
                meter.add(len(piece))


def _gguf_file(folder: Path) -> Path | None:
    """The GGUF file of a folder that is no Hugging Face folder, as `export --gguf` makes; None without one.

    Raises ModelError where there are several, OSError.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".gguf")
    if not files or (folder / "config.json").exists():
        return None
    if len(files) > 1:
        raise ModelError("{folder} holds several GGUF files; choose one of them.", folder=folder)
    return files[0]


def model_files(model: ModelFolder) -> list[Path]:
    """The files of a model: the known text files, documents and its weights, without the manifest."""
    names = (*TEXT_FILES, *documents(model.manifest), ADAPTER_CONFIG)
    if is_gguf(model.weights):
        names = (*names, GGUF_INDEX)
    elif model.weights != (model.path / WEIGHTS,):
        names = (*names, INDEX)
    return [model.path / name for name in names if (model.path / name).is_file()] + list(model.weights)


def documents(manifest: Manifest | None) -> tuple[str, ...]:
    """The names of the documents that a manifest lists, such as terms of use."""
    names = [file.name for file in manifest.files] if manifest is not None else []
    return tuple(name for name in names if name.endswith(DOCUMENTS) and name not in TEXT_FILES)


def _require_plain_weights(model: ModelFolder) -> None:
    """Raise ModelError where tensors of the model are quantised, whatever its config says."""
    for file in () if is_gguf(model.weights) else model.weights:
        quantisation.require_plain({}, read_header(file).tensors)


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle, by name or content, also within a zip archive of torch. Raises OSError."""
    if path.suffix.lower() in PICKLES:
        return True
    with open_regular(path) as file:
        start = file.read(200)
    if _PICKLE.match(start):
        return True
    if not zipfile.is_zipfile(path) or not has_small_directory(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith((".pkl", "data.pkl")) for name in archive.namelist())
    except DAMAGE:  # torch could not open it, either
        return False


def require_no_pickles(folder: Path) -> None:
    """Raise ModelError where the weights of a folder are pickles, whatever their names."""
    names = (WEIGHTS, INDEX, GGUF)
    if any(is_pickle(folder / name) for name in names if (folder / name).is_file()):
        raise _pickle_error(WEIGHTS)
    if not any((folder / name).exists() for name in names):
        for path in sorted(folder.iterdir()):
            if path.is_file() and is_pickle(path):
                raise _pickle_error(path.name)


def plain_id(name: str) -> str:
    """The model id made from `name`, valid as a folder's name everywhere. Raises ModelError where empty."""
    result = re.sub(r"[^\w.-]+", "-", name.strip().lower()).strip("-.")[:80]
    if not result:
        raise ModelError("“{name}” is no name for a model; use letters and digits.", name=name)
    return result


def _is_known(name: str) -> bool:
    """Whether a file of this name may belong to a model: one of the known ones, or weights."""
    return name in (*TEXT_FILES, INDEX, GGUF, GGUF_INDEX, ADAPTER_CONFIG) or (
        name.endswith(".safetensors") and is_file_name(name)
    )


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copyfile(source, target)


def _named(model: ModelFolder, name: str, source: Path) -> ModelFolder:
    """The model with this name and source, unless a manifest of its own has others. Raises ModelError."""
    if manifests.read(model.path) is not None:
        return model
    stated = gguf_facts(source)
    licence = model_facts(source).licence if source.is_dir() else stated.licence
    manifest = Manifest(
        id=name,
        name=printable(name),
        source=printable(source),
        licence=licence,
        languages=stated.languages,
    )
    return replace(model, manifest=manifest)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the model in a zip archive into `folder`. Raises ModelError, OSError.

    Only known files of one folder are unpacked, each under its bare name, so none can leave `folder`.
    """
    if not has_small_directory(archive):
        raise _not_one_model(archive)
    try:
        with zipfile.ZipFile(archive) as packed:
            _unpack(packed, archive, folder)
    except DAMAGE as error:
        raise ModelError("The archive is damaged or locked; export the model again.") from error


def _unpack(packed: zipfile.ZipFile, archive: Path, folder: Path) -> None:
    members = [m for m in packed.infolist() if not m.is_dir()]
    configs = [m.filename for m in members if m.filename.rpartition("/")[2] == "config.json"]
    if len(members) > MAX_FILES or len(configs) != 1:
        raise _not_one_model(archive)
    inside = configs[0].removesuffix("config.json")
    beside: tuple[str, ...] = ()
    for member in sorted(members, key=lambda m: m.filename != inside + manifests.FILE):
        name = member.filename.removeprefix(inside)
        is_known = _is_known(name) or name == manifests.FILE or name in beside
        if inside + name != member.filename or not is_known:
            continue
        packs = member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        if not packs or member.compress_size * 200 + 1000 < member.file_size:
            raise ModelError(
                "{archive} is packed as no model is; choose another archive.", archive=archive.name
            )
        with packed.open(member) as file, (folder / name).open("wb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
        if name == manifests.FILE:
            beside = documents(manifests.read(folder))


def _not_one_model(archive: Path) -> ModelError:
    return ModelError("{archive} does not hold one model; choose another archive.", archive=archive.name)


def _pickle_error(name: str) -> ModelError:
    return ModelError(
        "{file} is in an old format that could run programs here (pickle); get the model in the safe one "
        "(safetensors), or convert it on a machine you can spare.",
        file=name,
    )
