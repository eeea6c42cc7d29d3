"""Personal data at rest: AES-256-GCM under keys of the operator's, and keyed hashes to look things up by.

`PII_KEY` holds the keys, or `DATA_DIR/pii.key` (made at first use, mode 600). Several keys may stand one
after the other (comma or newline): the first encrypts, all decrypt. The last is the oldest; look-up hashes
are made with it, so that adding a new key in front neither loses a conversation nor a blind index.
"""

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.settings import Settings

KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
WRONG_KEY = "PII_KEY 要填32字节随机数的base64（openssl rand -base64 32）/ must be 32 random bytes in base64"


class VaultError(ValueError):
    """A key is missing or malformed, or a ciphertext is not ours. Never carries key or data."""


class Vault:
    """Encrypts, decrypts and indexes personal data. Pure CPU; safe to share between threads."""

    def __init__(self, keys: list[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise VaultError(WRONG_KEY)
        self._ciphers = {_derive(key, b"id")[:ID_BYTES]: AESGCM(_derive(key, b"encrypt")) for key in keys}
        self._current = next(iter(self._ciphers))
        self._index_key = _derive(keys[-1], b"index")

    @classmethod
    def open(cls, settings: Settings) -> "Vault":
        """The vault of this installation; makes `DATA_DIR/pii.key` when nothing else is set.

        Raises:
            VaultError: a key is not 32 bytes in base64.
        """
        text = settings.pii_key.get_secret_value() or _key_file(settings.data_dir / "pii.key")
        return cls([_decode(part) for part in text.replace(",", "\n").split()])

    def encrypt(self, data: bytes, aad: bytes = b"") -> bytes:
        """`key id ‖ nonce ‖ ciphertext`; `aad` ties it to its place (a column, a session key)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, data, aad)

    def decrypt(self, blob: bytes, aad: bytes = b"") -> bytes:
        """What `encrypt` was given.

        Raises:
            VaultError: the key is not one of ours, or the text or its place was changed.
        """
        cipher = self._ciphers.get(blob[:ID_BYTES])
        if cipher is None:
            raise VaultError("encrypted under a key that is not in PII_KEY any more")
        nonce, text = blob[ID_BYTES : ID_BYTES + NONCE_BYTES], blob[ID_BYTES + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, text, aad)
        except (InvalidTag, ValueError) as error:
            raise VaultError("the ciphertext does not belong here") from error

    def is_current(self, blob: bytes) -> bool:
        """Whether `blob` is encrypted under the newest key (else it is due to be encrypted again)."""
        return blob[:ID_BYTES] == self._current

    def index(self, text: str, purpose: str = "") -> str:
        """A keyed hash (32 hex digits) that finds `text` again without telling it: the blind index."""
        return hmac.new(self._index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"linxia-bot " + purpose).derive(key)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise VaultError(WRONG_KEY) from error


def _key_file(path: Path) -> str:
    """Read the key file, or make it so that of two processes that try at once both get the same key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 600
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            Path(name).unlink()
    return path.read_text(encoding="ascii")
