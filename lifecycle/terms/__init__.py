"""How notices word a contract's term, its extensions and its last date, read cautiously."""

from lifecycle.terms.reader import Break, Confidence, DecidedBy, Option, Terms, read_terms

__all__ = ["Break", "Confidence", "DecidedBy", "Option", "Terms", "read_terms"]
