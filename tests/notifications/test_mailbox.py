"""The demonstration's mail server keeps every message it is given, as it was given."""

import smtplib
from hashlib import sha256
from pathlib import Path

import pytest

from notifications.mailbox import Mailbox

FROZEN = (
    b"From: a@council.example\r\nTo: b@council.example\r\nDate: Mon, 13 Feb 2023 09:00:00 +0000\r\n"
    b"Message-ID: <1@council.example>\r\n\r\nDue.\r\n.A leading dot\r\n.\r\n"
)


def deliver(mailbox: Mailbox, recipients: list[str], message: bytes = FROZEN) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, local_hostname="localhost") as smtp:
        smtp.sendmail("a@council.example", recipients, message)


def test_a_message_is_kept_byte_for_byte_under_its_own_date(tmp_path: Path) -> None:
    with Mailbox(tmp_path / "mail") as mailbox:
        deliver(mailbox, ["Placements Manager/../x@council.example".replace(" ", ".")])
    [kept] = (tmp_path / "mail").iterdir()
    assert kept.read_bytes() == FROZEN
    assert kept.name == f"20230213-090000_0001_placements.manager-..-x_{sha256(FROZEN).hexdigest()[:8]}.eml"


def test_the_same_message_again_is_another_file_also_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with Mailbox(tmp_path) as mailbox:
            deliver(mailbox, ["b@council.example"])
            deliver(mailbox, ["b@council.example", "c@council.example"])
    kept = list(tmp_path.iterdir())
    assert len(kept) == 6
    assert {file.suffix for file in kept} == {".eml"}
    assert {file.read_bytes() for file in kept} == {FROZEN}


@pytest.mark.parametrize("date", [b"", b"Date: tomorrow\r\n"])
def test_a_message_without_a_readable_date_is_kept_too(tmp_path: Path, date: bytes) -> None:
    with Mailbox(tmp_path) as mailbox:
        deliver(mailbox, ["b@council.example"], date + b"Subject: x\r\n\r\ny\r\n")
    [kept] = tmp_path.iterdir()
    assert kept.name.startswith("undated_0001_b_")


def test_a_stopped_mailbox_frees_its_port(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        port = mailbox.port
    with Mailbox(tmp_path, port) as again:
        assert again.port == port


def test_stopping_ends_a_connection_that_a_client_still_holds(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox:
        client = smtplib.SMTP("127.0.0.1", mailbox.port, local_hostname="localhost", timeout=5)
        client.ehlo()
    with pytest.raises(smtplib.SMTPServerDisconnected, match="closed"):
        client.noop()


def test_a_taken_port_is_an_error_at_once(tmp_path: Path) -> None:
    with Mailbox(tmp_path) as mailbox, pytest.raises(OSError, match="in use"):
        Mailbox(tmp_path, mailbox.port)
