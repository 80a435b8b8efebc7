"""Whatever JSON stands wherever in a file of OCDS: it is read or refused, in a bounded time, and never a crash."""

import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from register.ocds import open_ocds, sources
from register.ocds.picking import LOCAL
from register.rows import FileRefused, Refused, Row
from tests.register.notices import OCID, notice, package, written

PERIOD = {
    "startDate": "2024-06-01T00:00:00Z",
    "endDate": "2027-05-31T23:59:59Z",
    "maxExtentDate": "2028-05-31T23:59:59Z",
}
FULL: dict[str, Any] = notice(
    contracts=[
        {
            "id": "c", "awardID": f"{OCID}-1", "status": "active", "period": PERIOD, "value": {"amount": 1, "amountGross": 2},
            "dateSigned": "2024-05-20T00:00:00Z", "amendments": [{"id": "1", "date": "2025-01-01", "rationale": "why"}],
            "documents": [{"id": "1", "documentType": "contractNotice", "url": "https://portal.example"}],
            "relatedProcesses": [{"id": "1", "relationship": ["renewalProcess"], "identifier": "x"}],
        }
    ],
    tender={
        "lots": [{"id": "1", "title": "A", "renewal": {"description": "1 + 1 years"}, "contractPeriod": {"durationInDays": 720}}],
        "techniques": {"hasFrameworkAgreement": True}, "tenderPeriod": PERIOD, "legalBasis": {"id": "2023/54"},
        "value": {"amount": 10, "currency": "GBP"}, "minValue": {"amount": 5}, "specialRegime": ["lightTouch"],
        "items": [{"id": "1", "classification": {"scheme": "CPV", "id": "85000000"}}], "contractPeriod": PERIOD,
    },
    relatedProcesses=[{"id": "1", "relationship": ["framework"], "scheme": "ocid", "identifier": "ocds-b5fd17-0002"}],
    **{  # type: ignore[arg-type] # a part, not the ocid
        LOCAL: {
            "contracts": [
                {"id": "c", "reference": "R", "start": ["2024-06-01", None, "by", "x", "June"], "lots": "A;B", "value": "5",
                 "suppliers": [{"name": "S", "identifiers": [{"scheme": "GB-COH", "id": "01234567"}], "sme": True}],
                 "options_taken_up": "1=2024-01-01", "supplier_periods": "S=2024-01-01/", "in_force": "yes"}
            ]
        }
    },
)  # fmt: skip

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8)
    | st.sampled_from(["\ud800", "a\0b", "9999-12-31T23:59:59Z", "=1+1", "GB-COH", 10**30, -1, 1e308, "active", "x" * 100_001]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "a"]), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [place for key, one in pairs for place in places(one, (*path, key))]


PLACES = places(FULL)


def with_values(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    """The full release with other values in these places; a place that an earlier change took away stays away."""
    made = deepcopy(FULL)
    for path, value in changes:
        here: Any = made
        with suppress(LookupError, TypeError):
            for key in path[:-1]:
                here = here[key]
            here[path[-1]] = value
    return made


def is_settled(path: Path) -> None:
    """Read twice, and every row can be written: its cells and texts are whole."""
    try:
        reading = open_ocds(path)
        found = list(reading.rows())
    except FileRefused:
        return
    assert found == list(reading.rows())
    for one in found:
        assert len(one.cells) == len(reading.header)
        "".join(one.cells).encode()
        if isinstance(one, Row):
            assert one.values["reference"] and one.values["title"] and one.values["regime"]
            assert not any("\0" in value for value in one.values.values() if isinstance(value, str))
        else:
            assert one.refusal.reason


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANY), min_size=1, max_size=3), st.booleans())
def test_any_value_in_any_place_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]], merged: bool
) -> None:
    made = with_values(changes)
    releases = [FULL | {"date": "2024-01-01T00:00:00Z"}, made] if merged else [made]
    is_settled(written(tmp_path, package(releases)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | ANY.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.json"
    for text in (raw, json.dumps(FULL).encode() + b"\n" + raw + b"\n{}\n", b'{"releases": [' + raw + b"]}"):
        path.write_bytes(text)
        is_settled(path)


@pytest.mark.parametrize("depth", [900, 100_000])
@pytest.mark.parametrize("form", ['{{"ocid":"a","tender":{0}}}', '{{"releases":[{{"ocid":"a","tender":{0}}}]}}', '{{"ocid":"a","id":"1"}}\n{{"ocid":"a","tender":{0}}}\n'])  # fmt: skip
def test_what_is_nested_deeply_is_refused(tmp_path: Path, form: str, depth: int) -> None:
    path = tmp_path / "x.json"
    path.write_text(form.format('{"a":' * depth + "1" + "}" * depth))
    is_settled(path)


def test_a_release_or_line_that_is_too_long_is_refused_and_never_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LONGEST", 200_000)
    long = notice("ocds-b5fd17-0002", tender={"description": "x" * 300_000})
    found = list(open_ocds(written(tmp_path, notice(), long, notice("ocds-b5fd17-0003"))).rows())
    assert [type(one) for one in found] == [Refused, Row, Row]
    with pytest.raises(FileRefused, match="taken for a fault"):
        list(open_ocds(written(tmp_path, package([notice(), long]))).rows())
