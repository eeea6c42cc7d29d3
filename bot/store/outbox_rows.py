"""Puts messages into the outbox, in the transaction of the event that causes them."""

import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import outbox
from bot.vault import Vault
from handlers.ports import OutMessage

GIVE_UP = timedelta(hours=72)


async def insert_messages(
    connection: AsyncConnection, vault: Vault, messages: Sequence[OutMessage], number: str = ""
) -> None:
    """Queue `messages`; one whose key is there already is left as it is, so nothing is ever said twice.

    `number` fills in the case number where a message was made before it was known ("{number}" in its key
    and payload).
    """
    for message in messages:
        values = _values(vault, message, number)
        insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(outbox)
        await connection.execute(insert.values(values).on_conflict_do_nothing(index_elements=["key"]))


async def insert_contact(connection: AsyncConnection, vault: Vault, message: OutMessage) -> None:
    """Keep `message` for the next time the person writes."""
    values = _values(vault, message, "") | {"state": "contact", "channel": "contact"}
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(outbox)
    await connection.execute(insert.values(values).on_conflict_do_nothing(index_elements=["key"]))


def _values(vault: Vault, message: OutMessage, number: str) -> dict[str, object]:
    key = message.key.replace("{number}", number)
    content = json.dumps({"user": message.user, "payload": message.payload}).replace("{number}", number)
    return {
        "key": key,
        "kind": message.kind,
        "number": message.number or number,
        "user": vault.index(message.user, "filer") if message.user else "",
        "blob": vault.encrypt(content.encode(), key.encode()),
        "state": "dead" if message.dropped else "new",
        "must": message.must,
        "due": message.due,
        "until": message.due + GIVE_UP,
        "attempts": 0,
        "lease": "",
        "channel": "",
        "reason": message.dropped,
        "day": message.day or message.due + GIVE_UP,
        "made": message.due,
    }
