"""The hostile register, filled once."""

import shutil
from pathlib import Path

import pytest

from models.planning import Rules
from models.session import engine
from tests.register.publishing.hostile import fill


@pytest.fixture(scope="session")
def hostile(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Path:
    """A database that holds it; read it, or change a copy."""
    path = tmp_path_factory.mktemp("hostile") / "register.db"
    shutil.copy(sqlite_template, path)
    fill(f"sqlite:///{path}", rules)
    with engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def register(hostile: Path, tmp_path: Path) -> str:
    """A copy of it to change."""
    shutil.copy(hostile, tmp_path / "register.db")
    return f"sqlite:///{tmp_path / 'register.db'}"
