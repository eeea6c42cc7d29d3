"""Evidence through the real local WeChat API, over both databases; hostile files written byte by byte."""

import asyncio
import io
import os
import stat
import time
import zipfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from redis.asyncio import Redis

from bot.evidence import EvidenceStore, Fetch, RefusedPicture, cleaned
from bot.evidence.pictures import MAX_BYTES
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault, VaultError
from bot.wechat_api import WeChatApi
from handlers.message import Message
from handlers.ports import Filing, Kept, Refused
from tests.wechat_lab import ALI, NINE, Lab, client, lab, met, served

HERE = (35.6, 103.2)  # degrees, in the picture's EXIF block


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 32), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode != "P" else 1).save(out, kind)
    return out.getvalue()


def photo(orientation: int = 6) -> bytes:
    """A JPEG as a phone makes it: with the place, the device and a comment."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SecretPhone"
    exif.get_ifd(0x8825)[2] = HERE
    exif.get_ifd(0x8825)[29] = "2026:11:24"
    out = io.BytesIO()
    Image.new("RGB", (64, 32), "blue").save(out, "JPEG", exif=exif, comment=b"13993012345")
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def archive_in(image: bytes) -> bytes:
    out = io.BytesIO(image)
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("run.js", "alert(1)")
    return out.getvalue()


class TestPictures:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
    def test_every_kept_format_comes_out_as_jpeg_or_png(self, kind: str) -> None:
        result = cleaned(picture(kind))
        with Image.open(io.BytesIO(result.content)) as image:
            assert image.size == (64, 32)
            assert result.mime == Image.MIME[image.format or ""]
            assert image.format == ("JPEG" if kind in ("JPEG", "WEBP") else "PNG")

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
    def test_unusual_colours(self, mode: str) -> None:
        kind = "JPEG" if mode == "CMYK" else "PNG"
        assert cleaned(picture(kind, mode=mode) if mode != "CMYK" else _cmyk()).mime == Image.MIME[kind]

    def test_place_device_and_comment_are_gone_and_the_picture_stands_upright(self) -> None:
        sent = photo()
        assert b"SecretPhone" in sent
        kept = cleaned(sent).content
        with Image.open(io.BytesIO(kept)) as image:
            assert not image.getexif()
            assert "comment" not in image.info
            assert image.size == (32, 64)
        for secret in (b"SecretPhone", b"13993012345", b"Exif"):
            assert secret not in kept

    def test_what_hangs_behind_a_picture_is_not_kept(self) -> None:
        kept = cleaned(picture("PNG") + b"\x00" * 50 + b"ftypmp42 a film that a phone adds").content
        assert b"ftypmp42" not in kept

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("empty", b""),
            ("text", "投诉".encode()),
            ("page", b"<html><script>alert(1)</script>"),
            ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
            ("pdf", b"%PDF-1.7\n"),
            ("program", b"\x7fELF" + bytes(100)),
            ("tiff", picture("TIFF")),
            ("icon", picture("ICO")),
            ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"),
            ("script behind", picture() + b"<SCRIPT>alert(1)</SCRIPT>"),
            ("php in a comment", picture() + b"<?php system($_GET[0]); ?>"),
            ("archive behind", archive_in(picture("PNG"))),
            ("pdf behind", picture() + b"%PDF-1.4 1 0 obj"),
            ("cut off", picture("JPEG", (400, 400))[:700]),
            ("magic bytes only", b"\xff\xd8\xff\xe0" + bytes(200)),
        ],
    )
    def test_anything_else_is_refused(self, name: str, content: bytes) -> None:
        with pytest.raises(RefusedPicture) as caught:
            cleaned(content)
        assert caught.value.why == "type"

    @pytest.mark.parametrize("size", [(7000, 7000), (10_000, 10_000), (60_000, 60_000)])
    def test_a_bomb_is_refused_before_it_is_decoded(self, size: tuple[int, int]) -> None:
        content, began = bomb(*size), time.perf_counter()
        with pytest.raises(RefusedPicture) as caught:
            cleaned(content)
        assert caught.value.why == "size"
        assert time.perf_counter() - began < 0.5

    def test_ten_megabytes_are_the_limit(self) -> None:
        with pytest.raises(RefusedPicture) as caught:
            cleaned(picture() + bytes(MAX_BYTES))
        assert caught.value.why == "size"

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP"]), st.data())
    def test_damage_is_refused_or_healed_and_never_worse(self, kind: str, data: st.DataObject) -> None:
        content = bytearray(picture(kind))
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        try:
            result = cleaned(bytes(content))
        except RefusedPicture:
            return
        with Image.open(io.BytesIO(result.content)) as image:
            image.load()


def _cmyk() -> bytes:
    out = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Bench:
    """An evidence store at a local WeChat."""

    lab: Lab
    api: WeChatApi
    evidence: EvidenceStore
    cases: CaseStore
    folder: Path
    sent: int = 0

    def message(self, content: bytes = b"", **more: object) -> Message:
        """An image message whose file lies on the platform's shelf."""
        self.sent += 1
        shelf = self.lab.platform.media
        media = shelf.put("image", content or picture(size=(64, 32 + self.sent)), "image/jpeg").id
        values = {"user": ALI, "account": "gh_1", "kind": "image", "at": NINE, "id": str(self.sent)}
        return Message.model_validate({**values, "media_id": media, **more})

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("evidence/??/*"))


@asynccontextmanager
async def bench(redis: Redis, folder: Path, database: Database, vault: Vault) -> AsyncIterator[Bench]:
    async with lab() as it:
        await met(it, ALI)
        api = client(it, redis, folder)
        store = EvidenceStore(database, vault, Fetch(api.media, it.base), folder, it.clock)
        try:
            yield Bench(it, api, store, CaseStore(database, vault), folder)
        finally:
            await api.close()


@pytest.fixture
async def at(valkey: Redis, tmp_path: Path, database: Database, vault: Vault) -> AsyncIterator[Bench]:
    async with bench(valkey, tmp_path, database, vault) as it:
        yield it


class TestKeeping:
    async def test_a_picture_is_kept_encrypted_and_opened_again(self, at: Bench) -> None:
        message = at.message(photo(1))
        kept = await at.evidence.keep("d1", message)
        assert isinstance(kept, Kept)
        assert kept.count == 1
        (file,) = at.files()
        assert file.name == kept.id
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
        raw = file.read_bytes()
        assert b"\xff\xd8\xff" not in raw
        opened = await at.evidence.open(kept.id)
        assert opened is not None
        item, content = opened
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (64, 32)
        assert (item.mime, item.size, item.slot, item.number) == ("image/jpeg", len(content), 1, "")

    async def test_a_redelivery_is_the_same_picture(self, at: Bench) -> None:
        message = at.message()
        first = await at.evidence.keep("d1", message)
        at.lab.clock.move(timedelta(days=4))  # the platform has deleted its copy: nobody asks for it
        assert await at.evidence.keep("d1", message) == first
        assert len(at.files()) == 1

    async def test_two_deliveries_at_once_are_one_picture(self, at: Bench) -> None:
        message = at.message()
        results = await asyncio.gather(*(at.evidence.keep("d1", message) for _ in range(4)))
        assert len(set(results)) == 1
        assert len(at.files()) == 1

    async def test_nine_and_no_more_even_all_at_once(self, at: Bench) -> None:
        results = await asyncio.gather(*(at.evidence.keep("d1", at.message()) for _ in range(12)))
        assert sum(isinstance(result, Kept) for result in results) == 9
        assert results.count(Refused("full")) == 3
        assert await at.evidence.count("d1") == 9
        assert [item.slot for item in sorted(await at.evidence.of_draft("d1"), key=lambda i: i.slot)] == [
            *range(1, 10)
        ]
        assert len(at.files()) == 9
        assert await at.evidence.keep("d1", at.message()) == Refused("full")
        assert isinstance(await at.evidence.keep("d2", at.message()), Kept)

    async def test_other_kinds_of_messages_and_files_are_refused(self, at: Bench) -> None:
        assert await at.evidence.keep("d1", at.message(kind="video")) == Refused("type")
        assert await at.evidence.keep("d1", at.message(b"<html>")) == Refused("type")
        assert await at.evidence.keep("d1", at.message(bomb(9000, 9000))) == Refused("size")
        assert at.files() == []

    async def test_expired_media_has_to_be_sent_again(self, at: Bench) -> None:
        message = at.message()
        at.lab.clock.move(timedelta(days=3))
        assert await at.evidence.keep("d1", message) == Refused("gone")
        assert isinstance(await at.evidence.keep("d1", at.message()), Kept)

    async def test_wechat_away(self, at: Bench) -> None:
        at.lab.platform.faults.add("*/media/get", "cut", times=5)
        assert await at.evidence.keep("d1", at.message()) == Refused("gone")
        assert await at.evidence.count("d1") == 0

    async def test_by_address_where_the_api_is_not_granted(self, at: Bench) -> None:
        paths: list[str] = []

        async def give(request: web.Request) -> web.Response:
            paths.append(request.path)
            body = picture() if request.path == "/p.jpg" else bytes(MAX_BYTES + 5)
            return web.Response(body=body, status=200 if request.path != "/gone" else 404)

        app = web.Application()
        app.router.add_get("/{name}", give)
        async with served(app) as base:
            store = EvidenceStore(
                at.cases.database, at.cases.vault, Fetch(at.api.media, base), at.folder, at.lab.clock
            )

            async def keep(address: str) -> Kept | Refused:
                at.lab.platform.faults.add("*/media/get", "code", code=48001)
                return await store.keep("d1", at.message(picture_url=address))

            assert isinstance(await keep(f"{base}/p.jpg"), Kept)
            assert await keep(f"{base}/large") == Refused("size")
            assert await keep(f"{base}/gone") == Refused("gone")
            asked = len(paths)
            for hostile in (
                f"file://{base[7:]}/p.jpg",
                f"{at.lab.base}/p.jpg",
                "http://evil.qpic.cn.example/p",
            ):
                assert await keep(hostile) == Refused("gone")
            assert len(paths) == asked


class TestBelonging:
    async def test_filing_gives_the_pictures_to_the_case(self, at: Bench) -> None:
        await at.evidence.keep("d1", at.message())
        await at.evidence.keep("d2", at.message())
        case = (await at.cases.submit(Filing("d1", "complaint", ALI, {}, NINE))).case
        await at.evidence.keep("d1", at.message())  # came late: belongs there too
        assert [item.slot for item in await at.evidence.of_case(case.number)] == [1, 2]
        await at.evidence.drop("d1")
        assert len(await at.evidence.of_case(case.number)) == 2, "a filed case keeps its evidence"
        assert await at.evidence.attach("d2", case.number) == 1
        assert len(await at.evidence.of_case(case.number)) == 3
        assert await at.evidence.purge(case.number) == 3
        assert at.files() == []

    async def test_a_cancelled_draft_leaves_nothing(self, at: Bench) -> None:
        kept = await at.evidence.keep("d1", at.message())
        assert isinstance(kept, Kept)
        await at.evidence.drop("d1")
        assert await at.evidence.count("d1") == 0
        assert await at.evidence.open(kept.id) is None
        assert at.files() == []

    async def test_an_exchanged_file_is_noticed(self, at: Bench) -> None:
        first, second = [await at.evidence.keep("d1", at.message()) for _ in range(2)]
        assert isinstance(first, Kept)
        assert isinstance(second, Kept)
        one, two = (at.folder / "evidence" / kept.id[:2] / kept.id for kept in (first, second))
        one.write_bytes(two.read_bytes())
        with pytest.raises(VaultError):
            await at.evidence.open(first.id)

    async def test_sweeping_takes_what_nobody_owns_and_nothing_else(self, at: Bench) -> None:
        await at.evidence.keep("old", at.message())
        filed = await at.evidence.keep("filed", at.message())
        assert isinstance(filed, Kept)
        await at.cases.submit(Filing("filed", "complaint", ALI, {}, NINE))
        at.lab.clock.move(timedelta(days=31))
        fresh = await at.evidence.keep("fresh", at.message())
        assert isinstance(fresh, Kept)
        lost = at.folder / "evidence" / "ab" / "ab-from-a-crash"
        lost.parent.mkdir(exist_ok=True)
        lost.write_bytes(b"x")
        os.utime(lost, (time.time() - 90_000,) * 2)
        young = lost.with_name("ab-being-written")
        young.write_bytes(b"x")
        assert await at.evidence.sweep() == 2
        left = {path.name for path in at.files()}
        assert left == {filed.id, fresh.id, young.name}
