"""Reconcile over many suspended cycles, against reading the same runs through Prefect's client, in one run.

Wall seconds, since most of it is Prefect's server; five thousand cycles are to be reconciled within sixty. The
runs are put into Prefect in bulk, waiting with a form, as the engine leaves them.
"""

import os
import sys
from datetime import date
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from config.settings import Settings
from lifecycle.stages import Kind, Stage
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle
from models.people import Person
from models.session import migrate, unit_of_work
from recommission.prefect_server import PrefectServer, free_port

CYCLES = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
TODAY = date(2022, 4, 25)


def fill(url: str) -> None:
    """So many contracts in review, whose stage was opened."""
    migrate(url)
    with unit_of_work(url) as session:
        owner = Person(title="Commissioning Manager")
        session.add(owner)
        session.flush()
        rows = [
            {"reference": f"C{number}", "title": "A service", "kind": Kind.CONTRACT, "department": "Children",
             "owner_id": identity(owner), "registered_on": TODAY, "in_force": True, "regime": "PCR 2015 light touch",
             "source": "", "note": ""}
            for number in range(CYCLES)
        ]  # fmt: skip
        session.execute(sa.insert(Contract), rows)
        contracts = session.scalars(sa.select(col(Contract.id))).all()
        session.execute(
            sa.insert(Cycle),
            [
                {"contract_id": key, "stage": Stage.REVIEW, "stage_since": TODAY, "visit": 1, "opened": 1}
                for key in contracts
            ],
        )


def park(client: Any, now: Any) -> None:
    """A suspended run for each, a hundred a request."""
    from prefect.input.run_input import keyset_from_paused_state
    from prefect.states import Suspended

    from flows.deployments import deployments
    from flows.runs import tags
    from flows.showing import waiting_name
    from models.opening import standings
    from models.session import reading

    [made] = [one.apply() for one in deployments(scheduled=False) if one.name == "review"]
    for one in deployments(scheduled=False):
        one.apply()
    state: Any = Suspended(pause_key="gate-1")
    state.state_details.run_input_keyset = {
        str(kind): key for kind, key in keyset_from_paused_state(state).items()
    }
    told = {
        "type": "PAUSED",
        "name": "Suspended",
        "state_details": state.state_details.model_dump(mode="json"),
    }
    with reading(now.database) as session:
        record = standings(session, now.rules, now.on)
    for first in range(0, len(record), 100):
        runs = [
            {"parameters": {"reference": one.visit.reference, "visit": 1, "on": None}, "tags": tags(one),
             "name": waiting_name(one.visit, one.awaits), "state": told}
            for one in record[first : first + 100]
        ]  # fmt: skip
        while runs:  # Prefect's SQLite refuses some now and then: "database is locked"
            answer = client.request(
                "POST", "/deployments/{id}/create_flow_run/bulk", path_params={"id": made}, json=runs
            ).json()
            runs = [
                run for run, one in zip(runs, answer["results"], strict=True) if one["status"] == "FAILED"
            ]


def main() -> None:
    """Fill, park, measure three times each, in turn."""
    with TemporaryDirectory() as folder:
        os.environ |= {
            "RECOMMISSION_HOME": folder,
            "RECOMMISSION_DATABASE_URL": "",
            "RECOMMISSION_PREFECT_PORT": str(free_port(0)),
        }
        fill(Settings().database)
        with PrefectServer(Settings()) as server:
            server.wait()
            from prefect.client.orchestration import get_client

            from flows.belonging import belong
            from flows.context import context
            from flows.reconcile import agree
            from flows.runs import stage_runs

            now = context(TODAY)
            with get_client(sync_client=True) as client:
                belong(client, now.database, claim=True)
                park(client, now)
                figures: dict[str, list[float]] = {"reconcile": [], "reading the runs": []}
                for _ in range(3):
                    began = perf_counter()
                    done = agree(client, now)
                    figures["reconcile"].append(perf_counter() - began)
                    assert not done, done
                    began = perf_counter()
                    assert sum(1 for _ in stage_runs(client)) == CYCLES
                    figures["reading the runs"].append(perf_counter() - began)
    ours, bare = (sorted(times)[1] for times in figures.values())
    print(
        f"reconcile, {CYCLES:,} suspended cycles: {ours:.1f} s, {ours / bare:.2f} times reading the runs ({bare:.1f} s)"
    )


if __name__ == "__main__":
    main()
