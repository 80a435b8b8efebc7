"""Options that several commands share."""

from datetime import datetime
from typing import Annotated

import typer

On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Act as on this day; today if left out.")
]
