"""Clients that people use, against the local stack: boto3, the AWS command line and Python's own HTTP."""

import http.client
import json
import shutil
import signal
import subprocess
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

GREETING = b"Hello from a presigned URL.\n"
ROLE = "presign-demo-signer"
ROLE_ARN = f"arn:aws:iam::123456789012:role/{ROLE}"
DENY = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})


def test_a_url_is_issued_fetched_and_issued_again_from_the_cache(stack):
    first = stack.issue("getObject", "hello.txt")
    assert first.headers == {}
    fields = dict(first.fields)
    ends_in = datetime.fromisoformat(fields.pop("expiresAt")) - datetime.now(timezone.utc)
    assert timedelta(seconds=880) < ends_in <= timedelta(seconds=900)
    assert fields == {
        "method": "GET",
        "expiresIn": 900,
        "limitedBy": "request",
        "cache": "miss",
        "signedBy": f"arn:aws:sts::123456789012:assumed-role/{ROLE}/local",
    }
    with urllib.request.urlopen(first.url.text, timeout=10) as response:
        assert response.read() == GREETING

    second = stack.issue("getObject", "hello.txt")
    assert second.fields["cache"] == "hit"
    assert second.url == first.url


def test_an_upload_sends_exactly_the_signed_headers(stack, client):
    upload = stack.issue("putObject", "note.txt", contentType="text/plain")
    assert upload.headers == {"content-type": "text/plain"}
    for headers in ({}, {"content-type": "text/html"}):
        refused = upload.fetch(b"forged", headers)
        assert (refused.status, refused.code) == (403, "SignatureDoesNotMatch")

    assert upload.fetch(b"a note").status == 200
    stored = client("s3").get_object(Bucket="demo", Key="note.txt")
    assert stored["Body"].read() == b"a note"
    assert stored["ContentType"] == "text/plain"


def test_a_policy_change_ends_the_url_and_its_session(stack, aws, client):
    old = stack.issue("getObject", "hello.txt")
    assert old.fetch().status == 200

    aws("iam", "put-role-policy", "--role-name", ROLE, "--policy-name", "deny", "--policy-document", DENY)
    refused = old.fetch()
    assert (refused.status, refused.code) == (403, "AccessDenied")
    new = stack.issue("getObject", "hello.txt")
    assert new.fields["cache"] != "hit"
    assert new.url != old.url
    assert new.url.credential != old.url.credential

    iam = client("iam")
    assert iam.get_role_policy(RoleName=ROLE, PolicyName="deny")["PolicyDocument"] == json.loads(DENY)
    role = iam.get_role(RoleName=ROLE)["Role"]
    assert role["Arn"] == ROLE_ARN
    assert "sts:AssumeRole" in role["AssumeRolePolicyDocument"]["Statement"][0]["Action"]
    assert role["CreateDate"] <= datetime.now(timezone.utc)

    # A policy is judged at each request: what it took, taking it back gives again.
    aws("iam", "delete-role-policy", "--role-name", ROLE, "--policy-name", "deny")
    assert old.fetch().body == GREETING
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role_policy(RoleName=ROLE, PolicyName="deny")


HOSTILE = "a'b \"c\" $(touch owned) `touch owned`; # %41 [x-z] {1,2} \\\\ &|<>!~*"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("key", ["k", "a b", "a//b", "a/../b", "trail/", "[a-c]{d,e}", "it's $HOME `id`", "é/😀", "100%"])
def test_a_pasted_curl_command_works(stack, client, tmp_path, key):
    def paste(operation, **more):
        command = stack.issue(operation, key, curl=True, **more).fields["curl"]
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, timeout=20)
        assert done.returncode == 0, done.stderr
        assert b"<Error>" not in done.stdout, done.stdout
        return done.stdout

    (tmp_path / "FILE").write_bytes(b"the bytes")
    paste(
        "putObject",
        contentType="text/plain",
        contentLength=9,
        contentDisposition=HOSTILE,
        metadata={"hostile": HOSTILE},
        tagging={"a": "b c+d"},
        serverSideEncryption="aws:kms",
        ssekmsEncryptionContext={"a": "b"},
        ifNoneMatch="*",
    )
    stored = client("s3").head_object(Bucket="demo", Key=key)
    assert stored["ContentDisposition"] == HOSTILE
    assert stored["Metadata"] == {"hostile": HOSTILE}
    assert paste("getObject") == b"the bytes"
    assert paste("getObject", range="bytes=4-", responseContentDisposition=HOSTILE) == b"bytes"
    assert b"200 OK" in paste("headObject")
    source = {"bucket": "demo", "key": "hello.txt"}
    assert b"CopyObjectResult" in paste("copyObject", copySource=source)
    assert paste("getObject") == GREETING
    paste("putObject")
    assert client("s3").head_object(Bucket="demo", Key=key)["ContentType"] == "binary/octet-stream"
    paste("deleteObject")
    with pytest.raises(client("s3").exceptions.ClientError):
        client("s3").head_object(Bucket="demo", Key=key)
    assert {file.name for file in tmp_path.iterdir()} == {"FILE"}


def test_python_follows_the_redirect_to_an_object(stack):
    with urllib.request.urlopen(f"{stack.api}/objects/demo/hello.txt", timeout=10) as response:
        assert response.read() == GREETING


def test_temporary_keys_copy_files(stack, aws, tmp_path):
    caller = json.loads(aws("sts", "get-caller-identity"))
    assert caller["Account"] == "123456789012"

    answer = json.loads(aws("sts", "assume-role", "--role-arn", ROLE_ARN, "--role-session-name", "copying"))
    keys = answer["Credentials"]
    role = {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    caller = json.loads(aws("sts", "get-caller-identity", environment=role))
    assert caller["Arn"] == f"arn:aws:sts::123456789012:assumed-role/{ROLE}/copying"

    (tmp_path / "up").write_bytes(b"copied")
    aws("s3", "cp", str(tmp_path / "up"), "s3://demo/copied", environment=role)
    aws("s3", "cp", "s3://demo/copied", str(tmp_path / "down"), environment=role)
    assert (tmp_path / "down").read_bytes() == b"copied"
    # Listing is not among what the role may do.
    assert "AccessDenied" in aws("s3", "ls", "s3://demo", environment=role, succeeds=False)


AWKWARD_KEYS = ["a b", "a+b", "a//b", "100%", "%2F", "é/ü", "😀", "a/../b", "/lead", "trail/", "a'(b)*~!", "?q=1&r#s"]


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_awkward_keys_are_written_as_botocore_writes_them(stack, client, key):
    s3 = client("s3")
    body = key.encode()
    s3.put_object(Bucket="demo", Key=key, Body=body)
    answer = stack.issue("getObject", key)
    fetched = answer.fetch()
    assert (fetched.status, fetched.body) == (200, body)

    theirs = s3.generate_presigned_url("get_object", Params={"Bucket": "demo", "Key": key})
    assert answer.url.path == urlsplit(theirs).path


def test_an_event_from_the_bus_ends_the_urls_of_its_bucket(stack, aws):
    stack.issue("getObject", "hello.txt")
    assert stack.issue("getObject", "hello.txt").fields["cache"] == "hit"

    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "accountId": "123456789012", "userName": "admin"},
        "eventTime": now,
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketPolicy",
        "awsRegion": "us-east-1",
        "requestParameters": {"bucketName": "demo", "policy": ""},
        "responseElements": None,
        "eventID": "4ac3f2a0-7b1e-4c58-9a55-2d8e0a3b6f10",
        "readOnly": False,
        "resources": [{"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::demo"}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    }
    entry = {"Source": "aws.s3", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(detail)}
    sent = json.loads(aws("events", "put-events", "--entries", json.dumps([entry])))
    assert sent["FailedEntryCount"] == 0
    assert stack.issue("getObject", "hello.txt").fields["cache"] != "hit"


def test_a_url_says_when_its_session_ends_and_dies_then(start):
    answer = start("--session-seconds", "5").issue("getObject", "hello.txt", expiresIn=3600)
    assert answer.fields["limitedBy"] == "session"
    assert 0 < answer.fields["expiresIn"] <= 5
    assert answer.fetch().status == 200

    deadline = time.monotonic() + 15
    while (response := answer.fetch()).status == 200:
        assert time.monotonic() < deadline, "the URL outlives its session"
        time.sleep(0.2)
    assert datetime.now(timezone.utc) >= datetime.fromisoformat(answer.fields["expiresAt"])
    assert response.status in (400, 403)
    assert response.code == "ExpiredToken" or b"Request has expired" in response.body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_stack_without_a_trace(start, number):
    stack = start()
    assert list(stack.temporary.iterdir())
    # A client that holds its connection open must not hold the stack.
    idle = http.client.HTTPConnection(urlsplit(stack.api).netloc, timeout=10)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read()

    assert stack.stop(number) == 0
    assert not stack.has_processes()
    assert list(stack.temporary.iterdir()) == []
    idle.close()
