"""What makes a start short: the check that is not repeated, the encoder that comes later."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot import start_check
from bot.brain import Brain
from bot.late_encoder import LateEncoder
from config.settings import ROOT
from intents import encoder
from intents.encoder import EncoderAway, SentenceEncoder
from knowledge import load

TODAY = date(2026, 11, 25)
TEXTS = ["你们的传真号是多少", "申请书寄到阿里哩", "PDF 可以吗😀"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what the check looks at, to be spoilt."""
    for folder in ("knowledge", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def errors(root: Path) -> list[str]:
    known = load(root / "knowledge", root / "config" / "law")
    return start_check.errors(known, TODAY, root / "kept", root)


def test_sound_files_are_looked_through_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert errors(root) == []
    monkeypatch.setattr(start_check, "findings", None)  # whoever looked again would fail
    assert errors(root) == []


def test_a_changed_digit_is_found_though_the_files_were_sound_before(root: Path) -> None:
    assert errors(root) == []
    file = root / "knowledge" / "faq" / "guide_contact.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub("0930-6216381", "0930-6216382", text, count=1), encoding="utf-8")
    for _ in range(2):  # what is wrong is never kept as sound
        assert any("6216382" in line for line in errors(root))


@pytest.fixture(scope="module")
def plain() -> SentenceEncoder:
    found = encoder.load()
    if found is None:
        pytest.skip("the encoder's wheel does not run on this machine")
    return found


def test_a_mapped_table_says_the_same(plain: SentenceEncoder, tmp_path: Path) -> None:
    before = plain.encode(TEXTS)
    for _ in range(2):  # once written, once found
        mapped = encoder.load(tmp_path)
        assert mapped is not None
        assert np.array_equal(mapped.encode(TEXTS), before)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_or_impossible_table_stays_in_memory(plain: SentenceEncoder, tmp_path: Path) -> None:
    encoder.load(tmp_path)
    (table,) = tmp_path.iterdir()
    table.write_bytes(b"cut off")
    no_folder = tmp_path / "a file"
    no_folder.touch()
    for folder in (tmp_path, no_folder):
        found = encoder.load(folder)
        assert found is not None
        assert np.array_equal(found.encode(TEXTS), plain.encode(TEXTS))


def test_who_needs_the_encoder_early_waits_for_it(plain: SentenceEncoder, tmp_path: Path) -> None:
    assert np.array_equal(LateEncoder(tmp_path).encode(TEXTS), plain.encode(TEXTS))


def test_an_encoder_that_turns_out_broken_leaves_the_words(
    brain: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "load", lambda _folder: None)
    broken = LateEncoder(tmp_path)
    with pytest.raises(EncoderAway):
        broken.encode(TEXTS)
    without = replace(brain.understanding, encoder=broken)
    for question in TEXTS:
        assert without.decide(question) == brain.understanding.with_encoder(None).decide(question)
