"""agenda, preferences, holiday notices; what the outbox worker keeps"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("message_id", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("day", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_outbox_message_id"), ["message_id"], unique=False)

    op.create_table(
        "agenda",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name=op.f("fk_agenda_number")),
        sa.PrimaryKeyConstraint("number", "notice", "version", name=op.f("pk_agenda")),
    )
    with op.batch_alter_table("agenda", schema=None) as batch_op:
        batch_op.create_index("ix_agenda_moment", ["moment"], unique=False)

    op.create_table(
        "notice_preferences",
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user", name=op.f("pk_notice_preferences")),
    )
    op.create_table(
        "calendar_years",
        sa.Column("revision", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_calendar_years")),
    )


def downgrade() -> None:
    op.drop_table("calendar_years")
    op.drop_table("notice_preferences")
    with op.batch_alter_table("agenda", schema=None) as batch_op:
        batch_op.drop_index("ix_agenda_moment")
    op.drop_table("agenda")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_id"))
        batch_op.drop_column("day")
        batch_op.drop_column("message_id")
        batch_op.drop_column("tried")
