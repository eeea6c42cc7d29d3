"""What counts as a picture: told by its bytes alone, and stored as nothing but its pixels.

A file from a stranger may be a bomb (a small file of a huge picture), or two files in one (a picture that is
also a web page or an archive). Pixels decoded and written anew carry no script, no archive, and no place and
device from the camera either.
"""

import io
import struct
import warnings
import zipfile
from typing import NamedTuple

from PIL import Image, ImageOps

from handlers.ports import RefusedWhy

MAX_BYTES = 10 * 1024 * 1024  # WeChat's own limit for a picture
MAX_PIXELS = 40_000_000  # 160 MB decoded; cameras of phones stay below in what WeChat passes on
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
# A file that reads as one of these too was made to be read as one. Long enough not to occur by chance.
HIDDEN = (b"<script", b"<html", b"<!doctype", b"<?php", b"%pdf-", b"rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")

# Everything that Pillow's decoders raise on damaged input.
_DAMAGED = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, EOFError, struct.error)


class RefusedPicture(ValueError):  # noqa: N818 it is an outcome, not an error of ours
    """Not a picture that we keep; `why` is said to the citizen."""

    def __init__(self, why: RefusedWhy, detail: str) -> None:
        super().__init__(detail)
        self.why: RefusedWhy = why


class Picture(NamedTuple):
    """A picture written anew."""

    content: bytes
    mime: str


def cleaned(content: bytes) -> Picture:
    """The pixels of `content` as a fresh JPEG or PNG, upright, without metadata. Takes CPU: run in a thread.

    Raises:
        RefusedPicture: too large, no picture of `FORMATS`, damaged, a bomb, or another file as well.
    """
    if len(content) > MAX_BYTES:
        raise RefusedPicture("size", "more than 10 MB")
    _refuse_two_in_one(content)
    try:
        with _opened(content) as image:
            if image.width * image.height > MAX_PIXELS:
                raise RefusedPicture("size", "too many pixels")
            return _rewritten(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RefusedPicture("size", "too many pixels") from None
    except RefusedPicture:
        raise
    except _DAMAGED as error:
        raise RefusedPicture("type", f"does not decode: {type(error).__name__}") from None


def _refuse_two_in_one(content: bytes) -> None:
    lower = content.lower()
    if any(mark in lower for mark in HIDDEN) or zipfile.is_zipfile(io.BytesIO(content)):
        raise RefusedPicture("type", "another file is hidden in the picture")


def _opened(content: bytes) -> Image.Image:
    # Image.verify() would stop short of the pixels; decoding them all, below, is the stricter check.
    image = Image.open(io.BytesIO(content), formats=FORMATS)
    if image.format not in (*FORMATS, "MPO"):  # MPO: a JPEG with a second one for depth, as phones make them
        raise RefusedPicture("type", "no format that is kept")
    return image


def _rewritten(image: Image.Image) -> Picture:
    with warnings.catch_warnings():
        # Oddities of metadata that is thrown away anyway.
        warnings.simplefilter("ignore", UserWarning)
        image.load()  # of an animation, its first frame
        upright = ImageOps.exif_transpose(image)
    out = io.BytesIO()
    if image.format in ("JPEG", "MPO") or (image.format == "WEBP" and upright.mode == "RGB"):
        pixels = _bare(upright if upright.mode == "L" else upright.convert("RGB"))
        pixels.save(out, "JPEG", quality=92)
        return Picture(out.getvalue(), "image/jpeg")
    plain = upright.mode in ("1", "L", "RGB", "RGBA")
    _bare(upright if plain else upright.convert("RGBA")).save(out, "PNG")
    return Picture(out.getvalue(), "image/png")


def _bare(image: Image.Image) -> Image.Image:
    """The same pixels with an empty `info`: savers write what they find there."""
    image = image.copy()
    image.info.clear()
    return image
