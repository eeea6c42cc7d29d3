"""What handlers need of cases, put together: record, service, calendar, evidence."""

from dataclasses import dataclass

from bot.evidence import EvidenceStore, Fetch
from bot.pages.tokens import CalendarLinks
from bot.sandbox_settings import own_address
from bot.store.calendars import CalendarStore
from bot.store.cases import CaseStore
from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.vault import Vault
from bot.wechat_api import WeChatApi
from config.settings import Settings
from handlers.cases.service import CaseService
from handlers.ports import Clock


@dataclass(frozen=True)
class CaseParts:
    """One of each, shared by the handlers, the console and the workers of a process."""

    cases: CaseStore
    calendars: CalendarStore
    preferences: PreferenceStore
    service: CaseService
    evidence: EvidenceStore
    links: CalendarLinks

    @classmethod
    def open(
        cls, settings: Settings, database: Database, vault: Vault, wechat: WeChatApi, clock: Clock
    ) -> "CaseParts":
        """Nothing is read or written yet."""
        cases, preferences = CaseStore(database, vault), PreferenceStore(database, vault)
        calendars = CalendarStore(database, settings, clock)
        links = CalendarLinks(vault, clock, public_address(settings))
        fetch = Fetch(wechat.media, settings.wechat_api_base)
        return cls(
            cases=cases,
            calendars=calendars,
            preferences=preferences,
            service=CaseService(cases, calendars, preferences, links, clock),
            evidence=EvidenceStore(database, vault, fetch, settings.data_dir, clock),
            links=links,
        )


def public_address(settings: Settings) -> str:
    """Where people reach our pages; the sandbox's people sit at this very machine."""
    return settings.public_base_url or (own_address(settings) if settings.sandbox else "")
