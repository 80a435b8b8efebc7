"""How a contract is shown in the Prefect UI: a run's name, a gate's page, its own page, the overview of all.

People's text is escaped, never markup.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from lifecycle.stages import GATES, OUT_OF_TURN, Stage
from lifecycle.words import say
from models.opening import Visit
from models.sheets import Sheet


def waiting_name(visit: Visit, next_board: date) -> str:
    """`NAPL · procurement · awaiting Board 12 June 2023`; a stage without a gate awaits its completion."""
    awaited = f"Board {say(next_board)}" if visit.stage in GATES else "completion"
    return f"{visit.reference} · {visit.stage} · awaiting {awaited}"


def run_title(made: Sheet) -> str:
    """The name of the run of the stage that the sheet shows."""
    assert made.stage and made.next_board
    return waiting_name(Visit(made.reference, Stage(made.stage), made.visit), made.next_board)


def slug(text: str) -> str:
    """A reference as an artifact's key may be written: small letters, digits and dashes."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split())


def gate_page(made: Sheet, refused: str = "") -> str:
    """What the person at the gate needs to see: the contract, the options, what deferral costs, what is missing."""
    lines = [f"**Refused:** {plain(refused)}", ""] if refused else []
    lines += [f"**{plain(made.reference)}** – {plain(made.title)}", ""]
    lines += [f"The Board decides the {made.gate}.", ""] if made.gate else []
    lines += [f"- {plain(sentence)}" for sentence in made.meaning]
    usual = [option for option in made.options if option not in OUT_OF_TURN]
    lines += [f"- It may be decided: {', '.join(usual)}."] if made.gate else []
    lines += [f"- The checklist still lacks: {plain(', '.join(made.lacking))}."] if made.lacking else []
    lines += [f"- {plain(name)} {said}." for name, said in made.partners]
    return "\n".join(lines)


def contract_page(made: Sheet, on: date) -> str:
    """A contract's page: stage, timeline, checklist, last and next Board, alerts armed."""
    lines = [f"# {plain(made.reference)}: {made.stage or 'no cycle of its own'}", "", plain(made.title), ""]
    lines += [f"- Seen on {say(on)}; owner: {plain(made.owner)}; {made.kind}, {plain(made.department)}"]
    lines += [f"- In this stage since {say(made.since)}"] if made.since else []
    lines += [f"- Next move: {plain(made.move)}"]
    lines += [f"- Next Board: {say(made.next_board)}"] if made.next_board and made.gate else []
    lines += [f"- Last Board that can still decide: {say(made.last_board)}"] if made.last_board else []
    lines += [f"- Next alert: {say(made.next_alert_on)}" if made.next_alert_on else "- No alert is armed"]
    lines += [f"- {plain(text)}" for text in _relations(made)]
    lines += ["", *(f"> {plain(sentence)}" for sentence in made.meaning)]
    if made.checklist:
        lines += [
            "",
            "## What the gate asks for",
            "",
            "| There | Item | Who | Evidence |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {'yes, ' + say(line.on) if line.on else '**no**'} | {plain(line.item)} | {plain(line.by)} "
            f"| {plain(line.evidence)} |"
            for line in made.checklist
        ]
    if made.partners:
        lines += ["", "## Partners", "", *(f"- {plain(name)} {said}" for name, said in made.partners)]
    if made.dates:
        lines += ["", "## Dates ahead", "", "| When | What | How it was worked out |", "|---|---|---|"]
        lines += [f"| {plain(words)} | {plain(what)} | {plain(how)} |" for _, words, what, how in made.dates]
    if made.history:
        lines += ["", "## What was decided and done", "", "| When | What | Why |", "|---|---|---|"]
        lines += [f"| {say(day)} | {plain(what)} | {plain(why)} |" for day, what, why in made.history]
    return "\n".join(lines)


def _relations(made: Sheet) -> Iterable[str]:
    if made.follows:
        yield f"Follows {made.follows}"
    if made.call_offs:
        yield f"Call-offs: {', '.join(made.call_offs)}"
    if made.outlived_by:
        yield f"Call-offs that outlive it: {', '.join(made.outlived_by)}"
    for name, value in (
        ("Predecessor", made.predecessor),
        ("Successor", made.successor),
        ("Split from", made.split_from),
    ):
        if value:
            yield f"{name}: {value}"
    if made.lots:
        yield f"Lots: {', '.join(made.lots)}"


def overview_page(sheets: Sequence[Sheet], on: date) -> str:
    """All cycles, worst first: the stage, the float in Boards, what is late and whose move it is."""
    late = [one for one in sheets if one.float_boards is not None and one.float_boards < 0]
    danger = [one for one in sheets if one.in_danger and one not in late]
    lines = [
        f"# Cycles on {say(on)}",
        "",
        f"{len(sheets)} open; {len(late)} late; {len(danger)} with one Board left.",
        "",
    ]
    lines += ["| Contract | Stage | Float | Last Board | Whose move |", "|---|---|---|---|---|"]
    lines += [
        f"| {plain(one.reference)} | {one.stage} | {float_words(one)} "
        f"| {say(one.last_board) if one.last_board else '–'} | {plain(one.move)} |"
        for one in sheets
    ]
    return "\n".join(lines)


def float_words(one: Sheet) -> str:
    """The float in words, so that nothing hangs on a colour or a sign."""
    match one.float_boards:
        case None:
            return "–"
        case 0:
            return "only the next Board"
        case number if number < 0:
            return f"LATE by {-number} Board{'s' if number < -1 else ''}"
        case number:
            return f"{number} may pass"


def plain(text: str) -> str:
    """The text as itself in Markdown, on one line."""
    one_line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+!|~" else letter for letter in one_line)
