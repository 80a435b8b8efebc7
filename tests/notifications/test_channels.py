"""The channel file: an Apprise URL a tag, mistakes told at start without the secret; webhooks on loopback."""

import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
import yaml

from notifications.channels import ChannelError, Channels
from notifications.mailbox import Mailbox
from tests.servers import Webhook, authority_in, served_by, webhook

SECRET = "t0ken/in path&more"  # noqa: S105 -- looked for in every log and error
NOTIFY_KEY = "live-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
ROOM = Path(__file__).parents[2]


def load(*urls: str, env: dict[str, str] | None = None, **config: Any) -> Channels:
    entries = [{url: [{"tag": f"tag{number}"}]} for number, url in enumerate(urls, 1)]
    return Channels.load(
        {"version": 1, "urls": entries} | config,
        {"SECRET": SECRET, "TOKEN": "TIiajkdnlazkcOXrIdevi7FQ"} if env is None else env,
    )


# --- Sending over HTTP ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, ("accepted", None)),
        (204, ("accepted", None)),
        (302, ("temporary", "302")),
        (307, ("temporary", "307")),
        (400, ("permanent", "400")),
        (404, ("permanent", "404")),
        (408, ("temporary", "408")),
        (425, ("temporary", "425")),
        (429, ("temporary", "429")),
        (500, ("temporary", "500")),
        (503, ("temporary", "503")),
    ],
)
@pytest.mark.parametrize("insisting", ["", "?redirect=yes&retry=3&optional=yes"])
def test_what_an_answer_of_a_webhook_means_and_that_it_is_asked_once(
    status: int, expected: tuple[str, str | None], insisting: str
) -> None:
    with webhook() as server:
        server.status = status
        outcome = load(server.url + insisting).send(b"frozen", "tag1", "owner", "Title", "*Body*")
    assert (outcome.result, outcome.code) == expected
    assert [path for path, _, _ in server.received] == ["/hook"]


def test_a_webhook_gets_title_and_markdown_and_the_same_key_for_the_same_message_only() -> None:
    with webhook() as server:
        hook = load(server.url + "?+X-Own=kept")
        for frozen in (b"one", b"one", b"two"):
            hook.send(frozen, "tag1", "owner@council.example", "Title", "*Body*")
    (_, headers, body), (_, again, _), (_, other, _) = server.received
    assert (body["title"], body["message"], headers["X-Own"]) == ("Title", "*Body*", "kept")
    assert headers["Idempotency-Key"] == again["Idempotency-Key"] != other["Idempotency-Key"]


def test_two_messages_of_the_same_words_have_keys_of_their_own() -> None:
    with webhook() as server:
        hook = load(server.url)
        for key in ("<one@council.example>", "<two@council.example>", "<one@council.example>"):
            hook.send(b"same", "tag1", "owner", "Title", "Body", key)
    assert [headers["Idempotency-Key"] for _, headers, _ in server.received] == [
        "<one@council.example>",
        "<two@council.example>",
        "<one@council.example>",
    ]


def test_a_redirect_carries_the_message_nowhere_else() -> None:
    with webhook() as second, webhook() as first:
        first.status, first.location = 302, f"http://127.0.0.1:{second.server_port}/hook"
        for status in (301, 302, 303, 307, 308):
            first.status = status
            assert load(first.url).send(b"", "tag1", "owner", "Title", "Body").code == str(status)
    assert len(first.received) == 5
    assert second.received == []


def test_no_file_of_this_machine_is_attached_whatever_url_or_message_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content of a file")
    named = f"file://{tmp_path / 'file'}"
    with webhook() as server:
        hook = load(f"{server.url}?attach={named}&:attach={named}")
        hook.send(b"", "tag1", "owner", named, f"![]({named}) {named}")
    [(_, _, body)] = server.received
    assert body["attachments"] == []
    assert "content of a file" not in json.dumps(body)


def slack(server: Webhook) -> Channels:
    """Slack's plugin with the real token format; its host cannot stand in a URL, so it is set on the service."""
    to = load(
        "slack://${A}/${B}/${C}", env={"A": "T1JJ3T3L2", "B": "A1BRTD4JD", "C": "TIiajkdnlazkcOXrIdevi7FQ"}
    )
    to._services["tag1"].webhook_url = f"http://127.0.0.1:{server.server_port}/services"  # type: ignore[attr-defined]
    return to


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, b"ok", ("accepted", None)),
        (403, b"invalid_token", ("permanent", "403")),
        (404, b"channel_not_found", ("permanent", "404")),
        (429, b"rate_limited", ("temporary", "429")),
        (500, b"rollup_error", ("temporary", "500")),
        (302, b"", ("temporary", "302")),
    ],
)
def test_slack_gets_title_and_text_once(status: int, answer: bytes, expected: tuple[str, str | None]) -> None:
    with webhook() as second, webhook() as server:
        server.status, server.answer = status, answer
        server.location = second.url.replace("json", "http")
        outcome = slack(server).send(b"", "tag1", "owner", "Title", "*Body*")
    assert (outcome.result, outcome.code) == expected
    [(path, _, body)] = server.received
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert "Title" in json.dumps(body)
    assert "Body" in json.dumps(body)
    assert second.received == []


@pytest.mark.parametrize("trusted", [True, False])
def test_a_teams_workflow_gets_an_adaptive_card_over_verified_tls(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = authority_in(tmp_path)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(here / "Council CA.pem"))
    with webhook(served_by(here, "127.0.0.1")) as server:
        server.status = 202
        teams = load(f"workflows://127.0.0.1:{server.server_port}/643e69f8/${{SIG}}", env={"SIG": "abc-DEF"})
        outcome = teams.send(b"", "tag1", "owner", "Title", "*Body*")
        assert outcome.result == ("accepted" if trusted else "uncertain")
    assert len(server.received) == int(trusted)
    if trusted:
        [(path, _, body)] = server.received
        assert path.startswith("/workflows/643e69f8/triggers/manual/paths/invoke?")
        assert "sig=abc-DEF" in path
        assert body["attachments"][0]["content"]["type"] == "AdaptiveCard"
        assert "Title" in json.dumps(body)


def test_a_webhook_that_does_not_answer_in_time_may_have_the_message() -> None:
    with webhook() as server:
        server.delay = 1.0
        outcome = load(server.url + "?rto=0.2").send(b"", "tag1", "owner", "Title", "Body")
    assert (outcome.result, outcome.code) == ("uncertain", None)
    assert len(server.received) == 1


def test_a_message_for_a_tag_without_a_channel_waits() -> None:
    outcome = load("json://127.0.0.1:9/").send(b"", "nobody", "owner", "Title", "Body")
    assert outcome.result == "temporary"
    assert "'nobody'" in outcome.detail


@pytest.mark.parametrize("status", [200, 302, 403, 500, 0])
def test_secrets_in_any_part_of_a_url_are_in_no_log_repr_or_outcome(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with webhook() as server:
        server.status, server.dies = status or 200, not status
        host = f"127.0.0.1:{server.server_port}"
        hook = load(
            f"json://mailer:${{SECRET}}@{host}/${{SECRET}}"
            "?+Authorization=${SECRET}&-token=${SECRET}&:secret=${SECRET}&+X-Own=${SECRET}"
        )
        outcomes = [hook.send(b"", "tag1", "owner", "Title", "Body")]
        outcomes += [slack(server).send(b"", "tag1", "owner", "Title", "Body")]
    path, headers, body = server.received[0]
    assert headers["X-Own"] == body["secret"] == SECRET
    assert path.startswith("/t0ken/in%20path")
    assert f"token={quote_plus(SECRET)}" in path
    shown = "".join([repr(hook), repr(outcomes), *(record.getMessage() for record in caplog.records)])
    assert not re.search("t0ken|T1JJ3T3L2|TIiajkdnlazk", shown)
    assert status == 200 or caplog.records  # something was logged, and looked at


# --- The file ------------------------------------------------------------------------------------


def test_the_shipped_file_loads_with_no_variable_set_and_sends_mail() -> None:
    channels = Channels.load(yaml.safe_load((ROOM / "config" / "apprise.yaml").read_text()), {})
    assert channels.tags == {"email"}
    assert channels.is_mail("email")


def test_every_example_in_the_shipped_file_loads_when_its_comment_signs_are_taken_away() -> None:
    lines = (ROOM / "config" / "apprise.yaml").read_text().splitlines()
    examples = [line.replace("# ", "", 1) for line in lines if line.startswith(("  # - ", "  #     - tag"))]
    env = {
        "MAIL_PASSWORD": SECRET,
        "ALERTS_TOKEN": SECRET,
        "NOTIFY_API_KEY": NOTIFY_KEY,
        "SLACK_TEAM": "T1JJ3T3L2",
        "SLACK_APP": "A1BRTD4JD",
        "SLACK_TOKEN": "TIiajkdnlazkcOXrIdevi7FQ",
        "TEAMS_URL": "https://prod-1.uksouth.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?sig=xyz",
    }
    urls = yaml.safe_load("\n".join(examples))
    assert len(urls) == 10
    for entry in urls:
        made = Channels.load({"urls": [entry]}, env)
        assert made.tags or made.operations


def test_operations_have_a_channel_apart_that_carries_no_message_and_shows_no_secret() -> None:
    url = "mailtos://a:${SECRET}@mail.council.example?from=a@council.example&to=ops@council.example"
    made = Channels.load(
        {"urls": [{url: {"tag": "operations"}}, {"json://127.0.0.1/": {"tag": "webhook"}}]},
        {"SECRET": "pa ss"},
    )
    assert made.tags == {"webhook"}
    assert made.operations == url.replace("${SECRET}", "pa%20ss")
    assert "pa" not in repr(made)


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ([{"json://127.0.0.1/": {"tag": "operations, webhook"}}], "names one URL"),
        (
            [{"json://127.0.0.1/": {"tag": "operations"}}, {"json://127.0.0.1/2": {"tag": "operations"}}],
            "one URL",
        ),
        ([{"smtp://127.0.0.1:25/?from=a@council.example": {"tag": "operations"}}], "takes mailto://"),
        (
            [
                {
                    "govuknotify://${KEY}@api.council.example/f33517ff-2a88-4f6e-b855-c550268ce08a": {
                        "tag": "operations"
                    }
                }
            ],
            "takes mailto://",
        ),
        ([{"dbus://": {"tag": "operations"}}], "dbus:// is not among the services"),
    ],
)
def test_a_channel_for_operations_that_prefect_could_not_use_is_refused(urls: list[Any], said: str) -> None:
    with pytest.raises(ChannelError, match=said):
        Channels.load({"urls": urls}, {"KEY": NOTIFY_KEY})


def test_mail_for_operations_reaches_a_relay_by_apprise_alone_as_prefect_sends_it(tmp_path: Path) -> None:
    from apprise import Apprise

    with Mailbox(tmp_path) as mailbox:
        apprise = Apprise()
        apprise.add(
            f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=a@council.example&to=ops@council.example"
        )
        assert apprise.notify("What a person must do.", "Failed: sweep")
        (letter,) = tmp_path.glob("*.eml")
    assert "What a person must do." in letter.read_text()


def test_one_url_may_have_several_tags() -> None:
    assert Channels.load({"urls": [{"json://127.0.0.1/": {"tag": "a, b"}}]}, {}).tags == {"a", "b"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smpts://mail.council.example/?from=a@council.example", "did you mean 'smtps'"),
        ("mailto://mail.council.example", "mailto:// is not among the services"),
        ("dbus://", "dbus:// is not among the services"),
        ("no url at all", "Apprise has no service"),
        ("smtps://mail.council.example/", "needs ?from="),
        ("smtps://mail.council.example/?from=Commissioning", "needs ?from="),
        ("smtps://mail.council.example:5x7/?from=a@council.example", "look at its host and port"),
        ("smtps://mail.council.example:99999/?from=a@council.example", "look at its host and port"),
        ("smtps:///?from=a@council.example", "look at its host and port"),
        ("smtps://mail.council.example/?from=a@council.example&verify=no", "always verified"),
        ("smtp://mail.council.example/?from=a@council.example", "without encryption"),
        ("smtp://mail:${SECRET}@mail.council.example/?from=a@council.example", "without encryption"),
        ("smtps://mail:${UNSET}@mail.council.example/?from=a@council.example", "environment variable UNSET"),
        ("smtps://mail:t0ken@mail.council.example/?from=a@council.example", "a password stands in the file"),
        ("smtps://mail:${SECRET:-t0ken}@mail.council.example/", "a password stands in the file"),
        ("jsons://alerts.council.example/?+Authorization=t0ken", "a password stands in the file"),
        ("jsons://alerts.council.example/?-api_key=t0ken", "a password stands in the file"),
        ("workflows://t0ken", "workflows://: its secret stands in the file"),
        ("slack://t0ken/x", "slack://: its secret stands in the file"),
        ("slack://${SECRET}/x", "slack://: Apprise refuses the URL"),
        ("smtps://mail.council.example/?form=a@council.example", "no option 'form': did you mean 'from'?"),
        ("jsons://alerts.council.example/?verify=no", "always verified"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/${TOKEN}/#one/#two", "names 2 targets"),
        ("${SECRET}", "Apprise has no service"),
        ("t0ken://x", "Apprise has no service"),
    ],
)
def test_a_bad_url_is_told_at_load_with_its_entry_and_without_its_secret(
    url: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    with pytest.raises(ChannelError) as error:
        load("json://127.0.0.1/", url)
    assert "urls, entry 2" in str(error.value)
    assert said in str(error.value)
    assert url.startswith("t0ken") or "t0ken" not in str(error.value)
    assert "t0ken" not in caplog.text
    assert not logging.getLogger("apprise").disabled


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "no channel"),
        ([], "no channel"),
        ({"urls": []}, "no channel"),
        ({"urls": "json://127.0.0.1/"}, "no channel"),
        ({"urls": ["json://127.0.0.1/"]}, "entry 1: write the URL, a colon, and its tag"),
        ({"urls": [{"json://127.0.0.1/": None}]}, "entry 1: needs one `tag:`"),
        ({"urls": [{"json://127.0.0.1/": [{"tag": " "}]}]}, "entry 1: needs one `tag:`"),
        ({"urls": [{"json://127.0.0.1/": [{"tag": "a", "to": "b"}]}]}, "any other option into the URL"),
        (
            {"urls": [{"json://a/": {"tag": "x"}}, {"json://b/": {"tag": "x"}}]},
            "entry 2: the tag 'x' already",
        ),
        ({"urls": [{"json://a/": {"tag": "x"}}], "allow": ["jsno"]}, "did you mean 'json'"),
        ({"urls": [{"json://a/": {"tag": "x"}}], "allow": "json"}, "allow: must be a list"),
        ({"url": [{"json://a/": {"tag": "x"}}]}, "'url': did you mean 'urls'?"),
        ({"urls": [{"json://a/": {"tag": "x"}}], "include": "other.yaml"}, "no setting 'include'"),
    ],
)
def test_a_file_of_another_shape_is_told_at_load(config: object, said: str) -> None:
    with pytest.raises(ChannelError, match=said.replace("?", r"\?")):
        Channels.load(config, {})


def test_every_fault_of_the_file_is_told_at_once() -> None:
    with pytest.raises(ChannelError) as error:
        load(
            "smpts://a/",
            "json://127.0.0.1/",
            "jsons://u:p@a/",
            "jsons://${UNSET}/",
            allow=["jsno", "json", "jsons"],
        )
    assert [fault.partition(":")[0] for fault in error.value.faults] == [
        "allow",
        "urls, entry 1",
        "urls, entry 3",
        "urls, entry 4",
    ]
    assert str(error.value).splitlines() == list(error.value.faults)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"urls:\n  - t0ken: [", "Line 2 is no YAML"),
        (b"urls:\n  - a: b: t0ken", "Line 2 is no YAML"),
        (b"urls: \xff", "not UTF-8"),
        (b"urls:\n  - smpts://a/:\n      - tag: x", "urls, entry 1: Apprise has no service 'smpts'"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_name(
    written: bytes | None, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "apprise.yaml"
    if written is not None:
        path.write_bytes(written)
    with pytest.raises(ChannelError, match=said) as error:
        Channels.read(path, {})
    assert str(error.value).startswith(f"{path}: ")
    assert "t0ken" not in str(error.value)


def test_an_unknown_tag_is_told_with_the_nearest_there_is() -> None:
    assert load("json://127.0.0.1/").unknown("tag1") is None
    assert "did you mean 'tag1'?" in str(load("json://127.0.0.1/").unknown("tga1"))


def test_a_plain_yaml_reading_by_apprise_itself_agrees() -> None:
    from apprise import AppriseAsset, ConfigBase

    from notifications import mail

    mail.register()
    written = (
        (ROOM / "config" / "apprise.yaml").read_text().replace("${RECOMMISSION_MAIL_PORT:-2525}", "2525")
    )
    [service], _ = ConfigBase.config_parse_yaml(written, asset=AppriseAsset())
    assert isinstance(service, mail.Mail)
    assert {str(tag) for tag in service.tags} == {"email"}
