"""190 wordings of real notices, against what a person read in them before the reader did.

The expectations keep row number and hash, not the words. "cannot tell" in them means that the words say too
little for anyone; the reader may say so of more, but may never read anything else than the person did.
"""

import csv
import hashlib
import os
from collections import Counter
from pathlib import Path

import pytest

from lifecycle.terms import Confidence, Terms, read_terms

DATA = os.environ.get("RECOMMISSION_DATA")
EXPECTED = Path(__file__).with_name("extension_phrases_expected.csv")
COLUMNS = ("initial_months", "options", "max_total_months", "max_end", "decided_by", "start", "initial_end")


def reading(terms: Terms) -> tuple[str, ...]:
    dates = [day.edtf if day else "" for day in (terms.max_end, terms.start, terms.initial_end)]
    options = (f"{'<=' if option.up_to else ''}{option.count}x{option.months}" for option in terms.options)
    return (
        str(terms.initial_months or ""),
        ";".join(options),
        str(terms.max_total_months or ""),
        dates[0],
        str(next((option.decided_by for option in terms.options if option.decided_by), "")),
        dates[1],
        dates[2],
    )


@pytest.mark.skipif(not DATA, reason="RECOMMISSION_DATA names no folder with extension_phrases.csv")
def test_no_real_wording_is_read_wrongly_and_most_are_read() -> None:
    with (Path(DATA or "") / "extension_phrases.csv").open(encoding="utf-8", newline="") as file:
        phrases = [row["phrase"] for row in csv.DictReader(file)]
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    counts: Counter[str] = Counter()
    wrong = []
    for phrase, row in zip(phrases, expected, strict=True):
        assert hashlib.sha256(phrase.encode()).hexdigest().startswith(row["sha256"]), row["row"]
        terms = read_terms(phrase)
        if terms.confidence is Confidence.CANNOT_TELL:
            counts[
                "cannot tell, " + ("rightly" if row["verdict"] == "cannot tell" else "though a person can")
            ] += 1
        elif row["verdict"] == "read" and reading(terms) == tuple(row[column] for column in COLUMNS):
            counts["read rightly"] += 1
        else:
            wrong.append((row["row"], phrase, terms.reading))
    print(dict(counts))
    assert not wrong
    assert counts == {
        "read rightly": 140,
        "cannot tell, rightly": 43,
        "cannot tell, though a person can": 7,
    }
