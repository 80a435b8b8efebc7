"""What people attach: taken in cleaned and measured, or refused with a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from board.rendering.intake import IntakeError, PageSize, open_clean, take_in
from tests.board.attachments import armed, bomb, encrypted, everything, scanned, tagged, untagged


def renamed(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04 a Word file")
    return path


def picture(path: Path) -> Path:
    path.write_bytes(b"\x89PNG\r\n")
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def cut_off(path: Path) -> Path:
    whole = tagged(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def without_pages(path: Path) -> Path:
    pikepdf.new().save(path)
    return path


def huge_page(path: Path) -> Path:
    return untagged(path, width=14_000)


def broken_inside(path: Path) -> Path:
    with pikepdf.open(untagged(path), allow_overwriting_input=True) as pdf:
        pdf.pages[1].obj.Contents = pdf.make_stream(b"BDC (a mark of nothing) Tj EMC")
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path, "cannot be read"),
        (renamed, "not a PDF but a Word or other office file"),
        (picture, "not a PDF but a picture"),
        (empty, "not a PDF but an empty file"),
        (cut_off, "damaged or cut off"),
        (lambda path: encrypted(path, "secret"), "needs a password"),
        (lambda path: encrypted(path, ""), "is protected"),
        (without_pages, "has 0 pages"),
        (huge_page, "Page 1 of “a.pdf” measures 494 by 30 cm"),
        (broken_inside, "damaged inside"),
    ],
)
def test_what_no_pack_can_carry_is_refused_with_a_reason(
    make: Callable[[Path], Path], words: str, tmp_path: Path
) -> None:
    path = make(tmp_path / "a.pdf")
    with pytest.raises(IntakeError, match=words) as refused:
        take_in(path, tmp_path / "store")
    assert "a.pdf" in str(refused.value)
    assert not (tmp_path / "store").exists()


def test_a_small_file_that_expands_to_a_huge_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("board.rendering.intake.MAX_CONTENT", 2_000_000)
    with pytest.raises(IntakeError, match="expands to more than 2 MB of drawing"):
        take_in(bomb(tmp_path / "a.pdf"), tmp_path / "store")


def test_too_large_a_file_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("board.rendering.intake.MAX_BYTES", 100)
    with pytest.raises(IntakeError, match="make its pictures smaller"):
        take_in(untagged(tmp_path / "a.pdf"), tmp_path / "store")


def test_what_runs_hides_or_leads_elsewhere_is_taken_out_and_said(tmp_path: Path) -> None:
    path = armed(tmp_path / "a.pdf")
    assert b"HIDDEN" in everything(path)
    taken = take_in(path, tmp_path / "store")
    kept = everything(taken.path)
    assert b"HIDDEN" not in kept
    assert b"passwd" not in kept
    assert b"javascript" not in kept.lower()
    said = " ".join(taken.cleaned)
    for words in (
        "Scripts were taken out.",
        "Files embedded in it were taken out",
        "4 links that did not lead",
        "1 form field with what was typed in",
        "1 comment or other marking",
    ):
        assert words in said
    with pikepdf.open(taken.path) as pdf:
        assert len(pdf.pages[0].obj.Annots) == 3


def test_a_harmless_file_loses_nothing(tmp_path: Path) -> None:
    taken = take_in(tagged(tmp_path / "a.pdf"), tmp_path / "store")
    assert taken.cleaned == ()
    assert taken.findings == ()
    assert taken.path == tmp_path / "store" / f"{taken.sha256}.pdf"


def test_the_same_file_is_kept_once_and_cleaning_again_changes_nothing(tmp_path: Path) -> None:
    first = take_in(armed(tmp_path / "a.pdf"), tmp_path / "store")
    again = take_in(tmp_path / "a.pdf", tmp_path / "store")
    assert first == again
    assert open_clean(first.path).cleaned == ()
    assert take_in(first.path, tmp_path / "store").findings == first.findings


@pytest.mark.parametrize(
    ("page", "size"),
    [
        ({"width": 1191}, PageSize(1191, 842)),
        ({"Rotate": 90}, PageSize(842, 595)),
        ({"Rotate": -90}, PageSize(842, 595)),
        ({"Rotate": 180}, PageSize(595, 842)),
        ({"UserUnit": 2}, PageSize(1190, 1684)),
        ({"CropBox": pikepdf.Array([100, 100, 400, 300])}, PageSize(300, 200)),
        ({"MediaBox": pikepdf.Array([595, 842, 0, 0])}, PageSize(595, 842)),
    ],
)
def test_pages_are_measured_as_they_are_seen(page: dict[str, Any], size: PageSize, tmp_path: Path) -> None:
    assert open_clean(untagged(tmp_path / "a.pdf", **page)).pages == (size, size)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (untagged, ("has no tags", "Helvetica is not embedded")),
        (scanned, ("has no tags", "Pages 1, 2: pictures without text")),
    ],
)
def test_what_a_machine_cannot_mend_is_a_finding(
    make: Callable[[Path], Path], words: tuple[str, ...], tmp_path: Path
) -> None:
    findings = " ".join(take_in(make(tmp_path / "a.pdf"), tmp_path / "store").findings)
    assert all(word in findings for word in words)
