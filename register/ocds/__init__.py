"""The Open Contracting Data Standard: what portals publish read into the register, and the register written out."""

from register.ocds.exporting import INTERNAL, NothingToPublish, Publisher, write_ocds
from register.ocds.reading import OcdsReading, looks_like_ocds, open_ocds

__all__ = [
    "INTERNAL",
    "NothingToPublish",
    "OcdsReading",
    "Publisher",
    "looks_like_ocds",
    "open_ocds",
    "write_ocds",
]
