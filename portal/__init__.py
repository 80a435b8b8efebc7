"""The pages people answer on, and the calendar feeds: plain HTML that works without JavaScript."""
