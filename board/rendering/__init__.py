"""Documents for people: plain data in, bytes out. No database and no clock in here."""
