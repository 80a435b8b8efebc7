"""Text as published systems write it: repaired where it is certain how it was garbled, bounded, on one line."""

import html
import re
from functools import lru_cache

LONGEST = 100_000
"""Characters of the longest text that is read; a notice's description has some thousands."""

# UTF-8 read as Windows-1252: a lead byte (Â, Ã, â, ï, ð), then as many continuation bytes as it announces.
_LATER = "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
_GARBLED = re.compile(f"[\u00c2\u00c3]{_LATER}|[\u00e2\u00ef]{_LATER}{{2}}|\u00f0{_LATER}{{3}}")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{2,5});")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")


def _byte(letter: str) -> bytes:
    """The byte that was shown as this letter; what Windows-1252 leaves undefined is shown as it is."""
    return letter.encode("latin-1" if letter <= "\xff" else "cp1252")


def _letters(match: re.Match[str]) -> str:
    raw = b"".join(map(_byte, match[0]))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def repaired(text: str) -> str:
    """The text with UTF-8 that was read as Windows-1252 ("â€™" for "’") and HTML's entities as they were meant.

    Only sequences that are valid UTF-8 and hardly ever stand in English are touched; twice garbled is undone twice.
    """
    for _ in range(3):
        if text.isascii() or (mended := _GARBLED.sub(_letters, text)) == text:
            break
        text = mended
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text) if "&" in text else text


def unsound(text: str) -> str:
    """Why a text cannot be kept, whatever it says; empty where it can."""
    if len(text) > LONGEST:
        return f"has {len(text):,} characters; the most is {LONGEST:,}"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "holds half a character (a lone surrogate)"
    return ""


def cleaned(text: str) -> tuple[str, bool]:
    """Text without what no database can hold, and whether it was garbled; lines are kept, other white space is single."""
    mended = repaired(text)
    if mended.isascii() and mended.isprintable():
        return " ".join(mended.split()), mended != text
    lines = _UNWRITABLE.sub("", mended).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip(), mended != text


SHORT = 200
cleaned_short = lru_cache(maxsize=8192)(cleaned)
"""The same for texts of at most `SHORT` characters, of which many stand in a notice more than once."""


def one_line(text: str) -> str:
    """Text as a title or a name is written: on one line."""
    return " ".join(text.split())
