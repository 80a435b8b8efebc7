"""How notices word a contract's term, its extensions and its last date, read cautiously."""

from lifecycle.terms.model import Break, Confidence, DecidedBy, Option, Terms
from lifecycle.terms.reader import read_terms

__all__ = ["Break", "Confidence", "DecidedBy", "Option", "Terms", "read_terms"]
