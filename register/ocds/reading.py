"""A file of OCDS as a `Reading`: its releases merged by process, each contract a row of our own layout."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from lifecycle.stages import Kind
from models.people import NO_OWNER
from register.formulas import guarded
from register.layouts import CONTRACTS
from register.ocds import sources
from register.ocds.cells import cell
from register.ocds.columns import Values, read
from register.ocds.merging import CannotMerge, current
from register.ocds.nodes import GARBLED, INFERRED, STAND_IN, Misread, Node
from register.ocds.picking import LOCAL, links, picks
from register.ocds.sources import looks_like_ocds
from register.ocds.spool import Spool
from register.rows import FileRefused, Notes, Refusal, Refused, Row

__all__ = ["OcdsReading", "looks_like_ocds", "open_ocds"]

HEADER = tuple(CONTRACTS.columns)
"""The columns of our own layout: whoever mends a refused row mends a line of a CSV, not JSON, and imports that."""
_PLACES = {name: place for place, name in enumerate(HEADER)}
_DEFAULTS: Values = {"kind": Kind.CONTRACT, "owner": NO_OWNER}
FRAMEWORK, PRIOR, RENEWAL, REPLACEMENT = "framework", "prior", "renewalProcess", "replacementProcess"


def open_ocds(path: Path) -> "OcdsReading":
    """Open a release package, a record package or JSON lines, of OCDS 1.0 or 1.1. Raises FileRefused."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    except OSError as error:
        raise FileRefused(
            f"{path}: cannot be opened: {error.strerror}; check its name and its folder"
        ) from error
    return OcdsReading(path, digest.hexdigest())


class OcdsReading:
    """The contracts of a file of OCDS. Its `line` is a line of JSON lines, in a package the release's number.

    Releases are kept on disk by their process (`Spool`) when `rows` is first asked; only one process is held.
    """

    layout, mapping = CONTRACTS.name, ""
    header, places = HEADER, _PLACES

    def __init__(self, path: Path, digest: str) -> None:
        self.path, self.digest, self.notes = path, digest, Notes()
        self._size = max(1, path.stat().st_size)
        self._spool: Spool | None = None
        self._releases = self._processes = 0
        self._done = 0.0

    def progress(self) -> float:
        """How much has been read: a half for the file, a half for its processes."""
        return self._done

    def rows(self) -> Iterator[Row | Refused]:
        """The contracts in the order of the file, and what cannot be read. Raises FileRefused."""
        self._done = 0.0
        spool = self._spool = self._spool or self._spooled()
        noticed: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        taken = refused = 0
        for place, ocid, why in spool.unreadable():
            refused += 1
            yield _refused(place, {"ocid": ocid}, "ocid", ocid, why)
        for nth, (place, ocid, releases) in enumerate(spool.processes(), 1):
            self._done = 0.5 + nth / self._processes / 2
            for row in self._rows_of(spool, place, ocid, releases, noticed, passed):
                taken += isinstance(row, Row)
                refused += isinstance(row, Refused)
                yield row
        self._done = 1.0
        self._tell(taken, refused, passed, noticed)

    def _spooled(self) -> Spool:
        spool = Spool()
        self._releases = 0
        for place, found in sources.releases(self.path, self._told):
            self._releases += 1
            if isinstance(found, sources.Unreadable):
                spool.refuse(place, "", str(found))
                continue
            ocid = found.get("ocid")
            if not isinstance(ocid, str) or not ocid.strip() or len(ocid) > 200 or not ocid.isprintable():
                spool.refuse(place, "", "its ocid is no identifier, so its process cannot be told")
                continue
            try:
                spool.add(place, ocid.strip(), found)
            except (RecursionError, ValueError):
                spool.refuse(place, ocid.strip(), "it is nested too deeply")
        if not self._releases:
            raise FileRefused(f"{self.path}: has no releases; there is nothing to import")
        self._processes = spool.gather()
        for _, ocid, releases in spool.processes():
            try:
                state = Node(current(releases), "", Counter())
                if picks(state, Counter()):
                    spool.want(ocid, _own_reference(state), links(state))
            except (Misread, CannotMerge, RecursionError):
                continue  # it is refused when it is read
        spool.index()
        return spool

    def _told(self, at: int) -> None:
        self._done = at / self._size / 2

    def _rows_of(
        self,
        spool: Spool,
        place: int,
        ocid: str,
        releases: list[dict[str, Any]],
        noticed: Counter[str],
        passed: Counter[str],
    ) -> Iterator[Row | Refused]:
        try:
            state = Node(current(releases), "", noticed)
            linked, found = _linked(spool, ocid, links(state)), picks(state, passed)
        except (Misread, CannotMerge, RecursionError) as why:
            value = why.value if isinstance(why, Misread) else ""
            yield _refused(place, {"ocid": ocid}, "ocid", value, _reason(why))
            return
        base = spool.reference(ocid) or ocid
        for nth, pick in enumerate(found):
            try:
                values, wrong = read(pick)
            except RecursionError as why:
                yield _refused(place, {"ocid": ocid}, "ocid", "", _reason(why))
                continue
            reference = base if nth == 0 else _within(base, pick.key)
            values = {"reference": reference} | values | ({} if pick.local else linked)
            if wrong:
                name, misread = wrong[0]
                yield _refused(place, values, name, misread.value, str(misread))
            else:
                yield Row(place, _cells(values), values)

    def _tell(self, taken: int, refused: int, passed: Counter[str], noticed: Counter[str]) -> None:
        said = [
            f"{self._releases:,} releases of {self._processes:,} processes: {taken:,} contracts read, {refused:,} refused."
        ]
        said += [f"Passed over: {many:,} {what}." for what, many in sorted(passed.items()) if many]
        if many := noticed[STAND_IN]:
            said.append(f"{many:,} dates in a year that stands for “not given” (1, 1900, 9999) left empty.")
        if many := noticed[GARBLED]:
            said.append(f"{many:,} texts with garbled letters (“â€™”) or HTML repaired.")
        if many := noticed[INFERRED]:
            said.append(
                f"Of {many:,} the regime is inferred from dates and CPV codes; look at it before you rely on it."
            )
        self.notes.sentences[:] = said


def _own_reference(state: Node) -> str:
    """The buyer's own reference where it can be one: with a digit, neither too short nor a text."""
    said = state.node("tender").line("id")
    fits = 4 <= len(said) <= 100 and any(letter.isdigit() for letter in said)
    return said if fits and not state.node(LOCAL) else ""


def _within(base: str, key: str) -> str:
    """The reference of a further contract of a process: an id that begins with the process's own says enough."""
    return key if key.startswith(base) else f"{base}/{key}"


def _linked(spool: Spool, ocid: str, named: list[tuple[str, str]]) -> Values:
    """The framework it is called off from and the contract it follows, where the file has them."""
    before = [target for what, target in named if what == PRIOR]
    before += [name for what in (RENEWAL, REPLACEMENT) for name in spool.naming(ocid, what)]
    found: Values = {}
    if parent := _first(spool, ocid, [target for what, target in named if what == FRAMEWORK]):
        found |= {"parent": parent, "kind": Kind.CALL_OFF}
    if predecessor := _first(spool, ocid, before):
        found["predecessor"] = predecessor
    return found


def _first(spool: Spool, ocid: str, others: list[str]) -> str:
    return next((name for one in others if one != ocid and (name := spool.reference(one))), "")


def _reason(why: Exception) -> str:
    return "it is nested too deeply" if isinstance(why, RecursionError) else str(why)


def _cells(values: Values) -> tuple[str, ...]:
    cells = [""] * len(HEADER)
    for name, value in (_DEFAULTS | values).items():
        cells[_PLACES[name]] = guarded(cell(value))
    return tuple(cells)


def _refused(place: int, values: Values, name: str, value: str, reason: str) -> Refused:
    cells = list(_cells(values))
    column = _PLACES.get(name, 0)
    if not cells[column]:
        cells[column] = guarded(value)
    return Refused(Refusal(place, column + 1, name, value, reason), tuple(cells))
