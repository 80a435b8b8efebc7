"""Which suppliers' names look alike without being the same for certain: how sure, and why, for a person to answer."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA, Indel

from register.identity.names import certain_key

FORMS = frozenset({"ltd", "plc", "llp", "cic", "cio", "lp", "inc", "cyf", "cyfyngedig", "ccc", "bv", "gmbh"})
_LIGHT = frozenset(
    {"the", "and", "of", "for", "uk", "gb", "co", "services", "service", "england", "www", "com", "org"}
)
"""Words that are left out or put in as people please. Never "group", "holdings" or a place: those are other companies."""

_EVERYBODYS = _LIGHT | FORMS | frozenset({
    "group", "holdings", "care", "homes", "home", "house", "housing", "support", "solutions", "association", "trust",
    "school", "college", "academy", "council", "consulting", "consultancy", "consultants", "construction", "international",
    "training", "education", "community", "children", "childrens", "learning", "software", "systems", "building", "property",
    "engineering", "health", "healthcare", "management", "associates", "partners", "partnership", "fostering", "north",
    "south", "east", "west", "st", "saint", "london", "national", "first", "new", "young", "people", "families", "family",
    "project", "centre", "centres", "company", "contractors", "maintenance", "residential", "lodge", "limited", "ta",
})  # fmt: skip
"""Words that two strangers may share."""

_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_OTHERWISE = re.compile(
    r"\b(?:ta|la|formerly|previously|formally|now|also known as|known as|aka|dba|part of)\b"
)
_SHORTEST = 5  # letters of a name that tells somebody from others
_CUT = 30  # letters from which on a name may have been cut by the system it comes from
_NEAR = 0.6  # of all letters are the same in two names that may be one
_FULL = 200  # names under one word: too many for it to tell them apart


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of a name. `names` are it and each of the names in it, without spaces and legal form."""

    words: tuple[str, ...]
    form: str
    compact: str
    names: tuple[str, ...]
    figures: str


@lru_cache(maxsize=20_000)
def profile(key: str) -> Profile:
    """The profile of a certain key."""
    parts = [_words(part) for part in _OTHERWISE.split(key)]
    words = tuple(word for part in parts for word in part if word not in FORMS)
    names = ["".join(word for word in part if word not in FORMS) for part in parts]
    compact = "".join(words)
    return Profile(
        words,
        next((word for part in parts for word in part if word in FORMS), ""),
        compact,
        tuple(dict.fromkeys(name for name in names if len(name) >= _SHORTEST)),
        "".join(letter for letter in compact if letter.isdecimal()),
    )


def _words(part: str) -> list[str]:
    words = [_DIGITS.get(word, word) for word in part.split()]
    while len(words) > 1 and words[0] == "the":
        words = words[1:]
    while len(words) > 1 and words[-1] in ("co", "and"):
        words = words[:-1]
    return [word for word in words if word != "and"] or words


def related(one: str, other: str) -> bool:
    """Whether two spellings may be names of one organisation at all, so that a number they share can be believed."""
    first, second = profile(certain_key(one)), profile(certain_key(other))
    if set(first.words) & set(second.words) - _EVERYBODYS:
        return True
    short, long = sorted((first.compact, second.compact), key=len)
    return (
        (len(short) >= _SHORTEST and short in long)
        or Indel.normalized_similarity(short, long) >= 0.65
        or _initials(first, second)
        or _initials(second, first)
    )


def _initials(short: Profile, long: Profile) -> bool:
    initials = "".join(word[0] for word in long.words if word not in ("of", "for", "the"))
    return len(initials) >= 3 and any(word == initials for word in (*short.words, short.compact))


def alike(one: Profile, other: Profile) -> tuple[float, str] | None:
    """How sure it is, from 0 to 1, that two names are one supplier's, and why; None where nothing says so."""
    forms = {one.form, other.form} - {""}
    found = _alike(one, other)
    if found and len(forms) > 1:
        return min(found[0], 0.7), f"{found[1]}; but another legal form"
    return found


def _alike(one: Profile, other: Profile) -> tuple[float, str] | None:
    if one.compact == other.compact:
        return 0.97, "the same but for spaces, digits in words, or the legal form"
    if set(one.names) & set(other.names):
        return 0.92, "one is a trading name in the other"
    if Indel.normalized_similarity(one.compact, other.compact, score_cutoff=_NEAR) == 0:
        return None
    first, second = _beyond(one.words, other.words), _beyond(other.words, one.words)
    if one.figures != other.figures:
        return None
    if not first and not second:
        return 0.88, "the same words"
    if not first or not second:
        more = first or second
        if set(more) <= _LIGHT:
            return (
                0.8 if {"service", "services"} & set(more) else 0.88
            ), f'the same but for "{" ".join(more)}"'
        return _cut(one.compact, other.compact)
    if len(first) == len(second) and all(map(misspelt, sorted(first), sorted(second))):
        return 0.9, f'"{" ".join(first)}" may be "{" ".join(second)}" misspelt'
    return _cut(one.compact, other.compact)


def _cut(one: str, other: str) -> tuple[float, str] | None:
    short, long = sorted((one, other), key=len)
    return (0.85, "one may be the other cut short") if len(short) >= _CUT and long.startswith(short) else None


def _beyond(words: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    return [word for word in words if word not in others]


def misspelt(one: str, other: str) -> bool:
    """Whether one is the other with a letter lost, doubled, swapped or mistyped; short words differ in earnest."""
    if one[:1] != other[:1]:
        return False
    length = min(len(one), len(other))
    if length < 5:
        return length == 4 and one.rstrip("s") == other.rstrip("s")
    return OSA.distance(one, other, score_cutoff=2) <= (1 if length < 8 else 2)


class Alikes:
    """An index of names in which those that look alike are found without comparing all with all."""

    def __init__(self) -> None:
        self._blocks: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)

    def add(self, key: str, owner: int) -> None:
        """Put a certain key into the index, with whose it is."""
        for block in _blocks(profile(key)):
            self._blocks[block].add((key, owner))

    def find(self, key: str, owner: int) -> dict[int, tuple[float, str]]:
        """Every other owner with a name that looks like this one: how sure it is and why, the surest reason of each."""
        found: dict[int, tuple[float, str]] = {}
        its = profile(key)
        blocks = [self._blocks.get(block, set()) for block in _blocks(its)]
        seen = {one for members in blocks if len(members) <= _FULL for one in members}
        for other, whose in seen:
            if whose == owner:
                continue
            answer = alike(its, profile(other))
            if answer and answer > found.get(whose, (0.0, "")):
                found[whose] = answer
        return found


def _blocks(one: Profile) -> Iterator[str]:
    yield f"={one.compact}"
    for name in one.names:
        yield f"={name}"
    yield f"<{one.compact[:7]}"
    yield f">{one.compact[-7:]}"
    for word in one.words:
        if len(word) >= 4 and word not in _EVERYBODYS:
            yield word
