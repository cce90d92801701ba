"""The API as `sam local start-api` serves it: issue, upload, download; and what a policy change does to it."""

import json
import time

import pytest
from expected import EVENTS
from local_template import with_api
from stack import send

# The first request starts two containers, and reads the issuer's keys.
ANSWER_SECONDS = 60
# The issuer may trust what it has in memory for a second.
FORGETS_SECONDS = 15


@pytest.fixture(scope="module")
def token(stack):
    return stack.exports["PRESIGN_DEMO_TOKEN"]


@pytest.fixture(scope="module", params=["http", "rest"])
def api(sam, request):
    with sam.api(with_api(request.param)) as address:
        yield address


@pytest.fixture(scope="module")
def issue(api, token):
    """Issues a URL to the caller that has the token."""

    def issue(operation, key, **more):
        asked = {"operation": operation, "bucket": "demo", "key": key, "expiresIn": 900} | more
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        response = send("POST", f"{api}/urls", headers, json.dumps(asked).encode(), ANSWER_SECONDS)
        assert response.status == 200, response.body
        return json.loads(response.body)

    return issue


def follow(issued, body=None):
    return send(issued["method"], issued["url"], issued["headers"], body)


def test_the_health_check_asks_for_no_token(api):
    response = send("GET", f"{api}/healthz", timeout=ANSWER_SECONDS)
    assert (response.status, response.body) == (200, b'{"status":"ok"}')


# SAM CLI makes 502 of an authorizer's error `Unauthorized`, where API Gateway makes 401.
@pytest.mark.parametrize(
    ("headers", "statuses"), [({}, [401]), ({"Authorization": "Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}, [401, 502])]
)
def test_without_a_good_token_nothing_is_issued(api, headers, statuses):
    response = send("POST", f"{api}/urls", headers, b"{}", ANSWER_SECONDS)
    assert response.status in statuses
    assert b"url" not in response.body


def test_what_goes_up_comes_down(issue):
    # Bytes that are no text, so that whoever decodes them on the way shows.
    content = bytes(range(256)) * 64
    upload = issue("putObject", "round-trip.bin", contentType="application/octet-stream")
    assert upload["method"] == "PUT"
    assert follow(upload, content).status == 200

    download = issue("getObject", "round-trip.bin")
    assert download["signedBy"].endswith("/demo-user"), "the caller is whom the token names"
    response = follow(download)
    assert response.status == 200
    assert response.body == content


# Once is enough: behind the API all is the same, and after a change nothing is stored for a while.
@pytest.mark.parametrize("api", ["http"], indirect=True)
def test_after_a_policy_change_the_url_is_another(issue, sam):
    old = issue("getObject", "hello.txt")
    again = issue("getObject", "hello.txt")
    assert again["cache"] == "hit"
    # Not compared in the assertion: pytest would show both.
    same = again["url"] == old["url"]
    assert same

    outcome = sam.invoke("InvalidateUrls", EVENTS / "iam-put-role-policy.json")
    assert [advanced["scope"] for advanced in outcome["advanced"]] == ["role/123456789012/presign-demo-signer"]
    deadline = time.monotonic() + FORGETS_SECONDS
    while (new := issue("getObject", "hello.txt"))["cache"] == "hit":
        assert time.monotonic() < deadline, "the URL from before the change is served still"
    same = new["url"] == old["url"]
    assert not same
    assert new["cache"] == "bypass", "nothing is stored while the change settles"

    # The policy has not changed here, only the event said so: nothing was revoked.
    assert follow(old).body == follow(new).body == b"Hello from a presigned URL.\n"
