"""What a training does where the disk is full, or numbers that nobody should learn stand in the folder."""

from __future__ import annotations

import random
import resource
import subprocess
from pathlib import Path

from tests.training.sample_folders import command, environment, events, only
from writer.base import paths
from writer.corpus import build as corpora
from writer.training import events as job

CANARIES = 50


def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_no_model(gpt2: Path, texts: Path) -> None:
    done = subprocess.run(
        command(texts, "--base", gpt2, "--method", "full", "--max-steps", "4", "--json"),
        env=_unmeasured(environment()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert done.returncode == 2, done.stderr
    failed = only(job.TrainingFailed, events(done.stdout))
    assert isinstance(failed, job.TrainingFailed)
    assert done.stderr == f"writer: {failed.sentence}\n"
    assert not list(paths.models_dir().glob("[!.]*/"))
    assert not list((paths.data_dir() / "training").iterdir())


def test_numbers_that_stand_once_in_the_folder_are_not_learned(texts: Path, tmp_path: Path) -> None:
    chance = random.Random(3)
    numbers = [str(chance.randrange(10**8, 10**9)) for _ in range(CANARIES)]
    for file, some in zip(sorted(texts.iterdir()), (numbers[i::6] for i in range(6)), strict=True):
        lines = file.read_text("utf-8").split("\n\n")
        for number in some:
            lines.insert(chance.randrange(len(lines)), f"The number of my account is {number}. I keep it.")
        (tmp_path / file.name).write_text("\n\n".join(lines), encoding="utf-8")
    found = corpora.read_folder(tmp_path, paths.cache_dir() / "corpus", lambda _step: None)
    assert sum(found.secrets.values()) == CANARIES
    assert not [n for n in numbers for document in found.documents if n[:5] in document.text]


def _unmeasured(variables: dict[str, str]) -> dict[str, str]:
    """Without coverage: its own figures would not fit on the disk that takes no more."""
    return {name: value for name, value in variables.items() if not name.startswith("COVERAGE_")}
