"""Alembic's entry: runs on the connection that `Database.migrate` hands over."""

from typing import Any, Literal

from alembic import context

from bot.store.schema import metadata
from bot.store.types import Moment


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration must keep its meaning when the code moves on: it names SQLAlchemy's types only.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
