"""Personal data at rest: nothing readable, nothing movable, keys that can rotate."""

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.vault import Vault, VaultError
from config.settings import Settings

OLD, NEW = os.urandom(32), os.urandom(32)


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_what_goes_in_comes_out(data: bytes, place: bytes) -> None:
    vault = Vault([NEW])
    blob = vault.encrypt(data, place)
    assert vault.decrypt(blob, place) == data
    assert len(data) < 8 or data not in blob


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    vault = Vault([NEW])
    blob = bytearray(vault.encrypt("身份证622901".encode(), b"column"))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        vault.decrypt(bytes(blob), b"column")


@pytest.mark.parametrize("blob", [b"", b"x", b"0123", b"\x07" * 40])
def test_what_is_no_ciphertext_is_refused(blob: bytes) -> None:
    with pytest.raises(VaultError):
        Vault([NEW]).decrypt(blob)


def test_a_ciphertext_is_tied_to_its_place() -> None:
    vault = Vault([NEW])
    with pytest.raises(VaultError):
        vault.decrypt(vault.encrypt(b"phone", b"row 1"), b"row 2")


def test_keys_rotate_without_losing_anything() -> None:
    before, after = Vault([OLD]), Vault([NEW, OLD])
    blob = before.encrypt(b"phone")
    assert after.decrypt(blob) == b"phone"
    assert not after.is_current(blob)
    assert after.is_current(after.encrypt(b"phone"))
    assert after.index("13993012345") == before.index("13993012345")
    with pytest.raises(VaultError, match="PII_KEY"):
        Vault([NEW]).decrypt(blob)


def test_the_index_is_keyed_and_has_purposes() -> None:
    vault = Vault([NEW])
    assert vault.index("1", "phone") == vault.index("1", "phone")
    assert vault.index("1", "phone") != vault.index("1", "name")
    assert vault.index("1") != Vault([OLD]).index("1")
    assert len(vault.index("1")) == 32


def test_the_key_file_is_made_once_for_us_alone(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path / "new"})
    blob = Vault.open(settings).encrypt(b"x")
    assert Vault.open(settings).decrypt(blob) == b"x"
    assert (tmp_path / "new" / "pii.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pii.key"]


def test_keys_come_from_the_environment(tmp_path: Path) -> None:
    keys = ",".join(base64.b64encode(key).decode() for key in (NEW, OLD))
    settings = Settings.model_validate({"data_dir": tmp_path, "pii_key": SecretStr(keys)})
    assert Vault.open(settings).decrypt(Vault([OLD]).encrypt(b"x")) == b"x"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["password", "短", base64.b64encode(b"too short").decode(), ","])
def test_a_weak_or_broken_key_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "pii_key": SecretStr(key)})
    with pytest.raises(VaultError) as caught:
        Vault.open(settings)
    assert key == "," or key not in str(caught.value)
