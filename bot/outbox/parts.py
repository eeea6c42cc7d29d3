"""The outbox of one process, put together."""

from dataclasses import dataclass

from redis.asyncio import Redis

from bot.case_parts import CaseParts
from bot.mail import Addresses, mail_senders
from bot.outbox.agenda import AgendaJob
from bot.outbox.callbacks import Callbacks
from bot.outbox.channels import channels
from bot.outbox.contact import NextContact
from bot.outbox.measures import Depth, Measures
from bot.outbox.notices import NoticeSender
from bot.outbox.recompute import Recompute
from bot.outbox.results import Sender
from bot.outbox.store import OutboxStore
from bot.outbox.undelivered import Undelivered
from bot.outbox.windows import Windows
from bot.outbox.worker import Worker
from bot.papers import Papers
from bot.store.audit import AuditStore
from bot.store.staff import StaffStore
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings
from handlers.message import Message
from handlers.turn import Turn


@dataclass(frozen=True)
class OutboxParts:
    """One of each. `senders` may be added to before the jobs start (mass messages, by kind)."""

    store: OutboxStore
    windows: Windows
    worker: Worker
    agenda: AgendaJob
    recompute: Recompute
    contact: NextContact
    callbacks: Callbacks
    undelivered: Undelivered
    depth: Depth

    @classmethod
    def open(
        cls, settings: Settings, parts: CaseParts, redis: Redis, vault: Vault, wechat: WeChatApi
    ) -> "OutboxParts":
        """Nothing is read or written yet."""
        clock, measures = parts.service.clock, Measures()
        store, windows = OutboxStore(parts.cases.database, vault, measures), Windows(redis, vault)
        open_channels = channels(settings, wechat, windows, clock)
        senders: dict[str, Sender] = {"notice": NoticeSender(open_channels, clock)}
        papers = Papers(settings.data_dir, clock)
        database = parts.cases.database
        staff = StaffStore(database, vault, clock, AuditStore(database, vault, clock))
        senders |= mail_senders(settings, parts.cases, papers, _addresses(settings, staff))
        return cls(
            store=store,
            windows=windows,
            worker=Worker(store, senders, clock),
            agenda=AgendaJob(parts.cases, parts.service, parts.preferences),
            recompute=Recompute(parts.cases, parts.service, parts.calendars),
            contact=NextContact(store, windows, clock),
            callbacks=Callbacks(store, clock),
            undelivered=Undelivered(store, parts.cases),
            depth=Depth(parts.cases.database, measures, clock),
        )

    async def perform(self, message: Message, turn: Turn) -> Turn:
        """What the outbox has to do with a turn: hear callbacks, let what waits lead the reply."""
        for event in turn.events:
            await self.callbacks.heard(message, event)
        return await self.contact.perform(message, turn)


def _addresses(settings: Settings, staff: StaffStore) -> Addresses:
    async def addresses(role: str, assignee: str) -> tuple[str, ...]:
        """Those of the accounts; else the head's mailbox if one is set; all else goes to the reception's."""
        if found := await staff.addresses(role, assignee):
            return found
        return (settings.head_mailbox,) if role == "head" and settings.head_mailbox else ()

    return addresses
