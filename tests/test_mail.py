"""Mail over a real SMTP server: the form of a filed request arrives once, whatever happens in between."""

import asyncio
import base64
import email
import io
import logging
import os
import random
import signal
import ssl
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from docx import Document
from sqlalchemy import text

from bot.clock import SHANGHAI, ShiftedClock
from bot.mail import Letter, MailServer, MailSettingError, mail_senders
from bot.outbox.results import Claimed, Dead, Later, Sent, Uncertain
from bot.outbox.store import OutboxStore
from bot.outbox.worker import Worker
from bot.papers import Papers
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.vault import Vault
from config.settings import Settings
from handlers.cases.model import Case
from handlers.ports import Filing, OutMessage
from tests.test_papers import CITIZEN, ID_NUMBER, NOON, PHONE, boxes

MAILBOX, PASSWORD = "lxzscjgj@163.com", "p@ss/word:1"


@dataclass
class Post:
    """An SMTP server's mailbox. `answers` are given to the next mails before they are taken."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    arriving: asyncio.Event = field(default_factory=asyncio.Event)
    stall: float = 0

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sessions.append(session)
        self.arriving.set()
        if self.stall:
            await asyncio.sleep(self.stall)
        if self.answers and self.answers.pop(0) == "cut":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 OK"
        if self.refuse.get("data"):
            return self.refuse["data"]
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        message["X-To"] = ",".join(envelope.rcpt_tos)
        self.taken.append(message)
        return "250 taken"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = (data.login, data.password) == (b"bot@example.org", PASSWORD.encode())
    return AuthResult(success=known, handled=False)  # the server says 535 itself


@asynccontextmanager
async def post_office(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Post]:
    """A mail server on a free port."""
    post = Post()
    factory = lambda: SMTP(post, hostname="mail.test", enable_SMTPUTF8=True, **options)  # noqa: E731
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=tls)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context with a certificate for 127.0.0.1, and the file that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    ca.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, private)
    return context, ca


def letter(**more: Any) -> Letter:
    values: dict[str, Any] = {
        "key": "k1",
        "to": (MAILBOX,),
        "subject": "申请",
        "text": "正文\n.\n末行",
        "at": NOON,
    }
    return Letter(**{**values, **more})


def server(url: str) -> MailServer:
    found = MailServer.of(url, MAILBOX)
    assert found is not None
    return found


class TestServer:
    async def test_a_letter_arrives_as_it_was_written(self) -> None:
        async with post_office() as post:
            result = await server(f"smtp://127.0.0.1:{post.port}").deliver(
                letter(attachments=(("申请表-XK1.docx", b"PK\x03\x04.\r\n."),))
            )
            (mail,) = post.taken
            assert isinstance(result, Sent)
            assert result.channel == "mail"
            assert mail["Message-ID"] == f"<{result.message_id}@163.com>"
            assert (mail["From"], mail["To"], mail["Subject"]) == (MAILBOX, MAILBOX, "申请")
            assert mail["Auto-Submitted"] == "auto-generated"
            assert mail["Date"].datetime == NOON
            body = mail.get_body()
            assert body is not None
            assert body.get_content().splitlines() == ["正文", ".", "末行"]
            (attached,) = mail.iter_attachments()
            assert attached.get_filename() == "申请表-XK1.docx"
            assert attached.get_content() == b"PK\x03\x04.\r\n."

    async def test_the_same_letter_is_known_as_one(self) -> None:
        async with post_office() as post:
            for key in ("k1", "k1", "k2"):
                await server(f"smtp://127.0.0.1:{post.port}").deliver(letter(key=key))
            first, again, other = (mail["Message-ID"] for mail in post.taken)
            assert first == again != other

    @pytest.mark.parametrize(
        ("refuse", "result"),
        [
            ({"data": "451 later"}, Later),
            ({"data": "552 too large"}, Dead),
            ({MAILBOX: "450 greylisted"}, Later),
            ({MAILBOX: "550 no such user"}, Dead),
        ],
    )
    async def test_refusals(self, refuse: dict[str, str], result: type) -> None:
        async with post_office() as post:
            post.refuse = refuse
            found = await server(f"smtp://127.0.0.1:{post.port}").deliver(letter())
            assert isinstance(found, result)
            assert post.taken == []

    async def test_one_bad_address_does_not_keep_the_mail_from_the_others(self) -> None:
        async with post_office() as post:
            post.refuse = {"gone@example.org": "550 no such user"}
            result = await server(f"smtp://127.0.0.1:{post.port}").deliver(
                letter(to=("gone@example.org", "here@example.org"))
            )
            assert isinstance(result, Sent)
            assert post.taken[0]["X-To"] == "here@example.org"

    async def test_nobody_there(self) -> None:
        assert isinstance(await server("smtp://127.0.0.1:9").deliver(letter()), Later)

    async def test_cut_off_in_the_middle_is_uncertain(self) -> None:
        async with post_office() as post:
            post.answers = ["cut"]
            assert isinstance(await server(f"smtp://127.0.0.1:{post.port}").deliver(letter()), Uncertain)

    async def test_a_subject_cannot_bring_headers_along(self) -> None:
        async with post_office() as post:
            await server(f"smtp://127.0.0.1:{post.port}").deliver(letter(subject="a\r\nBcc: x@example.org"))
            assert post.taken[0]["Bcc"] is None
            assert post.taken[0]["X-To"] == MAILBOX

    @pytest.mark.parametrize("scheme", ["smtps", "smtp", "smtp+starttls"])
    async def test_tls_and_log_in(self, certificate: tuple[ssl.SSLContext, Path], scheme: str) -> None:
        context, ca = certificate
        starts = {"tls_context": context, "require_starttls": True}
        options = {
            "authenticator": authenticate,
            "auth_require_tls": False,
            **({} if scheme == "smtps" else starts),
        }
        async with post_office(context if scheme == "smtps" else None, **options) as post:
            place = f"{scheme}://bot%40example.org:p%40ss%2Fword%3A1@127.0.0.1:{post.port}"
            assert isinstance(await server(f"{place}?ca={ca}").deliver(letter()), Sent)
            assert post.sessions[0].authenticated
            assert post.taken[0]["From"] == "bot@example.org"
            wrong = place.replace("word", "wort")
            assert isinstance(await server(f"{wrong}?ca={ca}").deliver(letter()), Later)
            assert isinstance(await server(place).deliver(letter()), Later), (
                "a certificate that nobody vouches for"
            )
            assert len(post.taken) == 1

    def test_addresses(self) -> None:
        assert MailServer.of("", MAILBOX) is None
        found = server("smtp://u:p@mail.example.org?from=a@example.org")
        assert (found.host, found.port, found.tls, found.must_upgrade) == (
            "mail.example.org",
            25,
            False,
            True,
        )
        assert (found.user, found.password, found.sender) == ("u", "p", "a@example.org")
        assert server("smtps://mail.example.org").port == 465
        assert server("smtp+starttls://127.0.0.1").must_upgrade
        assert server("smtp://u:p@mail.example.org").sender == MAILBOX
        for url in ("http://example.org", "mail.example.org", "smtp://", "smtp://h:port"):
            with pytest.raises(MailSettingError) as caught:
                MailServer.of(url.replace("//", "//u:geheim@"), MAILBOX)
            assert "geheim" not in str(caught.value)


@dataclass
class Desk:
    """A database with a filed request whose form waits in the outbox."""

    database: Database
    vault: Vault
    folder: Path
    clock: ShiftedClock
    case: Case

    def worker(self, post: Post | None) -> Worker:
        """A process that just started."""
        url = f"smtp://127.0.0.1:{post.port}" if post else ""
        settings = Settings.model_validate({"data_dir": self.folder, "smtp_url": url})
        cases = CaseStore(self.database, self.vault)
        senders = mail_senders(settings, cases, Papers(self.folder, self.clock))
        store = OutboxStore(self.database, self.vault)
        return Worker(store, senders, self.clock, rng=random.Random(1))

    async def row(self) -> tuple[str, str, int]:
        async with self.database.read() as connection:
            wanted = text("SELECT state, reason, attempts FROM outbox WHERE kind = 'mail'")
            state, reason, attempts = (await connection.execute(wanted)).one()
            return str(state), str(reason), int(attempts)


def claimed(kind: str, payload: dict[str, Any], number: str = "") -> Claimed:
    return Claimed(
        id=1,
        key=f"k{payload}",
        kind=kind,
        number=number,
        user="",
        payload=payload,
        must=False,
        made=NOON,
        due=NOON,
        until=NOON,
        attempts=1,
        tried=frozenset(),
        lease="l",
    )


class Noon:
    """Stands still until it is moved."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture
async def desk(database: Database, vault: Vault, tmp_path: Path) -> Desk:
    message = OutMessage("{number}:form", "mail", NOON, {"what": "disclosure_form", "number": "{number}"})
    filing = Filing("d1", "disclosure", "openid", CITIZEN, NOON, messages=(message,))
    filed = await CaseStore(database, vault).submit(filing)
    return Desk(database, vault, tmp_path, ShiftedClock(Noon()), filed.case)


class TestOutbox:
    async def test_the_form_reaches_the_reception_mailbox(self, desk: Desk) -> None:
        async with post_office() as post:
            assert await desk.worker(post).run_once() == 1
            (mail,) = post.taken
            assert (mail["X-To"], mail["Subject"]) == (MAILBOX, f"政府信息公开申请 {desk.case.number}")
            (attached,) = mail.iter_attachments()
            assert attached.get_filename() == f"政府信息公开申请表-{desk.case.number}.docx"
            content = attached.get_content()
            assert Document(io.BytesIO(content)).tables
            box = boxes(content)
            assert (box["姓名"], box["证件号码"]) == ("马小明", ID_NUMBER)
            body = mail.get_body()
            assert body is not None
            for secret in (ID_NUMBER, PHONE, "马小明"):
                assert secret not in body.get_content() + mail["Subject"], "only the attachment is personal"
            assert (await desk.row())[0] == "sent"

    async def test_a_refusal_for_now_and_restarts_give_one_mail(self, desk: Desk) -> None:
        async with post_office() as post:
            post.refuse = {"data": "451 try again"}
            await desk.worker(post).run_once()
            state, reason, attempts = await desk.row()
            assert (state, attempts) == ("new", 1)
            assert "451" in reason
            post.refuse = {}
            await desk.worker(post).run_once()
            assert post.taken == [], "not before its time"
            for _ in range(3):
                desk.clock.move(timedelta(hours=2))
                await desk.worker(post).run_once()
            assert len(post.taken) == 1
            assert (await desk.row())[::2] == ("sent", 2)

    async def test_two_processes_at_once_send_one_mail(self, desk: Desk) -> None:
        async with post_office() as post:
            await asyncio.gather(*(desk.worker(post).run_once() for _ in range(3)))
            assert len(post.taken) == 1

    async def test_given_up_after_three_days_with_the_reason(self, desk: Desk) -> None:
        for _ in range(80):
            await desk.worker(None).run_once()
            if (await desk.row())[0] == "dead":
                break
            desk.clock.move(timedelta(hours=1))
        state, reason, _ = await desk.row()
        assert state == "dead"
        assert "SMTP_URL" in reason
        assert desk.clock.now() - NOON > timedelta(hours=69)

    async def test_a_clerks_broken_template_is_waited_for(self, desk: Desk) -> None:
        own = desk.folder / "templates" / "disclosure_request.docx"
        _write(own, b"broken")
        async with post_office() as post:
            await desk.worker(post).run_once()
            assert "disclosure_request.docx" in (await desk.row())[1]
            own.unlink()
            desk.clock.move(timedelta(hours=1))
            await desk.worker(post).run_once()
            assert len(post.taken) == 1

    async def test_nothing_personal_in_the_log(self, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with structlog.testing.capture_logs() as lines:
            async with post_office() as post:
                for refuse in ({"data": f"554 {ID_NUMBER} refused"}, {MAILBOX: f"450 {PHONE}"}):
                    post.refuse = refuse
                    message = claimed("mail", {}, desk.case.number)
                    result = await desk.worker(post).senders["mail"].send(message)
                    assert ID_NUMBER not in repr(result)
                    assert PHONE not in repr(result)
        ours = repr(lines) + "".join(r.getMessage() for r in caplog.records if r.name != "mail.log")
        for secret in (ID_NUMBER, PHONE, "马小明", MAILBOX):
            assert secret not in ours

    async def test_staff_mail_goes_to_those_who_have_the_role(self, desk: Desk) -> None:
        async def addresses(role: str, assignee: str) -> list[str]:
            return ["a@example.org", "a@example.org", "b@example.org"] if role == "lead" else []

        async with post_office() as post:
            settings = Settings.model_validate(
                {"data_dir": desk.folder, "smtp_url": f"smtp://127.0.0.1:{post.port}"}
            )
            cases = CaseStore(desk.database, desk.vault)
            senders = mail_senders(settings, cases, Papers(desk.folder, desk.clock), addresses)
            for role in ("lead", "nobody"):
                payload = {"role": role, "assignee": "3", "subject": "今天到期", "text": "XK1 今天到期"}
                message = claimed("staff_mail", payload)
                assert isinstance(await senders["staff_mail"].send(message), Sent)
            assert [mail["X-To"] for mail in post.taken] == ["a@example.org,b@example.org", MAILBOX]
            assert post.taken[0]["Subject"] == "今天到期"

    async def test_killed_in_the_middle_is_uncertain_and_not_sent_again(self, desk: Desk) -> None:
        async with post_office() as post:
            post.stall = 60
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", CHILD, env=os.environ | child_settings(desk, post)
            )
            await asyncio.wait_for(post.arriving.wait(), 60)
            child.send_signal(signal.SIGKILL)
            await child.wait()
            post.stall = 0
            desk.clock.move(timedelta(minutes=1))
            await desk.worker(post).run_once()
            assert (await desk.row())[0] == "sending", "its lease still runs"
            desk.clock.move(timedelta(minutes=2))
            await desk.worker(post).run_once()
            state, reason, attempts = await desk.row()
            assert (state, attempts) == ("uncertain", 1)
            assert "中断" in reason
            assert post.taken == []


CHILD = textwrap.dedent(
    """
    import asyncio, base64, os
    from pathlib import Path
    from bot.store.database import Database
    from bot.vault import Vault
    from tests.test_mail import Desk, Noon, Post
    from bot.clock import ShiftedClock

    CLOCK = ShiftedClock(Noon())

    async def main():
        vault = Vault([base64.b64decode(os.environ["T_KEY"])])
        desk = Desk(Database(os.environ["T_URL"]), vault, Path(os.environ["T_DIR"]), CLOCK, None)
        await desk.worker(Post(port=int(os.environ["T_PORT"]))).run_once()

    asyncio.run(main())
    """
)


@pytest.fixture
def vault() -> Vault:
    """As in fixtures_sql, with a key that another process can be given."""
    return Vault([KEY])


KEY = b"0123456789abcdef0123456789abcdef"


def child_settings(desk: Desk, post: Post) -> dict[str, str]:
    return {
        "T_KEY": base64.b64encode(KEY).decode(),
        "T_URL": desk.database.url,
        "T_DIR": str(desk.folder),
        "T_PORT": str(post.port),
    }


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_noon_is_local() -> None:
    assert NOON.tzinfo is SHANGHAI
