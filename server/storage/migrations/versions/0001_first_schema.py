"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activation_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_activation_code")),
    )
    op.create_table(
        "issued_certificate",
        sa.Column("rid", sa.LargeBinary(length=8), nullable=False),
        sa.Column("kid", sa.Integer(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("certificate_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_issued_certificate")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("sentence", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_received"), "quarantine", ["received"], unique=False)

    op.create_table(
        "region",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.String(length=32), nullable=True),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["region.id"], name=op.f("fk_region_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
    )
    op.create_index(op.f("ix_region_parent_id"), "region", ["parent_id"], unique=False)

    op.create_table(
        "visit_key",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_visit_key")),
    )
    op.create_table(
        "station",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("in_service_from", sa.BigInteger(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("link", sa.String(length=32), nullable=False),
        sa.Column("link_session", sa.String(), nullable=True),
        sa.Column("link_at", sa.BigInteger(), nullable=True),
        sa.Column("last_seen", sa.BigInteger(), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_station_region_id")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_station")),
        sa.UniqueConstraint("id", name=op.f("uq_station_id")),
    )
    op.create_index(op.f("ix_station_region_id"), "station", ["region_id"], unique=False)

    op.create_table(
        "account",
        sa.Column("login", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("station_no", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["station_no"], ["station.no"], name=op.f("fk_account_station_no")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_account")),
    )
    op.create_table(
        "coverage_hour",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("good", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_coverage_hour_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "hour", "device", name=op.f("pk_coverage_hour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("ranges", sa.Text(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_delivery_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "epoch", name=op.f("pk_delivery")),
    )
    op.create_table(
        "device",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("units", sa.SmallInteger(), nullable=False),
        sa.Column("condition", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("condition_at", sa.BigInteger(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["station_no"], ["station.no"], name=op.f("fk_device_station_no")),
        sa.PrimaryKeyConstraint("station_no", "device", name=op.f("pk_device")),
    )
    op.create_table(
        "evidence",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.LargeBinary(length=180), nullable=True),
        sa.Column("once", sa.LargeBinary(length=16), nullable=True),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_evidence_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "epoch", "seq", name=op.f("pk_evidence")),
        sa.UniqueConstraint("once", name=op.f("uq_evidence_once")),
    )
    op.create_index(op.f("ix_evidence_verdict"), "evidence", ["verdict"], unique=False)

    op.create_table(
        "fact",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=True),
        sa.Column("unit", sa.SmallInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("extra", sa.BigInteger(), nullable=True),
        sa.Column("tag", sa.String(length=64), nullable=True),
        sa.Column("word", sa.String(length=16), nullable=True),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["station_no"], ["station.no"], name=op.f("fk_fact_station_no")),
        sa.PrimaryKeyConstraint("station_no", "epoch", "seq", name=op.f("pk_fact")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fact_station_at", "fact", ["station_no", "at"], unique=False)

    op.create_table(
        "gap",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("lo", sa.BigInteger(), nullable=False),
        sa.Column("hi", sa.BigInteger(), nullable=False),
        sa.Column("noticed", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["station_no"], ["station.no"], name=op.f("fk_gap_station_no")),
        sa.PrimaryKeyConstraint("station_no", "epoch", "lo", name=op.f("pk_gap")),
    )
    op.create_table(
        "rollup_hour",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_rollup_hour_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "hour", "measure", name=op.f("pk_rollup_hour")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rollup_hour_hour", "rollup_hour", ["hour"], unique=False)

    op.create_table(
        "sample_hour",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.SmallInteger(), nullable=False),
        sa.Column("cap", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_sample_hour_station_no")
        ),
        sa.PrimaryKeyConstraint(
            "station_no", "device", "unit", "cap", "hour", name=op.f("pk_sample_hour")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sample_raw",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.SmallInteger(), nullable=False),
        sa.Column("cap", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_sample_raw_station_no")
        ),
        sa.PrimaryKeyConstraint(
            "station_no", "device", "unit", "cap", "at", name=op.f("pk_sample_raw")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sample_raw_at", "sample_raw", ["at"], unique=False)

    op.create_table(
        "unit_state",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.SmallInteger(), nullable=False),
        sa.Column("cap", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_unit_state_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "device", "unit", "cap", name=op.f("pk_unit_state")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visit_person",
        sa.Column("station_no", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pid", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_no"], ["station.no"], name=op.f("fk_visit_person_station_no")
        ),
        sa.PrimaryKeyConstraint("station_no", "day", "pid", name=op.f("pk_visit_person")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_visit_person_day", "visit_person", ["day"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_visit_person_day", table_name="visit_person")

    op.drop_table("visit_person")
    op.drop_table("unit_state")
    op.drop_index("ix_sample_raw_at", table_name="sample_raw")

    op.drop_table("sample_raw")
    op.drop_table("sample_hour")
    op.drop_index("ix_rollup_hour_hour", table_name="rollup_hour")

    op.drop_table("rollup_hour")
    op.drop_table("gap")
    op.drop_index("ix_fact_station_at", table_name="fact")

    op.drop_table("fact")
    op.drop_index(op.f("ix_evidence_verdict"), table_name="evidence")

    op.drop_table("evidence")
    op.drop_table("device")
    op.drop_table("delivery")
    op.drop_table("coverage_hour")
    op.drop_table("account")
    op.drop_index(op.f("ix_station_region_id"), table_name="station")

    op.drop_table("station")
    op.drop_table("visit_key")
    op.drop_index(op.f("ix_region_parent_id"), table_name="region")

    op.drop_table("region")
    op.drop_index(op.f("ix_quarantine_received"), table_name="quarantine")

    op.drop_table("quarantine")
    op.drop_table("issued_certificate")
    op.drop_table("activation_code")
