"""Docker's engine: the one that runs, or one that is started for the tests and stopped after them."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import docker
from docker.errors import DockerException

START_SECONDS = 60
STOP_SECONDS = 30
# Where Docker's programs are that users need not call.
MORE_PATHS = "/usr/sbin:/sbin:/usr/libexec/docker"
# For one request to the engine. It may have to ask a registry that never answers.
REQUEST_SECONDS = 30


class Unavailable(Exception):
    """Why Docker cannot run here."""


@contextmanager
def docker_engine(folder):
    """A client of an engine, whose log is kept in `folder` where it has to be started."""
    client = connected()
    if client:
        yield client
        return
    if "DOCKER_HOST" in os.environ:
        raise Unavailable(f"nothing answers at DOCKER_HOST={os.environ['DOCKER_HOST']}")
    programs = [shutil.which(name, path=f"{os.environ['PATH']}:{MORE_PATHS}") for name in ("docker-init", "dockerd")]
    if not all(programs):
        raise Unavailable("no engine runs, and none is installed")
    if os.geteuid() != 0:
        raise Unavailable("no engine runs, and only root may start one")
    with started(*programs, folder / "dockerd.log") as client:
        yield client


def connected():
    try:
        client = docker.from_env(timeout=REQUEST_SECONDS)
        client.ping()
        return client
    except DockerException:
        return None


@contextmanager
def started(init, engine, log):
    # A session of its own, so that Ctrl-C stops what uses the engine first. `docker-init` ends with this process, even if it
    # is killed (-p), and takes on the processes that containers leave behind (-s).
    with log.open("wb") as output:
        process = subprocess.Popen(
            [init, "-s", "-p", "SIGTERM", "--", engine],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield wait_for(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process, log):
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        client = connected()
        if client:
            return client
        time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise Unavailable(f"`dockerd` does not start: {' '.join(last)}")
