"""How runs are named in the Prefect UI."""

from prefect.runtime import flow_run

from flows.context import context
from flows.showing import run_title
from models.session import reading
from models.sheets import NoContract, sheet


def run_name() -> str:
    """`NAPL · procurement · awaiting Board 12 June 2023`, from the record as it stands when the run starts."""
    parameters = flow_run.parameters
    now = context(parameters.get("on"))
    plain = f"{parameters['reference']} · {flow_run.flow_name}"
    with reading(now.database) as session:
        try:
            made = sheet(session, parameters["reference"], now.rules, now.on)
        except NoContract:
            return plain
    return run_title(made) if made.stage == flow_run.flow_name else plain
