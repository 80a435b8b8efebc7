"""The two editions of a pack: the open one is made from data that no longer holds what is not for publication."""

from dataclasses import replace

from board.rendering.content import AgendaEntry, PackData, Section, Withheld


def open_edition(data: PackData) -> PackData:
    """The pack for the public: exempt papers, sections and attachments are gone, and named as withheld."""
    return replace(data, restricted=False, items=tuple(map(_opened, data.items)))


def exempt_parts(entry: AgendaEntry) -> tuple[Withheld, ...]:
    """What of the item is not for publication. Whatever belongs to an exempt paper is exempt with it."""
    parts = list(entry.withheld)
    if entry.exempt and entry.paper:
        parts.append(Withheld(entry.title, entry.exempt))
    elif entry.paper:
        parts += (
            Withheld(section.heading, section.exempt)
            for section in entry.paper.sections
            if section.exempt and section.blocks
        )
    parts += (
        Withheld(attachment.title, why)
        for attachment in entry.attachments
        if (why := attachment.exempt or entry.exempt)
    )
    return tuple(parts)


def _opened(entry: AgendaEntry) -> AgendaEntry:
    return replace(
        entry,
        paper=replace(entry.paper, sections=open_sections(entry.paper.sections))
        if entry.paper and not entry.exempt
        else None,
        attachments=tuple(a for a in entry.attachments if not (a.exempt or entry.exempt)),
        withheld=exempt_parts(entry),
    )


def open_sections(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """An exempt section's heading and reason stay where they stand; what it says is gone."""
    return tuple(replace(section, blocks=()) if section.exempt else section for section in sections)
