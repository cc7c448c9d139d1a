"""The script that lays the starters' texts: only what is listed, with its licence, and only prose."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import small_models
from tests.models.adapters.conftest import MODULE, write_adapter
from writer.models.weights.lora_adapter import WEIGHTS, read_adapter
from writer.suggestions.gate import LEVELS

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "packaging" / "starters"

PROSE = "It rained on the morning of the fair, and nobody minded much. " * 8
FILES = {
    "LICENSE": "MIT License\n\nPermission is hereby granted,\nfree of charge, to any person",
    "posts/2019-plain.md": f"---\ntitle: x\n---\n# The fair\n\n# The\xa0fair\n\n{PROSE}\n\nSee [the map](https://example.org/map).\n",
    "posts/2024-late.md": f"Late. {PROSE}",
    "posts/2018-code.md": "Run it:\n\n" + "    for (i = 0; i < n; i++) { a[i] = b[i]; }\n\n" * 40,
    "posts/2018-list.md": "\n".join(f"- Some project number {number} of mine" for number in range(40)),
    "posts/2018-table.md": "\n".join(f"| cell {number} | another cell |" for number in range(80)),
    "posts/2018-robot.md": f"This post was written by ChatGPT. {PROSE}",
    "posts/2018-short.md": "Too short.",
    "posts/2018-chinese.md": "今天下雨了，集市上没有人在意。" * 40,
    "minutes/2018-all.md": f"# January\n\n{PROSE}\n\n# March\n\n{PROSE} Nothing else.\n",
    "other/2018-unlisted.md": PROSE,
}


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model, for its tokens."""
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2", steps=1)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder with the git directory of someone/letters."""
    repository = tmp_path / "mirrors" / "someone+letters"
    for name, text in FILES.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "All")):
        subprocess.run(["git", *words], cwd=repository, check=True)
    return repository.parent


def run(script: str, tmp_path: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a script of the starters."""
    return subprocess.run(
        [sys.executable, SCRIPTS / script, *map(str, words)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def gather(tmp_path: Path, mirror: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Lay the texts of a list of the one source."""
    git = ["git", "-C", str(mirror / "someone+letters"), "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    values = {
        "repository": "'someone/letters'",
        "commit": f"'{commit}'",
        "licence": "'MIT'",
        "licence_file": "'LICENSE'",
        "licence_words": "'hereby granted, free of charge'",
        "kind": "'letters'",
        "paths": "['posts/*.md', 'minutes/*.md']",
        "divided_at": "'# '",
        "until": "2022",
        "reads": "2.5",
    } | changes
    list_file = tmp_path / "list.toml"
    source = "\n".join(f"{name} = {value}" for name, value in values.items())
    list_file.write_text(f"options = ['--seed=1']\n[[source]]\n{source}")
    return run("gather.py", tmp_path, "en", tmp_path / "out", "--mirrors", mirror, "--list", list_file)


def test_only_the_prose_of_listed_files_is_laid_and_the_command_is_told(tmp_path: Path, mirror: Path) -> None:
    done = gather(tmp_path, mirror)
    assert done.returncode == 0, done.stderr
    texts = sorted(file.read_text() for file in (tmp_path / "out" / "texts").rglob("*.txt"))
    assert [text.split("\n")[0] for text in texts] == ["# January", "# March", "# The fair"]
    fair = texts[2]
    assert "See the map." in fair
    assert fair.count("# The") == 1
    assert "http" not in fair
    for reason in ("code, tables or links", "list", "machine-written", "short", "language"):
        assert re.search(rf"\d {reason}", done.stderr), (reason, done.stderr)
    assert done.stdout.split() == [
        *("writer", "train", str(tmp_path / "out" / "texts"), "--seed=1", "--weight=someone+letters=2.5")
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"licence_words": "'CC0'"}, "does not say “CC0” in LICENSE"),
        ({"licence": "'CC-BY-NC-4.0'"}, "licence"),
        ({"licence_file": "'COPYING'"}, "git cannot read"),
    ],
)
def test_without_an_open_licence_in_its_file_nothing_is_laid(
    tmp_path: Path, mirror: Path, changes: dict[str, str], sentence: str
) -> None:
    done = gather(tmp_path, mirror, **changes)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not list((tmp_path / "out").rglob("*.txt"))


def test_the_table_counts_what_is_learned_and_near_copies(tmp_path: Path, mirror: Path, gpt2: Path) -> None:
    assert gather(tmp_path, mirror).returncode == 0
    (texts,) = (tmp_path / "out" / "texts").glob("*/*")
    shutil.copyfile(texts / "00001.txt", texts / "00009.txt")
    done = run("measure.py", tmp_path, "en", tmp_path / "out", gpt2, "--list", tmp_path / "list.toml")
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.split("\n") if "someone/letters" in line)
    _, name, commit, licence, kind, count, tokens, copies, reads, _ = (
        cell.strip() for cell in row.split("|")
    )
    assert name == "[someone/letters](https://github.com/someone/letters)"
    assert (len(commit), licence, kind, reads) == (12, "MIT", "letters", "2.5")
    assert int(count) + int(copies) == 4
    assert int(copies) >= 1
    assert int(tokens.replace(",", "")) > 100


def test_a_draw_is_the_same_again_and_has_no_held_texts_to_learn(tmp_path: Path, mirror: Path) -> None:
    def draw(name: str, *words: object) -> list[str]:
        listed = ("--list", tmp_path / "list.toml")
        done = run("draw.py", tmp_path, "en", tmp_path / "out", tmp_path / name, *listed, *words)
        assert done.returncode == 0, done.stderr
        return sorted(str(file.relative_to(tmp_path / name)) for file in (tmp_path / name).rglob("*.txt"))

    assert gather(tmp_path, mirror).returncode == 0
    everything = draw("all")
    assert len(everything) == 3
    some = [
        draw(f"{seed}-{again}", "--seed", seed, "--characters", 10) for seed in (1, 2, 3) for again in "ab"
    ]
    assert some[::2] == some[1::2]
    assert all(len(drawn) == 1 for drawn in some)
    done = gather(tmp_path, mirror, held="true")
    assert done.stdout.split()[-1] == "--exclude=someone+letters"
    assert draw("held") == [name.replace("texts", "held", 1) for name in everything]


def test_a_packed_adapter_is_half_as_large_and_says_what_it_was_made_of(tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter", inference_mode=True)
    (tmp_path / "table.md").write_text("Letters.")
    done = run("pack.py", tmp_path, adapter, tmp_path / "table.md", tmp_path / "packed")
    assert done.returncode == 0, done.stderr
    names = sorted(file.name for file in (tmp_path / "packed").iterdir())
    assert names == ["LICENSE", "SOURCES.md", "adapter_config.json", "adapter_model.safetensors"]
    assert (tmp_path / "packed" / "SOURCES.md").read_text() == "Letters."
    before, after = read_adapter(adapter)[MODULE], read_adapter(tmp_path / "packed")[MODULE]
    assert before.scale == after.scale
    np.testing.assert_allclose(after.left, before.left, rtol=1e-3)
    sizes = [(folder / WEIGHTS).stat().st_size for folder in (tmp_path / "packed", adapter)]
    assert sizes[0] < 0.6 * sizes[1]


def test_what_is_measured_of_a_model_is_put_among_the_others(tmp_path: Path, gpt2: Path) -> None:
    shutil.copytree(gpt2, tmp_path / ".local/share/writer/models/own")
    (tmp_path / "letter.txt").write_text("The quick brown fox jumps over the lazy dog. " * 12)
    file = tmp_path / "calibrations.toml"
    shutil.copyfile(ROOT / "resources/calibrations.toml", file)
    before = tomllib.loads(file.read_text("utf-8"))
    words = ("own", "en", tmp_path / "letter.txt", "--limit=80", "--file", file)
    for more in (("--shares",), ()):
        done = run("calibrate.py", tmp_path, *words, *more)
        assert done.returncode == 0, done.stderr
    after = tomllib.loads(file.read_text("utf-8"))
    found = after.pop("own")["en"]
    assert after == before
    assert found["measured"] == "80 characters of 1 texts"
    assert set(found["right"]) == {level.name for level in LEVELS}
    assert found["curves"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lists_name_commits_and_none_of_the_authors_of_the_tests(language: str) -> None:
    text = (SCRIPTS / f"{language}.toml").read_text("utf-8")
    commits = re.findall(r"^commit = '([^']*)'$", text, re.M)
    assert len(commits) == text.count("[[source]]") > 10
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit in commits)
    assert not re.search(r"mtlynch|simonw|onevcat|emerson|luxun|lu-xun", text, re.I)
