"""Settings of one installation, from the environment (`RECOMMISSION_…`) with defaults that work."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

HERE = Path(__file__).parent
LONDON = ZoneInfo("Europe/London")


class Settings(BaseSettings):
    """Where things are. `home` holds the database, Prefect's own, the packs and the reject files."""

    model_config = SettingsConfigDict(env_prefix="RECOMMISSION_", extra="ignore")

    home: Path = Path("var")
    database_url: str = ""
    policy: Path = HERE / "policy.toml"
    channels: Path = HERE / "apprise.yaml"
    sender: str = "Recommission <commissioning@council.example>"
    prefect_host: str = "127.0.0.1"
    prefect_port: int = 4200
    prefect_keep_days: int = Field(default=90, ge=2)
    """How long Prefect keeps ended runs, their events, logs and artifacts: from one Board over the next, at some
    6 MB a day (200 short runs). What has to last longer is in the record, which is never cleaned up."""
    portal_host: str = "127.0.0.1"
    portal_port: int = 8400
    portal_url: str = ""
    ppon: str = ""
    """The council's own number as a procuring organisation (GB-PPON), for its notices and its OCDS."""
    ocid_prefix: str = ""
    """The OCID prefix registered for the council, `ocds-` and six letters or digits. Empty: internal identifiers."""
    signing_keys: str = Field(default="", repr=False)
    heartbeat_url: str = Field(default="", repr=False)
    """Where a completed sweep is told of outside, `…/fail` for a failed one; a secret. Empty: nowhere."""

    @model_validator(mode="after")
    def _on_this_machine(self) -> Self:
        """Links lead to this machine's own pages, unless the address of a server in front of them is set."""
        self.portal_url = self.portal_url or f"http://{self.portal_host}:{self.portal_port}"
        return self

    @property
    def database(self) -> str:
        """The database URL: as set, or SQLite in the home folder."""
        if self.database_url:
            return self.database_url.replace("postgres://", "postgresql://").replace(
                "postgresql://", "postgresql+psycopg://"
            )
        return f"sqlite:///{self.home.resolve() / 'recommission.db'}"

    @property
    def mappings(self) -> Path:
        """Where the mappings of other people's columns are kept."""
        return self.home / "mappings"

    @property
    def keys(self) -> list[str]:
        """The keys that links are signed with, the newest last.

        From RECOMMISSION_SIGNING_KEYS (comma separated), or one of this installation's own: made on first use
        into a file of the home folder that only its owner can read.
        """
        given = [key.strip() for key in self.signing_keys.split(",") if key.strip()]
        return given or [_own_key(self.home / "signing.key")]

    @property
    def prefect_ui(self) -> str:
        """The address of the Prefect server's pages."""
        return f"http://{self.prefect_host}:{self.prefect_port}"


def _own_key(path: Path) -> str:
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(made, path)
        made.unlink()
    return path.read_text(encoding="ascii").strip()


def load_settings() -> Settings:
    """The settings, with the home folder made where it is missing."""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings


def london_now() -> datetime:
    """The clock, read once at an entry point."""
    return datetime.now(LONDON)
