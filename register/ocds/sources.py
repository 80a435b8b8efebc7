"""The releases of an OCDS file, one by one, whatever package they came in: JSON is streamed, never held as a whole."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import ijson

from register.rows import FileRefused

LONGEST = 32 * 2**20
"""Bytes of the longest single release, record or line that is read; large notices have some hundred thousand."""
DEEPEST = 64
"""How deeply a release may be nested; the standard needs a dozen. What ijson does with each value grows with it."""
_BLOCK = 2**16
_SLICE = 2**12
_MARK = b"\xef\xbb\xbf"

Release = dict[str, Any]


class Unreadable(ValueError):
    """One release that cannot be read, while the file's others can; says why."""


def is_lines(path: Path) -> bool:
    """Whether it is JSON lines: the first line is a whole JSON object, and another one begins after it."""
    with path.open("rb") as file:
        first = file.readline(LONGEST)
        rest = file.read(_BLOCK).lstrip()
    if not first.endswith(b"\n") or not rest.startswith(b"{"):
        return False
    try:
        return isinstance(_object(first.removeprefix(_MARK)), dict)
    except Unreadable:
        return False


def looks_like_ocds(path: Path) -> bool:
    """Whether a file is to be read as OCDS: JSON that speaks of releases, records or an ocid near its beginning."""
    try:
        with path.open("rb") as file:
            start = file.read(2**20).removeprefix(_MARK).lstrip()
    except OSError:
        return False
    return start[:1] in (b"{", b"[") and any(
        word in start for word in (b'"ocid"', b'"releases"', b'"records"')
    )


def releases(path: Path, told: Callable[[int], None]) -> Iterator[tuple[int, Release | Unreadable]]:
    """Every release with the line it stands on, or in a package its number (from 1); or why it cannot be read.

    `told` hears how many bytes were read. Raises FileRefused where the file as a whole is no OCDS.
    """
    try:
        yield from (_lines if is_lines(path) else _document)(path, told)
    except OSError as error:
        raise FileRefused(
            f"{path}: cannot be opened: {error.strerror}; check its name and its folder"
        ) from error


def _lines(path: Path, told: Callable[[int], None]) -> Iterator[tuple[int, Release | Unreadable]]:
    with path.open("rb") as file:
        line = 0
        while raw := file.readline(LONGEST):
            line += 1
            told(file.tell())
            if len(raw) == LONGEST and not raw.endswith(b"\n"):
                while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                    pass
                yield line, Unreadable(f"the line is longer than {LONGEST:,} bytes")
            elif raw.strip():
                try:
                    found = _object(raw.removeprefix(_MARK))
                except Unreadable as why:
                    found = why
                for one in _each(found):
                    yield line, one


def _object(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_constant=_no_number)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"is no JSON: {str(error)[:200]}") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


class _Bounded:
    """A file that is refused where more than `LONGEST` bytes, or `DEEPEST` open brackets, go by without a release."""

    def __init__(self, file: BinaryIO, path: Path, told: Callable[[int], None]) -> None:
        self._file, self._path, self._told = file, path, told
        self._since = self._open = 0
        if file.read(3) != _MARK:
            file.seek(0)

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(min(size, _SLICE) if size > 0 else size)
        self._since += len(block)
        self._open += block.count(b"{") + block.count(b"[") - block.count(b"}") - block.count(b"]")
        if self._since > LONGEST or self._open > DEEPEST:
            what = (
                f"is over {LONGEST:,} bytes"
                if self._since > LONGEST
                else f"opens over {DEEPEST} brackets at once"
            )
            raise FileRefused(
                f"{self._path}: before byte {self._file.tell():,}: one release, or what stands before the first, "
                f"{what}; no notice does, so it is taken for a fault of the file"
            )
        self._told(self._file.tell())
        return block

    def passed(self) -> None:
        self._since = self._open = 0


def _document(path: Path, told: Callable[[int], None]) -> Iterator[tuple[int, Release | Unreadable]]:
    prefix = _form(path)
    number = 0
    with path.open("rb") as file:
        bounded = _Bounded(file, path, told)
        try:
            for found in ijson.items(bounded, prefix, use_float=True):
                bounded.passed()
                for one in _each(found):
                    number += 1
                    yield number, one
        except (ijson.JSONError, ValueError, OverflowError) as error:
            if isinstance(error, FileRefused):
                raise
            raise FileRefused(
                f"{path}: after release {number}, before byte {file.tell():,}: is no JSON: {str(error)[:200]}; "
                "download the file again"
            ) from error


_FORMS = {"releases": "releases.item", "records": "records.item", "ocid": "", "item": "item"}


def _form(path: Path) -> str:
    """Where the releases or records are in the document, as ijson's prefix."""
    with path.open("rb") as file:
        bounded = _Bounded(file, path, lambda _: None)
        try:
            for prefix, event, _value in ijson.parse(bounded):
                if prefix in _FORMS:
                    if prefix in ("releases", "records") and event != "start_array":
                        raise FileRefused(f"{path}: {prefix!r} is no list, so it is no OCDS package")
                    return _FORMS[prefix]
        except (ijson.JSONError, ValueError, OverflowError) as error:
            if isinstance(error, FileRefused):
                raise
            raise FileRefused(
                f"{path}: is no JSON: {str(error)[:200]}; OCDS comes as a package (.json) or as JSON lines (.jsonl), "
                "in UTF-8"
            ) from error
    raise FileRefused(
        f"{path}: is JSON but no OCDS: it has neither releases nor records; download a release package, a record "
        "package or JSON lines"
    )


def _each(found: Any) -> Iterator[Release | Unreadable]:
    """The releases of what was found: a release, a record, or a package of either."""
    try:
        yield from _unpacked(found)
    except Unreadable as error:
        yield error
    except RecursionError:
        yield Unreadable("it is nested too deeply")


def _unpacked(found: Any) -> Iterator[Release | Unreadable]:
    if isinstance(found, Unreadable):
        yield found
    elif not isinstance(found, dict):
        yield Unreadable("is no object, so neither a release nor a record")
    elif "ocid" in found:
        yield from _of_record(found) if _is_record(found) else [found]
    elif isinstance(many := found.get("releases", found.get("records")), list):
        for one in many:
            yield from _each(one)
    else:
        yield Unreadable("has no ocid, so it is neither a release nor a record")


def _is_record(found: Release) -> bool:
    return not found.keys().isdisjoint({"releases", "compiledRelease", "versionedRelease"})


def _of_record(record: Release) -> Iterator[Release]:
    """A record's releases where they are in it, else its compiled release, else the newest of the versioned one."""
    embedded = record.get("releases")
    embedded = [one for one in embedded if isinstance(one, dict)] if isinstance(embedded, list) else []
    embedded = [one for one in embedded if one.keys() - {"url", "date", "tag"}]
    compiled, versioned = record.get("compiledRelease"), record.get("versionedRelease")
    if embedded:
        yield from ({"ocid": record["ocid"]} | one for one in embedded)
    elif isinstance(compiled, dict):
        yield {"ocid": record["ocid"]} | compiled
    elif isinstance(versioned, dict):
        yield {"ocid": record["ocid"]} | _newest(versioned)
    else:
        raise Unreadable("the record links its releases and holds none; ask for one with a compiledRelease")


def _newest(value: Any) -> Any:
    """A versioned release's values as they stand: of each list of versions the last one's value."""
    if isinstance(value, dict):
        return {name: _newest(one) for name, one in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(one, dict) and "value" in one and "releaseDate" in one for one in value):
            return value[-1]["value"]
        return [_newest(one) for one in value]
    return value
