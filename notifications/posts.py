"""Posts as alerting sees them: who is away, who stands in, who is next up, how each wants to be told."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.policy import Policy, Stream
from lifecycle.preferences import Wish
from models.alerts import StreamOwner
from models.columns import identity
from models.cycles import Milestone
from models.people import Absence, Person, Preference


class Posts:
    """The posts of the record on one day, each read once."""

    def __init__(self, session: Session, on: date) -> None:
        self._session = session
        self._people: dict[int, Person] = {}
        self._away = {
            absence.person_id: absence
            for absence in session.exec(
                select(Absence)
                .where(col(Absence.first) <= on, sa.or_(col(Absence.last).is_(None), col(Absence.last) >= on))
                .order_by(col(Absence.last).is_(None), col(Absence.last))
            )
        }
        self._wishes = {(one.person_id, one.stream): one for one in session.exec(select(Preference))}

    def person(self, key: int) -> Person:
        """The post of that key."""
        if key not in self._people:
            self._people[key] = self._session.get_one(Person, key)
        return self._people[key]

    def find(self, key: int) -> Person | None:
        """The post of that key; None where there is none."""
        return self._session.get(Person, key)

    def absence(self, person: Person) -> Absence | None:
        """The absence of the post on the day, if it is away or gone."""
        return self._away.get(identity(person))

    def chain(self, person: Person) -> list[Person]:
        """The post, its deputy, its manager, and each manager above, once each."""
        chain = [person]
        if person.deputy_id:
            chain.append(self.person(person.deputy_id))
        while person.manager_id:
            person = self.person(person.manager_id)
            if person in chain:
                break
            chain.append(person)
        return chain

    def stand_in(self, person: Person) -> Person | None:
        """The first of the post's chain that is not away; None where all are."""
        return next((one for one in self.chain(person) if not self.absence(one)), None)

    def stands_in_for(self, person: Person) -> list[Person]:
        """The posts that are away and whose part this one takes."""
        away = map(self.person, sorted(self._away))
        return [post for post in away if post is not person and self.stand_in(post) is person]

    def reached(self, person: Person) -> Person | None:
        """Who hears what is meant for the post: whoever stands in, where they have an address."""
        heir = self.stand_in(person)
        return heir if heir and heir.email else None

    def named(self, role: str, base: Person, second: Person | None = None) -> Person | None:
        """The post of a role as `base` sees it, or the post of that title; None where there is none."""
        match role:
            case "owner":
                return base
            case "second owner":
                return second
            case "deputy":
                return self.person(base.deputy_id) if base.deputy_id else None
            case "manager":
                return self.person(base.manager_id) if base.manager_id else None
            case "head of service":
                manager = self.named("manager", base)
                return self.named("manager", manager) if manager else None
        return self._session.exec(select(Person).where(Person.title == role)).first()

    def wish(self, person: Person, stream: Stream) -> Wish:
        """How the post wants the stream's messages; at once, on every channel, where it said nothing."""
        said = self._wishes.get((identity(person), stream))
        if said is None:
            return Wish()
        quiet = (said.quiet_from, said.quiet_to) if said.quiet_from and said.quiet_to else None
        return Wish(said.mode, said.channel, quiet, said.working_days)


def answers_for_stream(policy: Policy) -> sa.ColumnElement[bool]:
    """Joins to a milestone the post that answers for its stream of its contract, where one is named."""
    ends = [kind for one in policy.streams if one.stream is Stream.ENDS for kind in one.milestones]
    is_end, for_ends = col(Milestone.kind).in_(ends), col(StreamOwner.stream) == Stream.ENDS
    same_stream = (is_end & for_ends) | (~is_end & ~for_ends)
    return (col(StreamOwner.contract_id) == col(Milestone.contract_id)) & same_stream
