"""What the tests are given: containers or what stands in for them, a local stack, and the functions."""

import json
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest
from emulator import emulated_functions
from engine import Unavailable, docker_engine
from expected import TABLES
from image import AWS, base_image
from sam import Sam
from stack import Stack

REMARKS = pytest.StashKey()
WITHOUT_DOCKER = """SKIPPED: Docker cannot run here: {reason}.
The functions were run by Lambda's runtime interface emulator alone. Neither `sam local invoke` nor `sam local
start-api` has been tried."""
IN_STAND_IN = f"No registry has {AWS} for this machine: the functions ran in a stand-in made of Debian packages."


def pytest_configure(config):
    config.stash[REMARKS] = []
    # Told to end, pytest still runs what stops the children.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))


def pytest_terminal_summary(terminalreporter, config):
    for remark in config.stash[REMARKS]:
        terminalreporter.write_sep("=", "how the functions were run", red=True, bold=True)
        terminalreporter.write_line(remark, red=True, bold=True)


@dataclass(frozen=True)
class Containers:
    image: str
    # The address of this machine that containers reach.
    host: str


@pytest.fixture(scope="session")
def containers(tmp_path_factory, request):
    """None where Docker cannot run, which the end of the run then says."""
    folder = tmp_path_factory.mktemp("docker")
    remarks = request.config.stash[REMARKS]
    with ExitStack() as engine:
        try:
            client = engine.enter_context(docker_engine(folder))
            image = base_image(client, folder)
        except Unavailable as reason:
            remarks.append(WITHOUT_DOCKER.format(reason=reason))
            yield None
            return
        if image != AWS:
            remarks.append(IN_STAND_IN)
        yield Containers(image, gateway(client))


def gateway(client):
    """The host's address on Docker's bridge. An engine that has only just made the bridge does not tell it: it is the first of
    the bridge's network then."""
    bridge = client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    return bridge.get("Gateway") or str(next(ip_network(bridge["Subnet"]).hosts()))


# From here on, each file of tests has its own: a policy change stays in force for a while.
@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sam")


@pytest.fixture(scope="module")
def stack(containers, folder):
    """A local stack that the functions reach, with an issuer of tokens."""
    stack = Stack(folder, "--host", containers.host if containers else "127.0.0.1", "--auth", "jwt")
    yield stack
    stack.kill()


@pytest.fixture(scope="module")
def variables(stack):
    """The functions' own variables."""
    values = json.loads(Path(__file__).with_name("environment.json").read_text())
    return values["Parameters"] | {"AWS_ENDPOINT_URL": stack.api, "PRESIGN_JWT_ISSUER": stack.api}


@pytest.fixture(scope="module")
def environment(stack):
    """This process's variables with the stack's instead of the developer's own account.

    `sam local` hands the keys on to the functions, and itself asks STS whose they are.
    """
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return mine | nowhere | stack.exports


@pytest.fixture(scope="module")
def sam(containers, variables, environment, folder):
    if not containers:
        pytest.skip("Docker cannot run here")
    return Sam(containers.image, variables, environment, folder)


@pytest.fixture(scope="module")
def invoked(containers, variables, environment, folder, request):
    """Answers what a function answers to the event in a file."""
    if containers:
        running = request.getfixturevalue("sam").functions()
    else:
        running = emulated_functions(TABLES, variables, environment, folder)
    with running as functions:
        yield functions
