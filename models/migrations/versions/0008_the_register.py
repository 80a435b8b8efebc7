"""The register in and out: terms and money of contracts, who is who, imports, placements, payments, notices"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(16, 2)
SCHEMES = ("GB-COH", "GB-CHC", "GB-SC", "GB-NIC", "GB-PPON", "GB-OFSTED-URN")


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    _contract()
    _suppliers()
    _imports()


def _contract() -> None:
    with op.batch_alter_table("contract") as batch:
        for name in ("description", "buyer", "cpv", "value_words", "extension_words", "procedure", "url"):
            batch.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("ocid", sa.String(), nullable=True))
        for name in ("value", "value_max", "ceiling"):
            batch.add_column(sa.Column(name, MONEY, nullable=True))
        batch.add_column(sa.Column("vat_not_recoverable", sa.Numeric(14, 2), nullable=True))
        batch.add_column(sa.Column("value_per", sa.String(40), nullable=False, server_default="term"))
        batch.add_column(sa.Column("value_vat", sa.String(40), nullable=True))
        for name in ("review_date", "max_extent_date"):
            batch.add_column(sa.Column(name, sa.String(), nullable=True))
        batch.add_column(sa.Column("signed_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("invited", sa.Boolean(), nullable=True))
        for name, values in (
            ("value_per", ("term", "year", "month", "week")),
            ("value_vat", ("net", "gross")),
        ):
            batch.create_check_constraint(op.f(f"ck_contract_{name}"), sa.column(name).in_(values))
    op.create_index(op.f("ix_contract_ocid"), "contract", ["ocid"])
    with op.batch_alter_table("contractsupplier") as batch:
        for name in ("joined_on", "left_on"):
            batch.add_column(sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "lotsupplier", *_keys(contract_id="contract"), sa.Column("lot", sa.String(), nullable=False),
        *_keys(supplier_id="supplier"), *_foreign("lotsupplier", contract_id="contract", supplier_id="supplier"),
        sa.PrimaryKeyConstraint("contract_id", "lot", "supplier_id", name=op.f("pk_lotsupplier")),
    )  # fmt: skip
    op.create_table(
        "placement", *_keys(contract_id="contract"), sa.Column("source", sa.String(), nullable=False),
        sa.Column("off_framework", sa.Boolean(), nullable=True),
        sa.Column("weekly_fee", sa.Numeric(10, 2), nullable=True), sa.Column("notice_days", sa.Integer(), nullable=True),
        *_foreign("placement", contract_id="contract"),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_placement")),
    )  # fmt: skip
    op.create_table(
        "procurementnotice", *_keys("id"), sa.Column("contract_id", sa.Integer(), nullable=True), *_texts("code"),
        sa.Column("published_on", sa.Date(), nullable=False), *_texts("identifier", "url", "by"),
        *_foreign("procurementnotice", contract_id="contract"),
        sa.UniqueConstraint(
            "contract_id", "code", "published_on", name=op.f("uq_procurementnotice_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurementnotice")),
    )  # fmt: skip
    op.create_table(
        "payment", *_keys("id"), *_texts("key"), *_keys(supplier_id="supplier"),
        sa.Column("contract_id", sa.Integer(), nullable=True), sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        *_foreign("payment", supplier_id="supplier", contract_id="contract"),
        sa.UniqueConstraint("key", name=op.f("uq_payment_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )  # fmt: skip
    _indexes("payment", "supplier_id", "contract_id", "paid_on")


def _suppliers() -> None:
    op.create_table(
        "supplieridentifier", sa.Column("scheme", sa.String(40), nullable=False), *_texts("identifier"),
        *_keys(supplier_id="supplier"), *_foreign("supplieridentifier", supplier_id="supplier"),
        sa.CheckConstraint(sa.column("scheme").in_(SCHEMES), name=op.f("ck_supplieridentifier_scheme")),
        sa.PrimaryKeyConstraint("scheme", "identifier", name=op.f("pk_supplieridentifier")),
    )  # fmt: skip
    _indexes("supplieridentifier", "supplier_id")
    op.execute(
        "INSERT INTO supplieridentifier (scheme, identifier, supplier_id) SELECT 'GB-COH', company_number, min(id) "
        "FROM supplier WHERE company_number IS NOT NULL AND company_number <> '' GROUP BY company_number"
    )
    with op.batch_alter_table("supplier") as batch:
        batch.drop_column("company_number")
        batch.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_supplier_merged_into_id_supplier"), "supplier", ["merged_into_id"], ["id"]
        )
    _indexes("supplier", "merged_into_id")
    op.create_table(
        "suppliername", *_texts("name"), *_keys(supplier_id="supplier"),
        *_foreign("suppliername", supplier_id="supplier"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_suppliername")),
    )  # fmt: skip
    _indexes("suppliername", "supplier_id")
    op.create_table(
        "suppliermerge", *_keys("id", kept_id="supplier", merged_id="supplier"),
        sa.Column("moved", sa.JSON(), nullable=False), *_texts("by"), *_moments("at"),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        *_foreign("suppliermerge", kept_id="supplier", merged_id="supplier"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliermerge")),
    )  # fmt: skip
    _indexes("suppliermerge", "kept_id", "merged_id")


def _imports() -> None:
    op.create_table(
        "importrun", *_keys("id"), *_moments("at"), sa.Column("on", sa.Date(), nullable=False),
        *_texts("by", "file", "sha256", "kind", "mapping"), *_keys("rows", "added", "changed", "unchanged", "refused"),
        sa.Column("written", sa.Boolean(), nullable=False), *_texts("reject_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_importrun")),
    )  # fmt: skip
    op.create_table(
        "importchange", *_keys("id", run_id="importrun"), *_texts("key", "field", "old", "new"),
        *_foreign("importchange", run_id="importrun"), sa.PrimaryKeyConstraint("id", name=op.f("pk_importchange")),
    )  # fmt: skip
    _indexes("importchange", "run_id", "key")
    op.create_table(
        "likeness", *_keys("id"), sa.Column("what", sa.String(40), nullable=False), *_keys("one_id", "other_id"),
        *_texts("why"), sa.Column("score", sa.Float(), nullable=False), sa.Column("answer", sa.String(40), nullable=True),
        *_texts("by"), sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo", sa.JSON(), nullable=False),
        sa.CheckConstraint(sa.column("what").in_(["suppliers", "contracts"]), name=op.f("ck_likeness_what")),
        sa.CheckConstraint(sa.column("answer").in_(["same", "different"]), name=op.f("ck_likeness_answer")),
        sa.UniqueConstraint("what", "one_id", "other_id", name=op.f("uq_likeness_what")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
    )  # fmt: skip


def _keys(*names: str, **foreign: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in (*names, *foreign)]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]


def _foreign(table: str, **columns: str) -> Iterable[sa.ForeignKeyConstraint]:
    for column, to in columns.items():
        yield sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
