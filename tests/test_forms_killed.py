"""The process is killed with SIGKILL between any two messages, while one is handled, and around 确认.

WeChat delivers again what got no answer. Nothing that was acknowledged may be missing in the end, and no form
may become two cases.
"""

import asyncio
import base64
import contextlib
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO

import aiohttp
import pytest

from bot.store.cases import CaseStore
from bot.valkey import ValkeyServer
from bot.vault import Vault, _decode
from config.settings import ROOT
from config.texts import say
from tests.forms_lab import FLOWS, IMAGE, Citizen, number_in
from tests.test_forms_filed import EXPECTED
from tests.wechat_lab import Lab
from tests.wechat_signing import KEY, TOKEN, WeChat

PEOPLE = 6
SEEDS = random.Random(20261124)


@dataclass
class Victim:
    """The server, and how often it was killed."""

    factory: Process
    url: str
    pid: int = 0
    kills: int = 0
    sending: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def start(self) -> None:
        """A new process; requests get through once it listens."""
        assert self.factory.stdin
        assert self.factory.stdout
        self.factory.stdin.write(b"start\n")
        self.pid = int(await self.factory.stdout.readline())

    async def die(self) -> None:
        """Kill it, and start another."""
        os.kill(self.pid, signal.SIGKILL)
        self.kills += 1
        await self.start()

    async def be_killed(self, times: int) -> None:
        """Kill it at random moments after random messages, most of all around 确认."""
        while self.kills < times:
            text = await self.sending.get()
            if SEEDS.random() < (0.7 if text == "确认" else 0.3):
                await asyncio.sleep(SEEDS.uniform(0, 0.12))
                await self.die()
                while not self.sending.empty():
                    self.sending.get_nowait()


@dataclass
class Persistent(Citizen):
    """Somebody whose WeChat delivers again until there is an answer."""

    victim: Victim | None = None

    async def post(self, xml: str, text: str) -> str:
        assert self.victim is not None
        self.victim.sending.put_nowait(text)
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with asyncio.timeout(6):
                    answer = await self.wechat.deliver(xml)
                if answer.status == 200 and answer.text != say("late.wait"):
                    return answer.text or ""
            await asyncio.sleep(0.05)

    async def fill_in(self, flow: str) -> str:
        """One form; the number of its case."""
        for text in FLOWS[flow]:
            xml = self.photo() if text == IMAGE else self.wechat.message(Content=text, user=self.user)
            self.heard.append(await self.post(xml, text))
        return number_in(self.heard[-1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def victim(variables: dict[str, str], log: IO[bytes] | None = None) -> AsyncIterator[Victim]:
    """A server that can be killed; its log goes to `log`."""
    factory = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.killing", stdin=PIPE, stdout=PIPE, stderr=log, cwd=ROOT, env=variables
    )
    assert factory.stdout
    assert (await factory.stdout.readline()).strip() == b"ready"
    found = Victim(factory, f"http://127.0.0.1:{variables['PORT']}")
    await found.start()
    try:
        yield found
    finally:
        os.kill(found.pid, signal.SIGKILL)
        factory.kill()
        await factory.communicate()


def environment(store: CaseStore, lab: Lab, valkey: ValkeyServer, folder: str, key: str) -> dict[str, str]:
    account = lab.platform.account
    own = {
        "PORT": str(_free_port()),
        "DATA_DIR": folder,
        "DATABASE_URL": store.database.url,
        "REDIS_URL": valkey.url,
        "PII_KEY": key,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_ENCODING_AES_KEY": KEY,
        "WECHAT_APP_ID": account.app_id,
        "WECHAT_APP_SECRET": account.secret,
        "WECHAT_API_BASE": lab.base,
        "USER_MESSAGES_PER_MINUTE": "100000",
        "LOG_LEVEL": "ERROR",
    }
    return os.environ | own


@pytest.mark.usefixtures("valkey", "brain")  # empty, and fitted before the server is to start
@pytest.mark.parametrize("kills", [10, pytest.param(110, marks=pytest.mark.slow)])
async def test_no_answer_is_lost_and_no_case_made_twice(
    kills: int,
    case_store: CaseStore,
    platform: Lab,
    valkey_server: ValkeyServer,
    request: pytest.FixtureRequest,
) -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    store = CaseStore(case_store.database, Vault([_decode(key)]))
    filed: list[tuple[str, str, str]] = []

    async with (
        victim(
            environment(store, platform, valkey_server, str(request.getfixturevalue("tmp_path")), key)
        ) as server,
        aiohttp.ClientSession() as http,
    ):

        async def live(number: int) -> None:
            wechat = WeChat(server.url, http, app_id=platform.platform.account.app_id)
            flows = list(FLOWS)
            turn = number
            while server.kills < kills:
                person = Persistent(wechat, f"oKilled{number:02}_{turn:04}", platform, victim=server)
                flow = flows[turn % len(flows)]
                filed.append((person.user, flow, await person.fill_in(flow)))
                turn += 1

        await asyncio.gather(server.be_killed(kills), *(live(number) for number in range(PEOPLE)))
        assert server.kills >= kills

    assert len({number for _, _, number in filed}) == len(filed) >= PEOPLE
    for user, flow, number in filed:
        cases = await store.own(user)
        assert [case.number for case in cases] == [number]
        answers = cases[0].answers
        assert {key: answers.get(key) for key in EXPECTED[flow]} == EXPECTED[flow]
