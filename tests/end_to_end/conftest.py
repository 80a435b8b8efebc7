"""One council, one mail server, one Prefect server of each module's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from models.planning import Rules
from models.session import migrate
from notifications.mailbox import Mailbox
from recommission.prefect_server import PrefectServer, free_port
from tests.town import SENDER, furnish

if TYPE_CHECKING:
    from flows.replay import Replay


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Iterator[Path]:
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
            ("PREFECT_PORT", free_port(0)),
        ):
            patch.setenv(f"RECOMMISSION_{name}", str(value))
        database = Settings().database
        migrate(database)
        furnish(database, folder, rules)
        yield folder


@pytest.fixture(scope="module")
def replay(home: Path) -> Iterator["Replay"]:
    """The deployments, registered on a server of this module's own."""
    with PrefectServer(Settings()) as server:
        server.wait()
        from flows.replay import replaying

        with replaying() as made:
            yield made
