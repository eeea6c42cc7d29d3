"""evidence: place and case; papers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    # Nothing could store evidence before this revision: the table is empty.
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slot", sa.Integer(), nullable=False))
        batch_op.add_column(sa.Column("number", sa.String(length=16), nullable=False))
        batch_op.create_index(batch_op.f("ix_evidence_number"), ["number"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_evidence_draft_slot"), ["draft", "slot"])

    op.create_table(
        "papers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("paper", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["cases.number"], name=op.f("fk_papers_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
    )
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_papers_number"), ["number"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_papers_number"))

    op.drop_table("papers")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_evidence_draft_slot"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_evidence_number"))
        batch_op.drop_column("number")
        batch_op.drop_column("slot")
