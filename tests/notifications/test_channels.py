"""The channel file: an Apprise URL a tag, mistakes told at start without the secret; webhooks on loopback."""

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from notifications.channels import ChannelError, Channels
from tests.servers import webhook

SECRET = "t0ken/in path&more"  # noqa: S105 -- looked for in every log and error
ROOM = Path(__file__).parents[2]


def load(*urls: str, env: dict[str, str] | None = None, **config: Any) -> Channels:
    entries = [{url: [{"tag": f"tag{number}"}]} for number, url in enumerate(urls, 1)]
    return Channels.load({"version": 1, "urls": entries} | config, {"SECRET": SECRET} if env is None else env)


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


def test_secrets_of_a_webhook_are_in_no_log_repr_or_outcome(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with webhook() as server:
        server.status = 500
        hook = load(f"{server.url}/${{SECRET}}?+Authorization=${{SECRET}}")
        outcome = hook.send(b"", "tag1", "owner", "Title", "Body")
    assert server.received[0][1]["Authorization"] == SECRET
    shown = "".join(
        [repr(hook), repr(outcome), *(r.getMessage() for r in caplog.records if "urllib3" not in r.name)]
    )
    assert "t0ken" not in shown


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
        "TEAMS_URL": "https://prod-1.uksouth.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?sig=xyz",
    }
    urls = yaml.safe_load("\n".join(examples))
    assert len(urls) == 5
    for entry in urls:
        assert Channels.load({"urls": [entry]}, env).tags


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
        ("workflows://t0ken", "workflows://"),
        ("slack://t0ken/x", "slack://"),
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
    ],
)
def test_a_file_of_another_shape_is_told_at_load(config: object, said: str) -> None:
    with pytest.raises(ChannelError, match=said.replace("?", r"\?")):
        Channels.load(config, {})


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
