"""The current state of a contracting process, from its releases, by the standard's own rules."""

import warnings
from collections.abc import Sequence
from typing import Any

from ocdsmerge.exceptions import OCDSMergeError
from ocdsmerge.merge import CompiledRelease

RULES: dict[tuple[str, ...], str] = {
    ("id",): "omitWhenMerged",
    ("date",): "omitWhenMerged",
    ("tag",): "omitWhenMerged",
    **{
        (*path.split("/"),): "wholeListMerge"
        for path in (
            "parties/additionalIdentifiers", "parties/roles", "buyer/additionalIdentifiers",
            "tender/procuringEntity/additionalIdentifiers", "tender/items/additionalClassifications",
            "tender/additionalProcurementCategories", "tender/submissionMethod",
            "tender/tenderers/additionalIdentifiers", "tender/amendments/changes", "tender/amendment/changes",
            "awards/suppliers/additionalIdentifiers", "awards/items/additionalClassifications",
            "awards/amendments/changes", "awards/amendment/changes",
            "contracts/items/additionalClassifications",
            "contracts/implementation/transactions/payer/additionalIdentifiers",
            "contracts/implementation/transactions/payee/additionalIdentifiers",
            "contracts/relatedProcesses/relationship", "contracts/amendments/changes",
            "contracts/amendment/changes", "relatedProcesses/relationship",
        )
    },
}  # fmt: skip
"""Which fields are not merged by identifier: what `ocdsmerge.rules.get_merge_rules` reads from the release schema
1.1.5 of the standard, held here because `ocdsmerge` would fetch that schema from the network. A test compares them.
Source: OCDS 1.1, Merging (standard.open-contracting.org/1.1/en/schema/merging)."""


class CannotMerge(ValueError):
    """The releases contradict one another in their form; says how."""


def current(releases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The state after these releases, given from oldest to newest. Raises CannotMerge.

    One release alone is the state itself.
    """
    if len(releases) == 1:
        return releases[0]
    state = CompiledRelease(merge_rules=RULES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two objects with one id in a list the later one counts
            for release in releases:
                state.append(release)
            return dict(state.asdict())
    except (OCDSMergeError, TypeError, AttributeError, KeyError, ValueError) as error:
        raise CannotMerge(f"its releases cannot be merged: {str(error)[:200]}") from error
