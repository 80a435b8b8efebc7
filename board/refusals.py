"""What every refusal of the Board's side has in common, so that one place can tell it to a person."""


class BoardRefused(ValueError):
    """What was asked cannot be done; the message says why and what to do."""
