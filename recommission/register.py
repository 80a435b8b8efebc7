"""`recommission register`: contracts in and out."""

import typer

from recommission import (
    register_duplicates,
    register_export,
    register_import,
    register_notices,
    register_quality,
    register_runs,
    register_spend,
    register_supplier,
)

app = typer.Typer(
    help="The register: contracts, posts, suppliers and spend, in and out.", no_args_is_help=True
)
app.command("import")(register_import.import_)
app.command()(register_runs.runs)
app.command()(register_export.export)
app.add_typer(register_notices.app, name="notices")
app.command("import-spend")(register_spend.import_spend)
app.command()(register_quality.quality)
app.command()(register_duplicates.duplicates)
app.add_typer(register_supplier.app, name="supplier")


@app.callback()
def group() -> None:
    """The register: contracts, posts, suppliers and spend, in and out."""
