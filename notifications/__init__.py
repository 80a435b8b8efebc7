"""Alerts, the outbox that carries them, and their delivery through Apprise."""
