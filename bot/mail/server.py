"""One mail server, as `SMTP_URL` names it; every outcome is a value of the outbox, none carries an address.

    smtp+starttls://user:password@mail.example.org TLS by STARTTLS (587)
    smtps://user:password@mail.example.org         TLS from the start (465)
    smtp://127.0.0.1:1025                          a relay; TLS if it offers it, and always with a password

`?from=name@example.org` names the sender where the user is no address; `?ca=/path/ca.pem` a CA of one's own.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import structlog

from bot.outbox.results import Dead, Later, Result, Sent, Uncertain

PATIENCE = 20.0  # seconds for each answer of the server
IN_ALL = 80.0  # shorter than the outbox's lease: a mail that hangs must not look like a crash
DOCX = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

log = structlog.get_logger()


class MailSettingError(ValueError):
    """SMTP_URL is not understood. Never carries the password."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be. `key` makes it the same mail when it is sent again."""

    key: str
    to: tuple[str, ...]
    subject: str
    text: str
    at: datetime
    attachments: tuple[tuple[str, bytes], ...] = ()  # file name and .docx


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where to, and as whom."""

    host: str
    port: int
    tls: bool
    must_upgrade: bool
    user: str
    password: str
    sender: str
    ca: str = ""

    @classmethod
    def of(cls, url: str, sender: str) -> "MailServer | None":
        """The server of `SMTP_URL`; None where it is empty. `sender` is used where the URL names none.

        Raises:
            MailSettingError: it is no smtp:// or smtps:// address.
        """
        if not url:
            return None
        parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
        try:
            port = parts.port or PORTS[parts.scheme]
        except (KeyError, ValueError) as error:
            raise MailSettingError("SMTP_URL: smtp://…, smtp+starttls://… or smtps://…") from error
        if not parts.hostname:
            raise MailSettingError("SMTP_URL names no server")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        own = user if "@" in user else sender
        return cls(
            host=parts.hostname,
            port=port,
            tls=parts.scheme == "smtps",
            # A password never goes over the line in the clear, except to this very machine.
            must_upgrade=parts.scheme == "smtp+starttls" or (bool(password) and not here),
            user=user,
            password=password,
            sender=query.get("from", [own])[0],
            ca=query.get("ca", [""])[0],
        )

    async def deliver(self, letter: Letter) -> Result:
        """Hand the letter over, once."""
        if not letter.to:
            return Dead("没有收件人")
        handover = _Handover()
        try:
            async with asyncio.timeout(IN_ALL):
                await self._hand_over(letter, handover)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            log.info("mail_failed", error=type(error).__name__, code=getattr(error, "code", None))
            return _verdict(error, handover)
        return Sent("mail", _digest(letter.key))

    async def _hand_over(self, letter: Letter, handover: "_Handover") -> None:
        message = composed(letter, self.sender)
        async with self._client() as client:
            if self.user:
                await client.login(self.user, self.password)
            await client.mail(self.sender)
            await _address(client, letter.to)
            handover.begun = True
            await client.data(message.as_bytes())
            handover.done = True

    def _client(self) -> aiosmtplib.SMTP:
        context = ssl.create_default_context(cafile=self.ca or None)
        upgrade = True if self.must_upgrade else None
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            start_tls=False if self.tls else upgrade,
            tls_context=context,
            timeout=PATIENCE,
            local_hostname=self.sender.rpartition("@")[2] or "localhost",
        )


@dataclass(slots=True)
class _Handover:
    begun: bool = False  # the server may have the text
    done: bool = False  # the server has said that it has it


async def _address(client: aiosmtplib.SMTP, recipients: Sequence[str]) -> None:
    """Name the recipients; one that is refused does not keep the mail from the others."""
    refused: aiosmtplib.SMTPRecipientRefused | None = None
    taken = 0
    for recipient in recipients:
        try:
            await client.rcpt(recipient)
            taken += 1
        except aiosmtplib.SMTPRecipientRefused as error:
            log.warning("mail_recipient_refused", code=error.code)
            refused = error
    if refused and not taken:
        raise refused


def _verdict(error: Exception, handover: _Handover) -> Result:
    """What a failure means. Texts of servers may quote addresses, so only their code is kept."""
    code = getattr(error, "code", 0) or 0
    reason = f"邮件没有送出：{type(error).__name__} {code or ''}".rstrip()
    if handover.done:
        return Sent("mail")  # it only failed to say goodbye
    if handover.begun and not code:
        return Uncertain(f"连接中断，不知道邮件送到没有：{type(error).__name__}")
    refused = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    if refused and code >= 500:
        return Dead(reason)
    # Refused log-ins and senders too: an operator can put them right, and the mail goes out then.
    return Later(reason)


def composed(letter: Letter, sender: str) -> EmailMessage:
    """The mail; the same letter gives the same Message-ID and date, so that a second copy is known as one."""
    message = EmailMessage(policy=SMTP_LINES)
    message["From"], message["To"] = sender, ", ".join(letter.to)
    message["Subject"] = " ".join(letter.subject.split())  # a line break would begin another header
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = _message_id(letter.key, sender)
    message["Auto-Submitted"] = "auto-generated"  # keeps out-of-office replies away
    message.set_content(letter.text)
    for name, content in letter.attachments:
        message.add_attachment(content, maintype=DOCX[0], subtype=DOCX[1], filename=name)
    return message


def _message_id(key: str, sender: str) -> str:
    return f"<{_digest(key)}@{sender.rpartition('@')[2] or 'localhost'}>"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
