"""Contracts in and out of the record."""
