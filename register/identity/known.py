"""A supplier as it is known while files are read: its spellings' keys and its numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from models.people import Scheme

Number = tuple[Scheme, str]

ORDER = (*Scheme,)
"""The registers, the surest first. All but Ofsted's give an organisation one number; a provider has one a home."""


@dataclass(slots=True, eq=False)
class Known:
    """`id` is 0 until it is written, `keys` are the certain keys of its names."""

    id: int
    name: str
    keys: list[str] = field(default_factory=list)
    numbers: set[Number] = field(default_factory=set)
    sme: bool | None = None
    vcse: bool | None = None

    def another_company_than(self, numbers: Iterable[Number]) -> bool:
        """Whether it has another company number: two companies are two, whatever their names."""
        return _other(self.numbers, numbers, Scheme.COMPANY)

    def conflicts(self, numbers: Iterable[Number]) -> bool:
        """Whether it has another number in any register that gives but one."""
        numbers = tuple(numbers)
        return bool(numbers and self.numbers) and any(
            _other(self.numbers, numbers, scheme) for scheme in ORDER if scheme is not Scheme.OFSTED
        )


def _other(ours: Iterable[Number], theirs: Iterable[Number], scheme: Scheme) -> bool:
    first, second = ({one for one in numbers if one[0] is scheme} for numbers in (ours, theirs))
    return bool(first and second and not first & second)
