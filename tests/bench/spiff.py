"""SpiffWorkflow as a store of waiting gates: one workflow a contract, kept as JSON in SQLite between gates."""

import sqlite3
from itertools import pairwise
from pathlib import Path

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

GATES = 5
XML = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def definition(timers: int) -> bytes:
    """A round of gates one after the other, beside so many timers that are far from due."""
    ways: list[list[str]] = [[f"gate{at}" for at in range(GATES)], *([f"timer{at}"] for at in range(timers))]
    nodes: list[str] = []
    flows: list[tuple[str, str]] = []
    for way in ways:
        for name in way:
            nodes.append(
                f'<userTask id="{name}" name="{name}"/>'
                if name.startswith("gate")
                else f'<intermediateCatchEvent id="{name}"><timerEventDefinition id="d{name}">'
                '<timeDate>"2099-01-01T00:00:00+00:00"</timeDate></timerEventDefinition></intermediateCatchEvent>'
            )
        path = ["fork", *way, "join"]
        flows += pairwise(path)
    flows += [("start", "fork"), ("join", "end")]
    arrows = "".join(
        f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in flows
    )
    return (
        f'<definitions xmlns="{XML}" targetNamespace="cycle"><process id="cycle" isExecutable="true">'
        '<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>'
        f"{''.join(nodes)}{arrows}</process></definitions>"
    ).encode()


class Spiff:
    """So many stored workflows with so many timers each."""

    def __init__(self, path: Path, timers: int, count: int) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(definition(timers))
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        workflow = BpmnWorkflow(parser.get_spec("cycle"))
        workflow.do_engine_steps()
        state = self._serializer.serialize_json(workflow)
        size = len(state) / 1000
        self.name = f"SpiffWorkflow, {timers} timer{'s'[: timers - 1]} ({size:.0f} kB)"
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE workflow (id INTEGER PRIMARY KEY, version INTEGER, state TEXT)"
        )
        self._connection.executemany(
            "INSERT INTO workflow VALUES (?, 1, ?)", ((key, state) for key in range(count))
        )
        self._next = 0

    def transitions(self, count: int) -> None:
        """Pass the gate of the next `count` contracts, each in a commit of its own."""
        for key in range(self._next, self._next + count):
            self._pass(key)
        self._next += count

    def _pass(self, key: int) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        version, state = self._connection.execute(
            "SELECT version, state FROM workflow WHERE id = ?", (key,)
        ).fetchone()
        workflow = self._serializer.deserialize_json(state)
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.set_data(verdict="approve", minute="2022-06/1")
        task.run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()
        done = self._connection.execute(
            "UPDATE workflow SET version = version + 1, state = ? WHERE id = ? AND version = ?",
            (self._serializer.serialize_json(workflow), key, version),
        )
        assert done.rowcount == 1
        self._connection.execute("COMMIT")
