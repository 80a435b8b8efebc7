"""The Prefect flows: tables of contents, one short module each. Their work is done below."""
