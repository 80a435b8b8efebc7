"""A mapping kept as a small TOML file with a name, to use again for the next file of the same kind."""

import re
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.layouts import LAYOUTS
from register.mapping.names import BESIDE
from register.rows import FileRefused

FROM = "from:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")
_MEANINGS = {
    "layout": str,
    "sheet": str,
    "reference": str,
    "month_first": list,
    "confirm_terms": bool,
    "columns": dict,
    "constants": dict,
}


@dataclass(frozen=True)
class Mapping:
    """Which header of a file is which field, and what the fields are that the file lacks.

    Of several headers for a field the first that is filled counts; for suppliers all do. `reference` of the form
    "from: suppliers, title, start" makes one from columns that do not change. `confirm_terms` is a person's word
    that extensions are as the reader of terms understands them.
    """

    name: str
    columns: Table[str, tuple[str, ...]]
    constants: Table[str, str] = field(default_factory=dict)
    layout: str = "contracts"
    sheet: str | None = None
    reference: str = ""
    month_first: tuple[str, ...] = ()
    confirm_terms: bool = False

    @property
    def made_from(self) -> tuple[str, ...]:
        """The fields that a reference is made from; none where the file has its own."""
        return tuple(one.strip() for one in self.reference.removeprefix(FROM).split(",") if one.strip())


def path_of(folder: Path, name: str) -> Path:
    """Where the mapping of that name is kept. Raises FileRefused for a name that is none."""
    name = name.removesuffix(".toml")
    if not _NAME.fullmatch(name):
        raise FileRefused(f"“{name}” is no name for a mapping; use letters, digits, spaces and hyphens")
    return folder / f"{name}.toml"


def load(folder: Path, name: str) -> Mapping:
    """The mapping of that name. Raises FileRefused with the line that is wrong."""
    path = path_of(folder, name)
    try:
        text = path.read_text(encoding="utf-8")
        read = tomllib.loads(text)
    except FileNotFoundError:
        kept = ", ".join(sorted(one.stem for one in folder.glob("*.toml"))) or "none yet"
        raise FileRefused(f"{path}: there is no mapping “{path.stem}”; there are: {kept}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRefused(f"{path}: cannot be read: {error}") from error
    return _checked(path, text, read)


def save(folder: Path, mapping: Mapping, samples: Table[str, str] | None = None) -> Path:
    """Keep the mapping, each column with a sample beside it; an older one of that name is replaced."""
    import tomlkit

    path = path_of(folder, mapping.name)
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Which columns of the file are which of the register's; change it as needed.")
    )
    document["layout"] = mapping.layout
    for name in ("sheet", "reference"):
        if value := getattr(mapping, name):
            document[name] = value
    if mapping.month_first:
        document["month_first"] = list(mapping.month_first)
    document["confirm_terms"] = mapping.confirm_terms
    columns, constants = tomlkit.table(), tomlkit.table()
    for field_, headers in mapping.columns.items():
        columns[field_] = headers[0] if len(headers) == 1 else list(headers)
        if sample := (samples or {}).get(field_, ""):
            columns[field_].comment(" ".join(sample.split())[:60])
    for field_, value in mapping.constants.items():
        constants[field_] = value
    document["columns"], document["constants"] = columns, constants
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8", newline="\n")
    part.replace(path)
    return path


def _checked(path: Path, text: str, read: dict[str, Any]) -> Mapping:
    def refuse(where: str, why: str) -> FileRefused:
        return FileRefused(f"{path}: line {_line(text, where)}: {why}")

    for name, value in read.items():
        if name not in _MEANINGS:
            raise refuse(name, f"“{name}” means nothing here; a mapping has: {', '.join(_MEANINGS)}")
        if not isinstance(value, _MEANINGS[name]):
            raise refuse(name, f"“{name}” must be {_SAID[_MEANINGS[name]]}")
    layout = read.get("layout", "contracts")
    known = next(
        (one.columns.keys() | BESIDE.get(layout, frozenset()) for one in LAYOUTS if one.name == layout), None
    )
    if known is None:
        raise refuse(
            "layout", f"“{layout}” is no layout; there are: {', '.join(one.name for one in LAYOUTS)}"
        )
    columns: dict[str, tuple[str, ...]] = {}
    for name, value in read.get("columns", {}).items():
        headers = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
        if name not in known:
            raise refuse(
                f"columns.{name}", f"“{name}” is no field of {layout}; there are: {', '.join(sorted(known))}"
            )
        if not headers or not all(isinstance(one, str) and one.strip() for one in headers):
            raise refuse(f"columns.{name}", f"“{name}” must name a column of the file, or a list of them")
        columns[name] = headers
    for name, value in read.get("constants", {}).items():
        if name not in known:
            raise refuse(
                f"constants.{name}",
                f"“{name}” is no field of {layout}; there are: {', '.join(sorted(known))}",
            )
        if not isinstance(value, str):
            raise refuse(f"constants.{name}", f"“{name}” must be in quotation marks")
    mapping = Mapping(
        path.stem, columns, read.get("constants", {}), layout, read.get("sheet"), read.get("reference", ""),
        tuple(map(str, read.get("month_first", ()))), read.get("confirm_terms", False),
    )  # fmt: skip
    if mapping.reference and (not mapping.reference.startswith(FROM) or not mapping.made_from):
        raise refuse(
            "reference",
            "“reference” is made from other fields: write it as in “from: suppliers, title, start”",
        )
    for name in mapping.made_from:
        if name not in columns:
            raise refuse("reference", f"the reference is made from “{name}”, for which no column is named")
    return mapping


_SAID = {str: "in quotation marks", list: "a list in brackets", bool: "true or false", dict: "a table"}


def _line(text: str, where: str) -> int:
    """The line, from 1, of a key or of a key in a table."""
    *table, key = where.split(".", 1)
    inside = not table
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().startswith("["):
            inside = bool(table) and line.strip() == f"[{table[0]}]"
            if not table and line.strip() == f"[{key}]":
                return number
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return 1
