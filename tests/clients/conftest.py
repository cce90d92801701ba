"""What the tests are given: a running stack, and the AWS tools pointed at it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from stack import Stack


def pytest_configure():
    # Told to end, pytest still runs what stops the stacks.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch, tmp_path):
    """The tools find neither the developer's AWS account nor a proxy."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in {"http_proxy", "all_proxy"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def start(nothing_of_this_machine, tmp_path_factory):
    """Starts stacks; all are gone afterwards, whatever happened."""
    stacks = []

    def start(*options):
        stacks.append(Stack(tmp_path_factory.mktemp("stack"), *options))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.kill()


@pytest.fixture
def stack(start, monkeypatch):
    """A stack whose exports are in the environment, as after pasting them into a shell."""
    stack = start()
    for name, value in stack.exports.items():
        monkeypatch.setenv(name, value)
    return stack


@pytest.fixture
def client(stack):
    """boto3's clients. SigV4 is said aloud: botocore presigns S3 with the older version in us-east-1 otherwise."""
    session = boto3.Session()
    return lambda service: session.client(service, config=Config(signature_version="s3v4" if service == "s3" else None))


@pytest.fixture
def aws(stack):
    """The AWS command line, of the same virtual environment."""
    program = Path(sys.executable).with_name("aws")

    def aws(*arguments, environment=None, succeeds=True):
        done = subprocess.run(
            [program, *arguments, "--output", "json"],
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        succeeded = done.returncode == 0
        assert succeeded == succeeds, done.stderr
        return done.stdout if succeeds else done.stderr

    return aws
