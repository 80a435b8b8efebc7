"""When somebody is told: at once or in a digest, outside quiet hours, on working days."""

from enum import StrEnum


class Mode(StrEnum):
    """How the messages of a stream come; what is mandatory cannot be switched off."""

    AT_ONCE = "at once"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"
