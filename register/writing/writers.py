"""The writer of each layout, by the layout's name."""

from collections.abc import Mapping

from register.writing.contracts import Contracts
from register.writing.payments import Payments
from register.writing.people import People
from register.writing.placements import Placements
from register.writing.run import MakeWriter
from register.writing.spend import Spend
from register.writing.suppliers import Suppliers

WRITERS: Mapping[str, MakeWriter] = {
    "people": People,
    "suppliers": Suppliers,
    "contracts": Contracts,
    "spend": Spend,
    "placements": Placements,
    "payments": Payments,
}
