"""The deployments as prefect.yaml, for a council that runs Prefect already: the same ones, from the same list."""

from typing import Any

import yaml

from flows.deployments import BY_NAME, deployments

HEAD = """\
# Written by `recommission prefect-yaml` from flows/deployments.py and the policy's schedules: change those.
# In a checkout on the worker's machine, with a work pool of type process: `prefect deploy --all`.
"""


def as_yaml() -> str:
    """The file, with the schedules of the policy in force. The work pool is named `recommission`."""
    made = {
        "name": "recommission",
        "pull": [{"prefect.deployments.steps.set_working_directory": {"directory": "{{ $PWD }}"}}],
        "deployments": [_entry(one) for one in deployments(scheduled=True)],
    }
    return HEAD + yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)


def _entry(made: Any) -> dict[str, Any]:
    body = BY_NAME[made.name].fn
    limit = made.concurrency_limit
    entry = {
        "name": made.name,
        "description": made.description,
        "entrypoint": f"{body.__module__.replace('.', '/')}.py:{body.__name__}",
        "tags": list(made.tags),
        "schedules": [
            {"cron": one.schedule.cron, "timezone": one.schedule.timezone} for one in made.schedules or []
        ],
        "concurrency_limit": limit
        and {"limit": limit, "collision_strategy": made.concurrency_options.collision_strategy.value},
        "work_pool": {"name": "recommission"},
    }
    return {key: value for key, value in entry.items() if value}
