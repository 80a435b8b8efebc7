"""The open pack never held what is not for publication; the restricted one marks every part of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from board.rendering import pdfcheck
from board.rendering.content import (
    AgendaEntry,
    Attachment,
    Exemption,
    Meeting,
    PackData,
    PaperData,
    Paragraph,
    Section,
    Supplement,
    Table,
)
from board.rendering.editions import open_edition
from board.rendering.pack import PackDataError, RenderedPack, render_pack
from tests.board.attachments import everything, tagged

PRICES = Exemption(3, "Bidders would learn each other's prices.")
CONFIDENTIAL = Exemption(None, "")
SECRETS = ("MARKERPAPER", "MARKERSECTION", "MARKERATTACHED", "MARKERENCLOSED", "MARKERCONFIDENTIAL")
NOTE = (
    "Not for publication: exempt under paragraph 3 of Part 1 of Schedule 12A to the Local Government Act 1972"
)


def paper(*sections: Section, purpose: str = "To decide.") -> PaperData:
    return PaperData("A post", "A paper", purpose, sections)


def entry(number: str, title: str, **more: object) -> AgendaEntry:
    return AgendaEntry(number, title, "Award", "decision", "A post", **more)  # type: ignore[arg-type]  # field by name


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PackData:
    home = tmp_path_factory.mktemp("attached")
    bids = tagged(home / "bids.pdf", "MARKERATTACHED")
    enclosed = tagged(home / "enclosed.pdf", "MARKERENCLOSED")
    price = Section("Price", (Paragraph("MARKERSECTION"),), PRICES)
    return PackData(
        "A council",
        "The Board",
        Meeting("April", datetime(2022, 4, 25, 10, tzinfo=UTC), "A room"),
        date(2022, 4, 18),
        (
            entry("1", "Minutes", paper=paper()),
            entry(
                "2", "Short breaks", paper=paper(price), attachments=(Attachment("The bids", bids, PRICES),)
            ),
            entry(
                "3",
                "Negotiation",
                paper=paper(purpose="MARKERPAPER"),
                exempt=PRICES,
                expected_from="A post",
                attachments=(Attachment("Enclosed", enclosed),),
            ),
            entry("4", "One supplier", paper=paper(purpose="MARKERCONFIDENTIAL"), exempt=CONFIDENTIAL),
        ),
        restricted=True,
    )


@pytest.fixture(scope="module")
def editions(
    data: PackData, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[RenderedPack, Path]]:
    home = tmp_path_factory.mktemp("editions")
    both = {"restricted": data, "open": open_edition(data)}
    return {
        name: (render_pack(one, home / f"{name}.pdf"), home / f"{name}.pdf") for name, one in both.items()
    }


Editions = dict[str, tuple[RenderedPack, Path]]


def text(path: Path) -> str:
    return " ".join("\n".join(pdfcheck.page_texts(path)).replace("\u200b", "").split())


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_withheld_is_in_the_restricted_pack_only_in_bytes_and_in_text(
    secret: str, editions: Editions
) -> None:
    (_, restricted), (_, public) = editions["restricted"], editions["open"]
    assert secret in text(restricted)
    assert secret not in text(public)
    assert secret.encode() not in everything(public)
    assert secret.encode() not in public.read_bytes()


def test_both_editions_are_accessible(editions: Editions) -> None:
    assert all(pdfcheck.check(path) == [] and rendered.accessible for rendered, path in editions.values())


def test_the_open_pack_names_each_withheld_part_with_its_paragraph_and_reason(editions: Editions) -> None:
    shown = text(editions["open"][1])
    for title in ("Price.", "The bids.", "Enclosed."):
        assert f"{title} {NOTE}. {PRICES.public_interest}" in shown
    assert "Not for publication: confidential under section 100A(3)" in shown
    assert "not public" in shown
    assert "to follow" not in shown.lower()
    assert "Restricted" not in shown


def test_the_restricted_pack_marks_every_copy_of_a_withheld_part(editions: Editions) -> None:
    rendered, path = editions["restricted"]
    pages = [" ".join(page.split()) for page in pdfcheck.page_texts(path)]
    for secret in SECRETS[:4]:
        assert all(NOTE in page for page in pages if secret in page)
    assert any("MARKERATTACHED" in page for page in pages[slice(rendered.page_ranges["2"][0], None)])


def test_both_agendas_have_the_resolution_before_the_exempt_items(editions: Editions) -> None:
    for _, path in editions.values():
        agenda = " ".join(pdfcheck.page_texts(path)[1].split())
        before, _, after = agenda.partition("Exclusion of the public")
        assert "during the part of item 2 that is not for publication and item 3, because" in after
        assert "under section 100A(4) of the Local Government Act 1972" in after
        assert "paragraph 3 of Part 1 of Schedule 12A" in after
        assert "must be excluded during item 4, because confidential" in after
        assert "Short breaks" in before
        assert after.index("confidence.") < after.index("Negotiation")


def test_where_only_parts_are_exempt_the_resolution_comes_last(data: PackData, tmp_path: Path) -> None:
    render_pack(open_edition(replace(data, items=data.items[:2])), tmp_path / "p.pdf")
    agenda = pdfcheck.page_texts(tmp_path / "p.pdf")[1]
    assert agenda.index("Short breaks") < agenda.index("Exclusion of the public")


def test_a_pack_without_exempt_parts_has_no_resolution(data: PackData, tmp_path: Path) -> None:
    render_pack(replace(data, items=data.items[:1]), tmp_path / "p.pdf")
    assert "Exclusion" not in text(tmp_path / "p.pdf")


def test_the_page_ranges_of_the_open_pack_leave_out_what_is_not_in_it(editions: Editions) -> None:
    assert list(editions["open"][0].page_ranges) == ["1", "2"]
    assert list(editions["restricted"][0].page_ranges) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("item", [1, 2, 3])
def test_an_open_pack_is_never_made_of_data_that_hold_what_is_exempt(
    item: int, data: PackData, tmp_path: Path
) -> None:
    leak = replace(open_edition(data), items=(data.items[item],))
    with pytest.raises(PackDataError, match="not for publication"):
        render_pack(leak, tmp_path / "p.pdf")
    assert list(tmp_path.iterdir()) == []


def test_opening_an_open_edition_changes_nothing(data: PackData) -> None:
    assert open_edition(open_edition(data)) == open_edition(data)


def test_a_supplement_says_why_and_goes_on_with_the_page_numbers(data: PackData, tmp_path: Path) -> None:
    late = replace(
        open_edition(data),
        items=data.items[:1],
        supplement=Supplement(1, 57, "The inspection report came late."),
        since=Table("Moved", ("Reference",), (("X",),)),
    )
    rendered = render_pack(late, tmp_path / "p.pdf")
    pages = [" ".join(page.split()) for page in pdfcheck.page_texts(tmp_path / "p.pdf")]
    assert "Supplement 1 to the agenda of 25 April 2022" in pages[0]
    assert "section 100B(4)(b) of the Local Government Act 1972" in pages[0]
    assert "The inspection report came late." in pages[0]
    assert rendered.first_page == 57
    assert rendered.page_ranges == {"1": (59, 59)}
    assert [f"Page {57 + n} of {56 + rendered.pages}" in page for n, page in enumerate(pages)] == [
        True
    ] * len(pages)
    assert "59" in pages[1].split()
    assert pdfcheck.check(tmp_path / "p.pdf") == []


def test_a_supplement_that_would_begin_at_the_first_page_is_refused(data: PackData, tmp_path: Path) -> None:
    with pytest.raises(PackDataError, match="begins at page 1"):
        render_pack(replace(data, supplement=Supplement(1, 1, "")), tmp_path / "p.pdf")
