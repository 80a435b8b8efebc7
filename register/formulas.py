"""Text that a spreadsheet would run as a formula, marked so that it is text, and read back as it was.

Source: OWASP, CSV Injection: a cell that opens with = + - @ (full-width ones too), a tab or a line break gets an
apostrophe before it. Text that has apostrophes before such a character gets one more, so that nothing is lost.
"""

import re

_OPENS = re.compile(r"'*\s*[=+\-@＝＋－＠]|'*[\t\r\n]")


def guarded(text: str) -> str:
    """The text as it may stand in a CSV that people open in a spreadsheet."""
    return f"'{text}" if _OPENS.match(text) else text


def unguarded(text: str) -> str:
    """The text that was guarded; any other is as it is."""
    return text[1:] if text.startswith("'") and _OPENS.match(text) else text
