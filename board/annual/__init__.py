"""The Board's annual report: its figures, what it says, how it is published and frozen."""
