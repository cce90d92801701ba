"""Child processes that listen, and requests to them."""

import http.client
import json
import socket
import subprocess
import time
from contextlib import contextmanager

START_SECONDS = 60
STOP_SECONDS = 20
# A function's own timeout is shorter; a container has to start before it.
ANSWER_SECONDS = 60


@contextmanager
def server(command, port, log, environment):
    """Runs `command`, which listens on `port` of 127.0.0.1, and ends it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
    try:
        wait_until_it_listens(process, port, log)
        yield
    finally:
        # `sam local` removes its containers when it is told to end.
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(process, port, log):
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"it does not listen:\n{log.read_text(errors='replace')}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def invoke(port, function, event):
    """Invokes a function as an SDK would, but for the signature, and answers its JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("POST", f"/2015-03-31/functions/{function}/invocations", event)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
