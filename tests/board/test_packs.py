"""Packs: two editions from one manifest, published once, supplemented with pages that continue, never changed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from sqlmodel import Session, select

from board import agenda, exemptions, papers
from board.alerts_report import AlertsReport
from board.exemptions import ExemptionRefused
from board.packs import PackRefused, compile_pack, parts, publish, supplement
from board.rendering.content import Comment, Exemption, PaperData, Paragraph, Section
from board.rendering.pdfcheck import check, page_texts
from models.agenda import AgendaItem, ItemKind, ItemPurpose
from models.business import ExceptionReport, Severity
from models.columns import identity
from models.meetings import Meeting
from models.papers import Edition, Pack
from models.planning import Rules
from models.session import unit_of_work
from tests.town import NOW, OWNER, TODAY, contract, cycle, noon

BOARD = date(2022, 6, 13)
ALERTS = AlertsReport("8 of 8 live contracts have an armed alert")
MARKER = "Zanzibarquarry"
SECRET = Exemption(3, "a tender is running and prices would favour some bidders")


def raise_exception(session: Session, what: str = "Occupancy fell below three quarters.") -> ExceptionReport:
    """An open exception on the block contract."""
    block = contract(session, "BLOCK")
    made = ExceptionReport(
        reference="EX-1", contract_id=identity(block), trigger="Occupancy below 75%", severity=Severity.HIGH, what=what,
        action="Agree a recovery plan", raised_by_id=block.owner_id, raised_on=TODAY,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def called(session: Session, meeting: Meeting, kind: ItemKind) -> AgendaItem:
    return next(item for item in agenda.items(session, meeting) if item.kind is kind)


def compiled(url: str, rules: Rules, home: Path) -> list[Pack]:
    with unit_of_work(url) as session:
        held = agenda.hold(session, BOARD, rules)
        return compile_pack(session, held, rules, ALERTS, home, TODAY, NOW)


def published(url: str, rules: Rules, home: Path) -> list[Pack]:
    with unit_of_work(url) as session:
        return publish(session, agenda.hold(session, BOARD, rules), home, "Board Secretary", noon(TODAY))


def words(home: Path, pack: Pack) -> str:
    return "\n".join(page_texts(home / pack.path))


def raw(path: Path) -> bytes:
    """Every object and stream of the file, uncompressed."""
    with pikepdf.open(path) as pdf:
        plain = path.with_suffix(".plain")
        pdf.save(plain, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
                 object_stream_mode=pikepdf.ObjectStreamMode.disable)  # fmt: skip
        return plain.read_bytes()


@pytest.fixture
def secretive(town: str, rules: Rules) -> str:
    """A town whose exception holds a marker that is not for publication."""
    with unit_of_work(town) as session:
        raise_exception(session, f"The price is {MARKER}.")
        held = agenda.hold(session, BOARD, rules)
        agenda.compute(session, held, rules)
        item = called(session, held, ItemKind.EXCEPTION)
        known = parts(session, item, held, rules, TODAY)
        exemptions.mark(session, item, exemptions.PAPER, SECRET, known, "Board Secretary", NOW)
    return town


def test_the_open_edition_is_made_without_the_exempt_bytes(
    secretive: str, rules: Rules, tmp_path: Path
) -> None:
    opened, exempt = compiled(secretive, rules, tmp_path)
    assert (opened.edition, exempt.edition) == (Edition.OPEN, Edition.EXEMPT)
    assert MARKER in words(tmp_path, exempt).replace("\u200b", "")
    assert MARKER not in words(tmp_path, opened)
    assert MARKER.encode() not in raw(tmp_path / opened.path)
    assert "paragraph 3" in words(tmp_path, opened)
    assert "prices would favour some bidders" in words(tmp_path, opened)
    assert check(tmp_path / opened.path) == check(tmp_path / exempt.path) == []


def test_without_anything_exempt_there_is_one_edition(town: str, rules: Rules, tmp_path: Path) -> None:
    [only] = compiled(town, rules, tmp_path)
    assert only.edition is Edition.OPEN


@pytest.mark.parametrize(
    ("part", "why", "told"),
    [
        ("paper", Exemption(8, "why"), "paragraphs 1 to 7"),
        ("paper", Exemption(3, " "), "public interest"),
        ("paper", Exemption(None, ""), "confidential"),
        ("section: Nowhere", SECRET, "no part"),
    ],
)
def test_an_exemption_needs_a_known_part_a_paragraph_and_a_reason(
    town: str, rules: Rules, part: str, why: Exemption, told: str
) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        item = agenda.compute(session, held, rules)[-1]
        with pytest.raises(ExemptionRefused, match=told):
            exemptions.mark(session, item, part, why, parts(session, item, held, rules, TODAY), "x", NOW)


def test_what_is_published_never_changes_and_what_comes_late_is_a_supplement(
    town: str, rules: Rules, tmp_path: Path
) -> None:
    [before] = compiled(town, rules, tmp_path)
    [out] = published(town, rules, tmp_path)
    frozen = (tmp_path / out.path).read_bytes()
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        with pytest.raises(PackRefused, match="nothing came since"):
            supplement(session, held, rules, ALERTS, "urgent", tmp_path, TODAY)
        raise_exception(session)
        with pytest.raises(PackRefused, match="why the late papers cannot wait"):
            supplement(session, held, rules, ALERTS, " ", tmp_path, TODAY)
    assert [one.sha256 for one in compiled(town, rules, tmp_path)] == [before.sha256]
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        [first] = supplement(session, held, rules, ALERTS, "raised after dispatch", tmp_path, TODAY)
        assert (first.number, first.first_page) == (1, out.pages + 1)
        assert list(first.manifest["items"]) == [called(session, held, ItemKind.EXCEPTION).key]
    published(town, rules, tmp_path)
    text = words(tmp_path, first)
    assert "raised after dispatch" in text
    assert f"Page {out.pages + 1} of" in text
    assert (tmp_path / out.path).read_bytes() == frozen
    assert sha256(frozen).hexdigest() == out.sha256
    assert check(tmp_path / first.path) == []
    with unit_of_work(town) as session:  # a second one counts on from the first
        held = agenda.hold(session, BOARD, rules)
        agenda.add(session, held, "Urgent matter", ItemPurpose.INFORMATION, None, "Board Secretary", NOW)
        [second] = supplement(session, held, rules, ALERTS, "told today", tmp_path, TODAY)
        assert (second.number, second.first_page) == (2, first.first_page + first.pages)


def test_nothing_is_published_that_is_not_what_was_compiled(town: str, rules: Rules, tmp_path: Path) -> None:
    with unit_of_work(town) as session, pytest.raises(PackRefused, match=r"no pack .* compiled yet"):
        publish(session, agenda.hold(session, BOARD, rules), tmp_path, "Board Secretary", NOW)
    [pack] = compiled(town, rules, tmp_path)
    with (tmp_path / pack.path).open("ab") as file:
        file.write(b"\n% changed")
    with pytest.raises(PackRefused, match="not the file that was compiled"):
        published(town, rules, tmp_path)


def test_publishing_twice_publishes_once(town: str, rules: Rules, tmp_path: Path) -> None:
    compiled(town, rules, tmp_path)
    [first] = published(town, rules, tmp_path)
    [again] = published(town, rules, tmp_path)
    assert (first.id, first.published_at) == (again.id, again.published_at)


def test_compiling_again_replaces_what_was_not_published(town: str, rules: Rules, tmp_path: Path) -> None:
    compiled(town, rules, tmp_path)
    with unit_of_work(town) as session:
        raise_exception(session)
    [second] = compiled(town, rules, tmp_path)
    with unit_of_work(town) as session:
        assert [one.sha256 for one in session.exec(select(Pack))] == [second.sha256]


def test_two_who_compile_at_once_get_one_pack(town: str, rules: Rules, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: compiled(town, rules, tmp_path), range(2))
    assert [one.sha256 for one in first] == [one.sha256 for one in second]
    with unit_of_work(town) as session:
        assert len(session.exec(select(Pack)).all()) == 1


def test_what_a_cancelled_meeting_had_comes_to_the_next(town: str, rules: Rules) -> None:
    fewer = replace(rules, boards=rules.boards.without(BOARD))
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        agenda.add(session, held, "Visit", ItemPurpose.INFORMATION, None, "Board Secretary", NOW)
        following = agenda.hold(session, rules.boards.after(BOARD), rules)
        assert "Visit" not in titles(agenda.compute(session, following, rules))
        assert "Visit" in titles(agenda.compute(session, following, fewer))


# ---- What authors do with their papers


def gate_of(session: Session, rules: Rules, reference: str = "APL") -> tuple[Meeting, AgendaItem]:
    held = agenda.hold(session, BOARD, rules)
    agenda.table(session, held, cycle(session, reference), contract(session, reference), "asked for")
    agenda.compute(session, held, rules)
    return held, next(
        one
        for one in agenda.items(session, held)
        if one.cycle_id == cycle(session, reference).id and one.kind is ItemKind.GATE
    )


def edited(paper: PaperData, text: str = "The author's own words.") -> PaperData:
    return replace(paper, sections=(Section("Information", (Paragraph(text),)), *paper.sections[1:]))


def test_what_an_author_sent_is_never_written_over_and_can_be_put_back(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held, item = gate_of(session, rules)
        drafted = papers.draft(session, item, held, rules, TODAY)
        assert drafted
        assert papers.awaited(session, item)
        content = papers.from_content(drafted.content)
        papers.receive(session, item, edited(content), OWNER, NOW)
        assert not papers.awaited(session, item)
        contract(session, "APL").notice_months = 9
        session.flush()
        kept = papers.draft(session, item, held, rules, TODAY)
        assert kept
        assert papers.from_content(kept.content) == edited(content)
        assert papers.is_stale(session, item, kept)
        papers.confirm(session, item, OWNER, NOW)
        assert not papers.is_stale(session, item, kept)
        assert papers.from_content(papers.revert(session, item, OWNER, NOW).content) == content
        assert papers.from_content(papers.revert(session, item, OWNER, NOW).content) == edited(content)


def test_comments_are_printed_with_their_age_and_fill_in_the_gates_clearance(
    town: str, rules: Rules, tmp_path: Path
) -> None:
    with unit_of_work(town) as session:
        held, item = gate_of(session, rules)
        papers.draft(session, item, held, rules, TODAY)
        comment = Comment("Financial", "CDS", TODAY, ("There are no direct financial implications.",))
        papers.clear(session, item, comment, "Finance Business Partner", rules, NOW)
        from models.checklists import missing

        lacking = missing(session, contract(session, "APL"), cycle(session, "APL"), rules.policy)
        assert "financial clearance" not in lacking
        assert "legal clearance" in lacking
    [pack] = compiled(town, rules, tmp_path)
    assert f"Financial comments (CDS {TODAY:%d/%m/%y})" in words(tmp_path, pack)


# ---- The secretary's agenda


def titles(items: Sequence[AgendaItem]) -> list[str]:
    return [item.title for item in items]


def test_the_secretary_adds_moves_drops_and_puts_back(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        agenda.compute(session, held, rules)
        mine = agenda.add(session, held, "Visit", ItemPurpose.INFORMATION, None, "Board Secretary", NOW)
        first = agenda.items(session, held)[1]
        agenda.shift(session, held, mine, first, "Board Secretary", NOW)
        order = titles(agenda.items(session, held))
        assert order[1:3] == ["Visit", first.title]
        assert titles(agenda.compute(session, held, rules)) == order
        with pytest.raises(agenda.AgendaRefused, match="say why"):
            agenda.drop(session, held, mine, "", "Board Secretary", NOW)
        agenda.drop(session, held, mine, "not yet", "Board Secretary", NOW)
        assert "Visit" not in titles(agenda.compute(session, held, rules))
        agenda.put_back(session, held, "visit", "Board Secretary", NOW)
        assert titles(agenda.items(session, held)) == order


def test_a_gate_cannot_be_marked_for_information(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held, item = gate_of(session, rules)
        with pytest.raises(agenda.AgendaRefused, match="is a gate"):
            agenda.mark(session, held, item, ItemPurpose.INFORMATION, "Board Secretary", NOW)


def test_an_exception_comes_to_the_board_until_one_has_dealt_with_it(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        raise_exception(session)
        held = agenda.hold(session, BOARD, rules)
        agenda.compute(session, held, rules)
        assert called(session, held, ItemKind.EXCEPTION).why == "raised on 25 April 2022, high"
        agenda.close(session, held)  # not decided: it is carried over
        following = agenda.hold(session, rules.boards.after(BOARD), rules)
        agenda.compute(session, following, rules)
        assert called(session, following, ItemKind.EXCEPTION)
