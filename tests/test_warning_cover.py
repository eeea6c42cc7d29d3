"""Cover pictures of warnings, sent from the browser as it sends them."""

import io
import os

import aiohttp
import pytest
from PIL import Image

from tests.desk_lab import *  # noqa: F403
from tests.staff_lab import Answer, Person, Site
from tests.test_staff_desk import WARNING, id_in


def photo(bytes_at_least: int) -> bytes:
    """A picture as big as phones make them: noise, which no compression makes small."""
    side = int((bytes_at_least / 3) ** 0.5) + 1
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "PNG")
    return out.getvalue()


async def send(person: Person, content: bytes, path: str = "/staff/warnings/new") -> Answer:
    page = await person.get(path)
    form = aiohttp.FormData()
    for key, value in ({"csrf": page.csrf()} | WARNING).items():
        form.add_field(key, value)
    name = "<script>alert(1)</script>.png"
    form.add_field("picture", io.BytesIO(content), filename=name, content_type="image/png")
    async with person.http.post(person.base + path, data=form) as answer:
        return await person._kept(answer)


async def test_a_photo_of_some_megabytes_becomes_the_cover(desk: Site) -> None:
    publisher = await desk.clerk("pub", "publisher")
    answer = await send(publisher, photo(3 * 1024 * 1024))
    assert answer.status == 200, answer.text
    assert "草稿已保存" in answer.text
    assert "<script>alert" not in answer.text
    cover = await publisher.get(f"/staff/warnings/{id_in(answer.url)}/cover")
    assert cover.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(cover.body)).format == "PNG"


@pytest.mark.parametrize(
    ("size", "status", "told"), [(10 * 1024 * 1024 + 1, 422, "10 MB"), (12 * 1024 * 1024, 413, "最多10 MB")]
)
async def test_what_is_too_big_is_said_in_words(desk: Site, size: int, status: int, told: str) -> None:
    answer = await send(await desk.clerk("pub", "publisher"), b"\x89PNG" + bytes(size))
    assert (answer.status, told in answer.text) == (status, True)


async def test_a_stranger_cannot_send_much(desk: Site) -> None:
    assert (await send(desk.stranger(), bytes(2 * 1024 * 1024), "/staff/login")).status == 413
