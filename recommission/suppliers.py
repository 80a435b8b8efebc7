"""`recommission suppliers`: which suppliers are one, asked, merged and taken apart again; all about one of them."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.options import US, AsJson, On, one_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.people import Supplier, SupplierMerge
    from register.identity.answering import Facts, Question

app = typer.Typer(help="Suppliers: who is who, and all about one of them.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The supplier's name, another spelling of it, or a number of its."),
]
By = Annotated[
    str, typer.Option("--by", metavar="POST", help="The post that says so; the command line if left out.")
]
Because = Annotated[
    str, typer.Option(help="Why; must be given where their company numbers say that they are two.")
]


class Said(StrEnum):
    """What can be said of two suppliers."""

    SAME = "same"
    DIFFERENT = "different"


@app.callback()
def group() -> None:
    """Suppliers: who is who, and all about one of them."""


@app.command(epilog="Example: recommission suppliers review 12 same --by 'Category Manager'")
def review(
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="The question to answer; all are listed if left out.")
    ] = None,
    said: Annotated[
        Said | None,
        typer.Argument(parser=one_of("answer", Said), metavar="same|different", help="What they are."),
    ] = None,
    by: By = "",
    because: Because = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """List the suppliers that look like one, the surest first, or say what two of them are.

    On a terminal each is asked in turn. The same are merged (`suppliers undo` takes that back); the different are
    never asked about again.
    """
    from recommission.errors import refuse
    from recommission.record import record, show_json
    from register.identity.answering import questions

    if (number is None) != (said is None):
        refuse("Give the question and its answer, as in: recommission suppliers review 12 same.")
    if number is not None and said is not None:
        question = _answer(number, said, by, because, on)
        if as_json:
            show_json({"said": said, **_question(question)})
        else:
            typer.echo(_told(question, said))
        return
    with record(on) as (_, session):
        asked = questions(session)
    if as_json:
        show_json([_question(one) for one in asked])
    elif not asked:
        typer.echo("No two suppliers look like one that nobody has been asked about.")
    elif sys.stdin.isatty():
        _ask(asked, by, on)
    else:
        for one in asked:
            typer.echo(_lines(one))


def _answer(number: int, said: Said, by: str, because: str, on: Any) -> "Question":
    from models.imports import Answer
    from recommission.errors import told
    from recommission.record import record
    from register.identity.answering import answer
    from register.identity.merging import MergeRefused

    with told(MergeRefused), record(on, write=True) as (now, session):
        return answer(session, number, Answer(said), _who(session, by), now.at, because)


def _ask(asked: "list[Question]", by: str, on: Any) -> None:
    """One after the other; what is answered is kept at once."""
    for place, one in enumerate(asked, 1):
        typer.echo(f"\n{place} of {len(asked)}\n{_lines(one)}")
        key = typer.prompt("[s]ame, [d]ifferent, [l]ater, [q]uit", default="l").strip().casefold()[:1]
        if key == "q":
            return
        if key in ("s", "d"):
            said = Said.SAME if key == "s" else Said.DIFFERENT
            _answer(one.number, said, by, "", on)
            typer.echo(_told(one, said))


def _told(question: "Question", said: Said) -> str:
    if said is Said.SAME:
        return f'"{question.other.name}" is merged into "{question.keep.name}".'
    return f'"{question.keep.name}" and "{question.other.name}" are two; this is not asked again.'


def _lines(one: "Question") -> str:
    return f"{one.number}: {one.score:.0%}, {one.why}\n    keep   {_facts(one.keep)}\n    merge  {_facts(one.other)}"


def _facts(of: "Facts") -> str:
    from lifecycle.words import count_of

    numbers = ", ".join(of.numbers) or "no number"
    return f"{of.name} ({numbers}; {count_of(of.contracts, 'contract')}; £{of.spent:,.0f} on record)"


def _question(one: "Question") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "number": one.number,
        "score": one.score,
        "why": one.why,
        "keep": asdict(one.keep),
        "other": asdict(one.other),
    }


@app.command(epilog='Example: recommission suppliers merge "Larkgarth Homes Ltd" "Larkgarth Homes"')
def merge(
    keep: Name,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The supplier that becomes part of it.")],
    by: By = "",
    because: Because = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Make OTHER one with NAME: its contracts, lots, spend, payments, numbers and names; `undo` puts all back."""
    from recommission.errors import told
    from recommission.record import record, show_json
    from register.identity.merging import MergeRefused
    from register.identity.merging import merge as make_one

    with told(MergeRefused), record(on, write=True) as (now, session):
        one, two = supplier_called(session, keep), supplier_called(session, other)
        names = one.name, two.name
        make_one(session, one, two, _who(session, by), now.at, because)
    if as_json:
        show_json({"kept": names[0], "merged": names[1]})
    else:
        typer.echo(f'"{names[1]}" is merged into "{names[0]}". `recommission suppliers undo` takes it back.')


@app.command(epilog='Example: recommission suppliers undo "Larkgarth Homes"')
def undo(
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The supplier that was merged into another.")],
    by: By = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Take a merge back: what moved goes back to the row; what came in since then stays where it is."""
    from models.people import Supplier
    from recommission.errors import told
    from recommission.record import record, show_json
    from register.identity.merging import MergeRefused
    from register.identity.merging import undo as take_apart

    with told(MergeRefused), record(on, write=True) as (now, session):
        done = _merge_of(session, other)
        left = take_apart(session, done, _who(session, by), now.at)
        names = [session.get_one(Supplier, key).name for key in (done.kept_id, done.merged_id)]
    if as_json:
        show_json({"kept": names[0], "merged": names[1], "left": left})
        return
    typer.echo(f'"{names[1]}" is a supplier of its own again, beside "{names[0]}".')
    for sentence in left:
        typer.echo(sentence, err=True)


def _merge_of(session: "Session", name: str) -> "SupplierMerge":
    """The merge that stands of the supplier of this name."""
    from sqlmodel import col, select

    from models.people import Supplier, SupplierMerge
    from recommission.errors import did_you_mean, refuse

    standing = session.exec(
        select(SupplierMerge, Supplier.name)
        .join(Supplier, col(Supplier.id) == SupplierMerge.merged_id)
        .where(col(SupplierMerge.undone_at).is_(None))
    ).all()
    merges = {merged: done for done, merged in standing}
    if name not in merges:
        refuse(f'"{name}" was not merged into another{did_you_mean(name, merges)}')
    return merges[name]


@app.command(epilog="Example: recommission suppliers show 'Larkgarth Homes'")
def show(name: Name, on: On = None, as_json: AsJson = False) -> None:
    """All about one supplier: its numbers, spellings, contracts, spend by year, and what was merged into it."""
    from recommission.record import record, show_json
    from register.identity.about import about

    with record(on) as (_, session):
        known = about(session, supplier_called(session, name))
    if as_json:
        show_json(known)
        return
    typer.echo(known["name"])
    for what, lines in known.items():
        if what == "name" or not lines:
            continue
        if not isinstance(lines, list):
            typer.echo(f"{what.replace('_', ' ')}: {lines}")
            continue
        typer.echo(f"{what.replace('_', ' ')}:")
        for line in lines:
            typer.echo(
                "  "
                + (line if isinstance(line, str) else ", ".join(str(one) for one in line.values() if one))
            )


def supplier_called(session: "Session", name: str) -> "Supplier":
    """The supplier of that name; one that is not there is refused with the nearest that are."""
    from sqlmodel import col, select

    from models.people import Supplier
    from recommission.errors import did_you_mean, refuse
    from register.identity.answering import named

    supplier = named(session, name)
    if supplier is None:
        known = session.exec(select(Supplier.name).where(col(Supplier.merged_into_id).is_(None))).all()
        refuse(
            f'The register has no supplier "{name}"{did_you_mean(name, known)}'
            if known
            else "The register has no supplier."
        )
    return supplier


def _who(session: "Session", by: str) -> str:
    from recommission.record import post_called

    return post_called(session, by).title if by else US
