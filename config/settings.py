"""Settings of one installation, from the environment (`RECOMMISSION_…`) with defaults that work."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

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
    portal_host: str = "127.0.0.1"
    portal_port: int = 8400
    portal_url: str = ""

    @property
    def database(self) -> str:
        """The database URL: as set, or SQLite in the home folder."""
        if self.database_url:
            return self.database_url.replace("postgres://", "postgresql://").replace(
                "postgresql://", "postgresql+psycopg://"
            )
        return f"sqlite:///{self.home.resolve() / 'recommission.db'}"

    @property
    def prefect_ui(self) -> str:
        """The address of the Prefect server's pages."""
        return f"http://{self.prefect_host}:{self.prefect_port}"

    @property
    def portal(self) -> str:
        """The address that people reach the pages at: as set, or this machine's own."""
        return self.portal_url.rstrip("/") or f"http://{self.portal_host}:{self.portal_port}"


def load_settings() -> Settings:
    """The settings, with the home folder made where it is missing."""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings


def london_now() -> datetime:
    """The clock, read once at an entry point."""
    return datetime.now(LONDON)
