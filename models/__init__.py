"""What is known: the tables of the record, the session they are read in, and what must be one transaction."""
