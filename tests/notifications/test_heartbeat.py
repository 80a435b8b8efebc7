"""The ping to a service outside: what it is told, and that nothing it does can hurt or tell its address."""

import logging
import socket

import httpx
import pytest

from notifications.heartbeat import WAIT, ping
from tests.servers import webhook


def test_a_completed_sweep_is_told_at_the_address_and_a_failed_one_below_it() -> None:
    with webhook() as server:
        base = f"http://127.0.0.1:{server.server_port}/a-secret"
        assert [ping(base, "completed"), ping(f"{base}/", "failed"), ping(f"{base}?rid=1", "failed")] == [
            ""
        ] * 3
        assert [path for path, _, _ in server.received] == [
            "/a-secret",
            "/a-secret/fail",
            "/a-secret/fail?rid=1",
        ]


@pytest.mark.parametrize(
    ("status", "says"), [(302, "answered 302"), (404, "answered 404"), (500, "answered 500")]
)
def test_no_redirect_is_followed_and_a_refusal_is_words(status: int, says: str) -> None:
    with webhook() as server:
        server.status = status
        assert says in ping(f"http://127.0.0.1:{server.server_port}/a-secret", "completed")
        assert len(server.received) == 1


def test_whatever_goes_wrong_is_said_without_the_address(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.heartbeat.WAIT", httpx.Timeout(0.2))
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as shut:
        port = shut.getsockname()[1]
    with webhook() as dead:
        dead.dies = True
        urls = [f"http://127.0.0.1:{port}/a-secret", f"http://127.0.0.1:{dead.server_port}/a-secret"]
        urls += ["file:///a-secret", "http:///a-secret", "a-secret", "http://[a-secret", "http://a-secret:x/"]
        with socket.create_server(("127.0.0.1", 0)) as silent:
            urls.append(f"http://127.0.0.1:{silent.getsockname()[1]}/a-secret")
            said = [ping(url, "completed") for url in urls]
    assert all(said)
    assert "a-secret" not in " ".join(said) + caplog.text


def test_it_waits_seconds_at_most() -> None:
    assert all(wait is not None and wait <= 5 for wait in WAIT.as_dict().values())
