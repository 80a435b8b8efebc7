"""The standard's schemas and its own checker, offline: from the source package of a library of its makers on PyPI.

No installed package carries the schemas; `make` fetches the source package of `ocdsextensionregistry` into `.venv/ocds`,
whose tests have them. Extensions cannot be had there: what is checked is taken without them, so that their fields are
"additional", which is no error. The record package around the release schema is written down here, from
standard.open-contracting.org/1.1/en/schema/record_package.
"""

import io
import json
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TAG = "standard-1__1__5"
_URL = "https://standard.open-contracting.org/schema/1__1__5/"
_RECORD = {
    "type": "object",
    "required": ["ocid", "releases"],
    "properties": {
        "ocid": {"type": "string"},
        "releases": {
            "title": "Releases",
            "oneOf": [
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["url", "date", "tag"],
                        "properties": {"url": {"type": "string"}},
                    },
                },
                {"type": "array", "minItems": 1, "items": {"$ref": f"{_URL}release-schema.json"}},
            ],
        },
        "compiledRelease": {"$ref": f"{_URL}release-schema.json"},
    },
}
_PACKAGE = {
    "id": f"{_URL}record-package-schema.json",
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["uri", "publisher", "publishedDate", "records", "version"],
    "properties": {
        "uri": {"type": "string", "format": "uri"},
        "version": {"type": "string", "pattern": r"^(\d+\.)(\d+)$"},
        "extensions": {"type": "array", "items": {"type": "string", "format": "uri"}},
        "publisher": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "publishedDate": {"type": "string", "format": "date-time"},
        "records": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"$ref": "#/definitions/record"},
        },
    },
    "definitions": {"record": _RECORD},
}


@cache
def _fixtures() -> dict[str, bytes]:
    found = sorted((Path(sys.prefix) / "ocds").glob("ocdsextensionregistry-*.tar.gz"))
    if not found:
        pytest.skip("the standard's schemas are not here: `make .venv/ocds` fetches them")
    with tarfile.open(found[-1]) as archive:
        return {
            Path(member.name).name: file.read()
            for member in archive
            if member.name.endswith("schema.json")
            and "/tests/fixtures/" in member.name
            and (file := archive.extractfile(member))
        }


@cache
def release_schema() -> dict[str, Any]:
    """The release schema, 1.1.5."""
    schema: dict[str, Any] = json.loads(_fixtures()["release-schema.json"])
    assert schema["id"] == f"{_URL}release-schema.json"
    return schema


@cache
def _standard() -> bytes:
    """The standard as `libcoveocds` reads it: its schemas and, from what they enumerate, its closed codelists."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{TAG}/", "")
        for name, body in {
            "release-schema.json": _fixtures()["release-schema.json"],
            "versioned-release-validation-schema.json": _fixtures()[
                "versioned-release-validation-schema.json"
            ],
            "record-package-schema.json": json.dumps(_PACKAGE).encode(),
        }.items():
            archive.writestr(f"{TAG}/schema/{name}", body)
        for name, codes in _codelists(release_schema()).items():
            lines = "\n".join(f"{code},{code}" for code in codes)
            archive.writestr(f"{TAG}/schema/codelists/{name}", f"Code,Title\n{lines}\n")
    return made.getvalue()


def _codelists(schema: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if isinstance(schema, dict):
        codes = schema.get("enum") or (schema.get("items") or {}).get("enum", [])
        if isinstance(name := schema.get("codelist"), str) and codes:
            found[name] = [code for code in codes if code]
        for part in schema.values():
            found |= _codelists(part)
    return found


def complaints(package: dict[str, Any]) -> dict[str, Any]:
    """What `libcoveocds` finds wrong: empty where the package passes. Extra fields and open codelists are no error."""
    from libcoveocds.api import ocds_json_output
    from libcoveocds.config import LibCoveOCDSConfig

    config = LibCoveOCDSConfig()
    config.config |= {"context": "api", "standard_zip": _standard()}
    checked = {name: value for name, value in package.items() if name != "extensions"}
    said = ocds_json_output(json_data=checked, lib_cove_ocds_config=config)
    assert said["version_used"] == "1.1"
    assert said["count"] == len(package["records"])
    wrong = (
        "validation_errors", "conformance_errors", "additional_closed_codelist_values", "additional_checks",
        "deprecated_fields", "json_deref_error",
    )  # fmt: skip
    return {name: said[name] for name in wrong if said.get(name)}
