"""Who is who: suppliers' numbers and names, which of them are one, and contracts that are on the register twice."""
