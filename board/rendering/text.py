"""What must happen to people's text before any document prints it."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

FONTS = Path(__file__).parent.parent / "fonts"

LINE_BREAK = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")
# Nothing here has a glyph. Bidi controls can make a price read backwards, tag characters can hide text
# and a lone surrogate cannot be written to a file at all. Joiners stay.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1
    "\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides and isolates
    "\ufeff\ufff9-\uffff\ufdd0-\ufdef"  # byte order mark, specials, noncharacters
    "\U000e0000-\U000e0fff"  # tags and other invisible format characters
    "\ud800-\udfff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_JOINERS = re.compile("[\u034f\u061c\u180b-\u180f\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f]")
_UNBROKEN = re.compile(r"[^\s\u200b]{21,}")
_BREAK_AFTER = re.compile(r"(?<=[/\\_@&=?#+-])(?=\w)|(?<=[.,;:])(?=[^\W\d])")


def clean(text: str) -> str:
    """NFC; every kind of line break is "\\n", a tab is a space, characters nothing can print are gone."""
    if text.isascii() and text.isprintable():
        return text
    # Typst 0.15 fails on a link that ends with a soft hyphen; long words get break points of our own.
    text = LINE_BREAK.sub("\n", text).replace("\t", " ").replace("\N{SOFT HYPHEN}", "")
    return unicodedata.normalize("NFC", UNPRINTABLE.sub("", text))


def breakable(text: str) -> str:
    """Let runs of more than 20 characters break at a line's end: after punctuation, or every 8 without."""

    def break_run(run: re.Match[str]) -> str:
        pieces = _BREAK_AFTER.split(run[0])
        return "\u200b".join(
            part for piece in pieces for part in (_in_parts(piece, 8) if len(piece) > 20 else (piece,))
        )

    return _UNBROKEN.sub(break_run, text)


def visible(text: str) -> tuple[str, tuple[str, ...]]:
    """Text with each character that no shipped font draws as `[U+4E2D]`, and the characters replaced.

    PDF/UA-1 forbids an undrawn glyph and Typst stops the whole pack on one, so this comes first.
    """
    if text.isascii():
        return text, ()
    missing: list[str] = []
    shown = ""
    for cluster in _clusters(text):
        drawn, undrawn = _drawn(cluster)
        shown += drawn
        missing += undrawn
    return shown, tuple(dict.fromkeys(missing))


@lru_cache(10_000)
def _drawn(cluster: str) -> tuple[str, tuple[str, ...]]:
    wanted = {c for c in cluster if c not in "\n" and not _JOINERS.match(c)}
    # A base and its combining marks are drawn from one font or not at all.
    best = max(_coverage(), key=lambda face: len(wanted & face))
    missing = tuple(c for c in cluster if c in wanted and c not in best)
    return "".join(f"[U+{ord(c):04X}]" if c in missing else c for c in cluster), missing


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for char in text:
        joins = unicodedata.category(char).startswith("M") or char == "\u200d" or cluster.endswith("\u200d")
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _in_parts(text: str, width: int) -> Iterator[str]:
    part = ""
    for cluster in _clusters(text):
        if part and len(part) + len(cluster) > width:
            yield part
            part = ""
        part += cluster
    yield part


@cache
def _coverage() -> tuple[frozenset[str], ...]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fonttools ships no types

    # In Typst's order of preference: what the text is set in, then the fallbacks.
    faces = sorted(FONTS.glob("*.ttf"), key=lambda f: not f.name.startswith("Liberation"))
    return tuple(frozenset(map(chr, TTFont(face, lazy=True).getBestCmap())) for face in faces)
