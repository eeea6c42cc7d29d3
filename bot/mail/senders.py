"""The outbox's senders for mail: a filed request with its form, and notices to the staff."""

from collections.abc import Awaitable, Callable, Sequence

from bot.clock import SHANGHAI
from bot.mail.server import Letter, MailServer
from bot.outbox.results import Claimed, Dead, Later, Result, Sender
from bot.papers import PaperError, Papers
from bot.papers.words import in_chinese
from config.settings import Settings
from config.texts import say
from handlers.ports import Cases

NO_SERVER = "没有设置邮件服务器（SMTP_URL）"

# Role and account id → the mail addresses of those people; nobody's: the reception mailbox gets it.
Addresses = Callable[[str, str], Awaitable[Sequence[str]]]


class FormSender:
    """Implements `Sender` for `mail`: the form of a disclosure request to the reception mailbox.

    The guide (二(二)2(3)) recognises a form that is mailed there. What is attached is made from the case as
    it was filed, at the moment of sending: the outbox holds nothing personal.
    """

    def __init__(self, server: MailServer | None, mailbox: str, cases: Cases, papers: Papers) -> None:
        self._server, self._mailbox = server, mailbox
        self._cases, self._papers = cases, papers

    async def send(self, message: Claimed) -> Result:
        """Fill the form and hand it over, once."""
        if self._server is None:
            return Later(NO_SERVER)
        case = await self._cases.find(message.number or str(message.payload.get("number", "")))
        if case is None or case.erased:
            return Dead("没有这个编号，或者个人信息已经删除")
        paper = self._papers.form(case)
        try:
            content = await self._papers.fill(paper.id, case)
        except PaperError as error:
            return Later(str(error))  # a clerk's own template is broken: it can be put right
        filed = in_chinese(case.submitted.astimezone(SHANGHAI)) if case.submitted else ""
        names = {"number": case.number, "title": paper.title, "filed": filed}
        letter = Letter(
            key=message.key,
            to=(self._mailbox,),
            subject=say("mail.form_subject", **names),
            text=say("mail.form", **names),
            at=message.due.astimezone(SHANGHAI),
            attachments=((self._papers.file_name(paper.id, case), content),),
        )
        return await self._server.deliver(letter)


class StaffSender:
    """Implements `Sender` for `staff_mail`: number, dates and what to do, nothing personal."""

    def __init__(self, server: MailServer | None, mailbox: str, addresses: Addresses) -> None:
        self._server, self._mailbox, self._addresses = server, mailbox, addresses

    async def send(self, message: Claimed) -> Result:
        """Hand it over, once, to all who have the role."""
        if self._server is None:
            return Later(NO_SERVER)
        payload = message.payload
        to = await self._addresses(str(payload.get("role", "")), str(payload.get("assignee", "")))
        letter = Letter(
            key=message.key,
            to=tuple(dict.fromkeys(to)) or (self._mailbox,),
            subject=str(payload.get("subject", "")),
            text=message.text,
            at=message.due.astimezone(SHANGHAI),
        )
        return await self._server.deliver(letter)


async def nobody(role: str, assignee: str) -> Sequence[str]:
    """No addresses are known: everything goes to the reception mailbox."""
    return ()


def mail_senders(
    settings: Settings, cases: Cases, papers: Papers, addresses: Addresses = nobody
) -> dict[str, Sender]:
    """The senders for the worker, by kind.

    Raises:
        MailSettingError: SMTP_URL is not understood.
    """
    mailbox = settings.reception_mailbox
    server = MailServer.of(settings.smtp_url.get_secret_value(), mailbox)
    return {
        "mail": FormSender(server, mailbox, cases, papers),
        "staff_mail": StaffSender(server, mailbox, addresses),
    }
