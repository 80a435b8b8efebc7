"""A meeting's packs: compiled from one manifest in two editions, published once, supplemented, never changed.

Sources: Local Government Act 1972, s.100B (papers open to the public, urgency) and Schedule 12A (exemptions).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from board import exemptions, overviews, papers
from board.agenda import LONDON, compute, items, meaning
from board.alerts_report import AlertsReport
from board.exemptions import PAPER
from board.refusals import BoardRefused
from board.rendering import pdfcheck
from board.rendering.content import AgendaEntry, Attachment, PackData, Section, Supplement
from board.rendering.content import Meeting as MeetingData
from board.rendering.editions import exempt_parts, open_edition
from board.rendering.pack import RenderedPack, render_pack
from lifecycle.stages import GATES, Stage
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem, ItemKind, ItemPurpose
from models.checklists import complete
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle
from models.meetings import Meeting
from models.papers import Edition, Pack
from models.people import Person
from models.planning import Rules

ASKED = "paper"
"""The checklist item that a compiled pack fills in."""


class PackRefused(BoardRefused):
    """The pack cannot be made or published so, and the message says why."""


@dataclass(frozen=True)
class Prepared:
    """The agenda as it would be printed now, and what each entry is made of, by its number."""

    data: PackData
    manifest: dict[str, Any]


def compile_pack(
    session: Session, meeting: Meeting, rules: Rules, alerts: AlertsReport, home: Path, today: date, at: datetime
) -> list[Pack]:  # fmt: skip
    """Compute the agenda, draft what has no paper yet, and write the editions below `home`; the open one is first.

    The exempt edition is there only where something is exempt. The same record gives the same bytes. A published
    pack is returned as it is: what comes after it goes into a supplement.
    """
    _lock(session, meeting)
    if published := published_packs(session, meeting):
        return [pack for pack in published if pack.number == 0]
    ready = prepare(session, meeting, rules, alerts, home, today)
    _papers_are_there(session, meeting, rules, today, at)
    return _write(session, meeting, ready, home, today)


def supplement(
    session: Session, meeting: Meeting, rules: Rules, alerts: AlertsReport, because: str, home: Path, today: date
) -> list[Pack]:  # fmt: skip
    """Compile the next supplement of a published pack: the items and papers that are new or changed since.

    Its pages count on from the last published ones. Raises PackRefused where nothing is late, the pack is not
    published yet, or no reason for urgency is given (Local Government Act 1972, s.100B(4)(b)).
    """
    _lock(session, meeting)
    published = published_packs(session, meeting)
    if not published:
        raise PackRefused(
            f"the pack of {say(meeting.on)} is not published yet: compile it, what is late is in it"
        )
    if not because.strip():
        raise PackRefused("say why the late papers cannot wait for the next meeting (s.100B(4)(b))")
    ready = prepare(session, meeting, rules, alerts, home, today, published)
    known = {
        key: item for pack in published for key, item in pack.manifest["items"].items()
    }  # the newest stands
    late = {key: item for key, item in ready.manifest["items"].items() if _is_late(item, known.get(key))}
    if not late:
        raise PackRefused(f"nothing came since the pack of {say(meeting.on)} was published")
    numbers = {item["number"] for item in late.values()}
    last = max(pack.number for pack in published)
    data = replace(
        ready.data,
        items=tuple(entry for entry in ready.data.items if entry.number in numbers),
        warnings=(), register=None, charts=(), forward_plan=None, actions=None, since=None, coverage="",
        supplement=Supplement(last + 1, 1, because.strip()),
    )  # fmt: skip
    manifest = ready.manifest | {"items": late, "number": last + 1, "urgency": because.strip()}
    return _write(session, meeting, Prepared(data, manifest), home, today)


def publish(session: Session, meeting: Meeting, home: Path, by: str, at: datetime) -> list[Pack]:
    """Publish what was compiled last: from then on it never changes. Published again, nothing happens.

    Raises PackRefused where nothing is compiled, a file is not the one that was compiled, or the checker finds
    what would keep somebody from reading it.
    """
    _lock(session, meeting)
    waiting = [pack for pack in _packs(session, meeting) if pack.published_at is None]
    if not waiting:
        if published := published_packs(session, meeting):
            return published
        raise PackRefused(f"no pack of {say(meeting.on)} is compiled yet")
    for pack in waiting:
        path = home / pack.path
        if not path.exists() or sha256(path.read_bytes()).hexdigest() != pack.sha256:
            raise PackRefused(f"{path} is not the file that was compiled: compile the pack again")
        # What the pack itself says that an attachment lacks does not keep it in.
        faults = [one for one in pdfcheck.check(path) if not one.declared]
        if faults:
            listed = "; ".join(f"{one.where}: {one.words}" for one in faults[:5])
            raise PackRefused(f"{path} cannot be published: {listed}")
    for pack in waiting:
        pack.published_at = at
        session.add(pack)
        audit.record(
            session, at, by, "pack published", f"Board of {meeting.on.isoformat()}", edition=pack.edition,
            number=pack.number, sha256=pack.sha256,
        )  # fmt: skip
    session.flush()
    return waiting


def published_packs(session: Session, meeting: Meeting) -> list[Pack]:
    """The published packs and supplements, oldest first, the open edition of each before the exempt one."""
    return [pack for pack in _packs(session, meeting) if pack.published_at]


def _packs(session: Session, meeting: Meeting) -> list[Pack]:
    rows = session.exec(select(Pack).where(Pack.meeting_id == meeting.id).order_by(col(Pack.id)))
    return sorted(rows, key=lambda pack: (pack.number, pack.edition is Edition.EXEMPT))


def _lock(session: Session, meeting: Meeting) -> None:
    """Two who compile or publish at once do it one after the other."""
    session.exec(select(Meeting).where(Meeting.id == meeting.id).with_for_update()).one()


def _write(session: Session, meeting: Meeting, ready: Prepared, home: Path, today: date) -> list[Pack]:
    """Render the editions, and keep them in place of what was compiled and not published."""
    number = ready.manifest["number"]
    exempt = any(exempt_parts(entry) for entry in ready.data.items)
    wanted = [(Edition.OPEN, open_edition(ready.data))]
    if exempt:
        wanted.append((Edition.EXEMPT, replace(ready.data, restricted=True)))
    unpublished = [
        pack for pack in _packs(session, meeting) if pack.number == number and not pack.published_at
    ]
    made = []
    for edition, data in wanted:
        name = f"{meeting.on.isoformat()}-" + (f"supplement-{number}" if number else "agenda-pack")
        path = home / "packs" / f"{name}{'-exempt' if edition is Edition.EXEMPT else ''}.pdf"
        data = _continued(session, meeting, edition, data)
        rendered = render_pack(data, path)
        known = next((one for one in unpublished if (one.edition, one.sha256) == (edition, rendered.sha256)), None)  # fmt: skip
        if known is None:
            known = Pack(
                meeting_id=identity(meeting), edition=edition, number=number, path=str(path.relative_to(home)),
                sha256=rendered.sha256, pages=rendered.pages, first_page=_first(data), compiled_on=today,
                urgency=data.supplement.urgency if data.supplement else "",
            )  # fmt: skip
        known.manifest = ready.manifest | _printed(rendered)
        known.warnings = [*rendered.warnings, *rendered.findings]
        made.append(known)
    for pack in unpublished:
        if pack not in made:
            session.delete(pack)
    session.flush()
    session.add_all(made)
    session.flush()
    return made


def _first(data: PackData) -> int:
    return data.supplement.first_page if data.supplement else 1


def _printed(rendered: RenderedPack) -> dict[str, Any]:
    return {
        "pages": {number: list(pages) for number, pages in rendered.page_ranges.items()},
        "accessible": rendered.accessible,
        "findings": list(rendered.findings),
    }


def _continued(session: Session, meeting: Meeting, edition: Edition, data: PackData) -> PackData:
    """A supplement's pages count on from those that the same edition, or else the open one, has published."""
    if data.supplement is None:
        return data
    before = published_packs(session, meeting)
    own = [pack for pack in before if pack.edition is edition] or before
    last = max(pack.first_page + pack.pages - 1 for pack in own)
    return replace(data, supplement=replace(data.supplement, first_page=last + 1))


def _is_late(item: dict[str, Any], known: dict[str, Any] | None) -> bool:
    """Whether it is new or its paper another; what no author writes changes daily and is late for nobody."""
    parts = ("content", "attachments", "exempt")
    return known is None or (
        item["kind"] not in overviews.KINDS and any(item[part] != known[part] for part in parts)
    )


def _papers_are_there(session: Session, meeting: Meeting, rules: Rules, today: date, at: datetime) -> None:
    """Every gate whose stage asks for a paper now has one."""
    for item in items(session, meeting):
        if item.kind is not ItemKind.GATE or item.stage is None:
            continue
        cycle = session.get_one(Cycle, item.cycle_id)
        contract = session.get_one(Contract, cycle.contract_id)
        asked = any(one.item == ASKED for one in rules.policy.checklist(item.stage, contract.kind))
        if asked and item.stage is cycle.stage:
            evidence = f"agenda pack of {say(meeting.on)}"
            day = min(today, at.date())
            complete(session, contract, cycle, rules.policy, ASKED, evidence, "compile-pack", day, at)


def prepare(
    session: Session,
    meeting: Meeting,
    rules: Rules,
    alerts: AlertsReport,
    home: Path,
    today: date,
    published: Iterable[Pack] = (),
) -> Prepared:
    """The agenda as it stands with its papers, as plain data, and its manifest.

    Numbers that are `published` stay; what is new counts on after them.
    """
    board = rules.policy.board
    fixed = {key: item["number"] for pack in published for key, item in pack.manifest["items"].items()}
    following = max((int(number) for number in fixed.values()), default=0)
    entries, listed = [], {}
    for item in compute(session, meeting, rules, len(alerts.unowned)):
        number = fixed.get(item.key)
        if number is None:
            following += 1
            number = str(following)
        entry = _entry(session, number, item, meeting, rules, alerts, home, today)
        entries.append(entry)
        listed[item.key] = {
            "number": number, "title": entry.title, "kind": item.kind, "purpose": item.purpose,
            "content": _digest(papers.as_content(entry.paper)) if entry.paper else None,
            "attachments": [one.path.stem for one in entry.attachments],
            "exempt": [
                {"part": part, "paragraph": why.paragraph, "public_interest": why.public_interest}
                for part, why in exemptions.of_item(session, item).items()
            ],
        }  # fmt: skip
    last = rules.boards.before(meeting.on)
    data = PackData(
        council=board.council,
        board=board.name,
        meeting=MeetingData(meeting.title, meeting.starts_at.astimezone(LONDON), meeting.venue),
        generated_on=today,
        items=tuple(entries),
        warnings=tuple(overviews.overdue(session, meeting, rules.policy)),
        register=overviews.register(session),
        charts=overviews.charts(session),
        forward_plan=overviews.forward_plan(session, meeting, rules),
        since=overviews.since(session, last, meeting.on),
        coverage=alerts.coverage,
    )
    made = {"meeting": meeting.on.isoformat(), "compiled_on": today.isoformat(), "number": 0, "items": listed}
    return Prepared(data, made)


def _digest(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _entry(
    session: Session,
    number: str,
    item: AgendaItem,
    meeting: Meeting,
    rules: Rules,
    alerts: AlertsReport,
    home: Path,
    today: date,
) -> AgendaEntry:
    kept = papers.draft(session, item, meeting, rules, today)
    paper = (
        papers.from_content(kept.content) if kept else overviews.paper(session, item, meeting, rules, alerts)
    )
    exempt = exemptions.of_item(session, item)
    attached = tuple(
        Attachment(one.title, home / one.path, exempt.get(f"attachment: {one.title}"))
        for one in papers.attachments(session, item)
    )
    if paper and (marked := {part for part in exempt if part.startswith("section: ")}):
        paper = replace(paper, sections=tuple(_marked(one, exempt, marked) for one in paper.sections))
    contract, _ = papers.about(session, item)
    who = papers.author(session, item)
    owner = session.get_one(Person, who).title if who else rules.policy.board.secretary
    return AgendaEntry(
        number=number,
        title=item.title,
        kind=_kind(item),
        purpose="information" if item.purpose is ItemPurpose.INFORMATION else "decision",
        presenter=paper.report_of if paper and item.kind is not ItemKind.GATE else owner,
        contract=contract.reference if contract else None,
        paper=paper,
        expected_from=owner if papers.awaited(session, item) else None,
        warning=_warning(session, item, contract, meeting, rules) or None,
        attachments=attached,
        exempt=exempt.get(PAPER),
    )


def _kind(item: AgendaItem) -> str:
    return GATES.get(item.stage or Stage.CLOSED, str(item.stage)) if item.kind is ItemKind.GATE else item.kind


def _marked(section: Section, exempt: dict[str, Any], marked: set[str]) -> Section:
    part = f"section: {section.heading}"
    return replace(section, exempt=exempt[part]) if part in marked else section


def _warning(
    session: Session, item: AgendaItem, contract: Contract | None, meeting: Meeting, rules: Rules
) -> str:
    """What the Board must know before it reads the item's paper."""
    said: list[str] = []
    if item.kind is ItemKind.GATE and contract:
        seen = meaning(session, contract, meeting.on, rules)
        if seen.float_boards is not None and seen.float_boards < 0:
            said += seen.in_words()
    kept = papers.find(session, item)
    if kept and kept.received_on and papers.is_stale(session, item, kept):
        said.append("The contract's dates have changed since its author sent this paper.")
    return " ".join(said)


def parts(session: Session, item: AgendaItem, meeting: Meeting, rules: Rules, today: date) -> tuple[str, ...]:
    """The names of the item's parts that may be marked as not for publication."""
    kept = papers.draft(session, item, meeting, rules, today)
    sections = papers.from_content(kept.content).sections if kept else ()
    return (
        PAPER,
        *(f"section: {section.heading}" for section in sections),
        *(f"attachment: {one.title}" for one in papers.attachments(session, item)),
    )
