"""What the Board's work tells people: what they owe, that a pack is ready or out, what became of a late paper."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from sqlmodel import Session, select

from board import papers
from board.agenda import items
from board.chasing import Chase
from board.membership import seats
from board.readiness import Lack
from lifecycle.policy import Policy
from lifecycle.words import count_of, say
from models.columns import identity
from models.meetings import Meeting, Role
from models.notices import Notice
from models.papers import Edition, Pack
from models.people import Person

Address = Callable[[Pack, int], str]
"""Where a post may open a pack."""


def reminders(chases: Iterable[Chase], on: date) -> list[Notice]:
    """One message a post for all it is reminded of on the day."""
    owed: dict[int, list[Chase]] = {}
    for chase in chases:
        owed.setdefault(chase.person_id, []).append(chase)
    return [
        Notice(
            person,
            f"reminder {on} {' '.join(sorted(one.key for one in ones))}",
            ones[0].line.split(":")[0] + ": reminder"
            if len(ones) == 1
            else f"{count_of(len(ones), 'matter')} of the Board's wait for you",
            ("The Board waits for this from you:", "", *(f"- {one.line}" for one in ones)),
        )
        for person, ones in sorted(owed.items())
    ]


def pack_ready(
    session: Session, meeting: Meeting, packs: Sequence[Pack], lacks: Sequence[Lack], policy: Policy, home: str
) -> list[Notice]:  # fmt: skip
    """To the secretary: the pack is compiled, what it lacks, and what had to be changed to print it."""
    secretary = session.exec(select(Person.id).where(Person.title == policy.board.secretary)).first()
    if secretary is None:
        return []
    missing = [f"- Item {one.number}, {one.title}: {one.what} ({one.whom})" for one in lacks]
    changed = [f"- {words}" for pack in packs for words in pack.warnings]
    lines = [
        f"- {pack.edition} edition, {count_of(pack.pages, 'page')}: {home}/{pack.path}" for pack in packs
    ]
    parts: list[str] = [f"The pack for the Board of {say(meeting.on)} is compiled:", *lines, ""]
    parts += ["Nothing is missing from it."] if not missing else ["It lacks:", *missing]
    parts += ["", "To look at:", *dict.fromkeys(changed)] if changed else []
    parts += ["", f"Publish it with: recommission board publish {meeting.on}"]
    subject = f"Board of {say(meeting.on)}: the pack is compiled, " + (
        f"{count_of(len(missing), 'thing')} missing" if missing else "nothing missing"
    )
    key = f"pack {meeting.on} {' '.join(pack.sha256 for pack in packs)} {len(missing)}"
    return [Notice(secretary, key, subject, tuple(parts))]


def published(session: Session, meeting: Meeting, packs: Sequence[Pack], address: Address) -> list[Notice]:
    """To every member the edition they are entitled to: members and the chair the exempt one, where there is one."""
    what = f"Supplement {packs[0].number} to the agenda" if packs[0].number else "The agenda pack"
    told = []
    for member in seats(session, meeting.on):
        entitled = member.role is not Role.ADVISER
        mine = [one for one in packs if one.edition is Edition.EXEMPT] if entitled else []
        pack = (mine or list(packs))[0]
        restricted = ("", "It holds exempt items: not for publication.") if mine else ()
        late = (f"Why it could not wait: {pack.urgency}", "") if pack.urgency else ()
        lines = (
            f"{what} for the Board of {say(meeting.on)} is published, {count_of(pack.pages, 'page')}:",
            address(pack, member.person_id),
            *restricted,
            "",
            *late,
            f"SHA-256: {pack.sha256}",
        )
        subject = f"Board of {say(meeting.on)}: {what[0].lower()}{what[1:]}"
        told.append(Notice(member.person_id, f"published {pack.sha256}", subject, lines))
    return told


def late_papers(
    session: Session, meeting: Meeting, packs: Sequence[Pack], lacks: Sequence[Lack], following: date
) -> list[Notice]:  # fmt: skip
    """To authors: whose paper the published pack lacks, and in which supplement a late one came out."""
    there = packs[0].manifest["items"]
    told = []
    for number, item in enumerate(items(session, meeting), 1):
        who = papers.author(session, item)
        if who is None:
            continue
        if packs[0].number and item.key in there:
            pages = packs[0].manifest["pages"].get(there[item.key]["number"], [])
            where = f", pages {pages[0]} to {pages[-1]}" if pages else ""
            line = f"“{item.title}” went out in Supplement {packs[0].number}{where}."
        elif not packs[0].number and any(one.number == number and one.must for one in lacks):
            wanted = "; ".join(one.what for one in lacks if one.number == number and one.must)
            line = (
                f"“{item.title}” went out in the pack for the Board of {say(meeting.on)} as the record has it. It still "
                f"lacks: {wanted}. What comes now goes into a supplement if the chair agrees that it is urgent, and "
                f"otherwise to the Board of {say(following)}."
            )
        else:
            continue
        told.append(
            Notice(
                who, f"late {packs[0].sha256} {identity(item)}", f"Board of {say(meeting.on)}: your paper", (line,)
            )
        )  # fmt: skip
    return told
