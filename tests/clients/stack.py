"""The local stack as a child process, and requests exactly as they are written."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

START_SECONDS = 30
STOP_SECONDS = 5


class Stack:
    """A local stack on a free port, with everything it keeps under `folder`."""

    def __init__(self, folder, *options):
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        # A process group of its own, so that a test can see that nothing of it is left.
        self._process = subprocess.Popen(
            [os.path.abspath(os.environ["LOCAL_STACK_BIN"]), "--port", "0", *options],
            cwd=folder,
            env=os.environ | {"TMPDIR": str(self.temporary)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            self.exports = self._read_exports()
        except BaseException:
            self.kill()
            raise
        self.api = self.exports["PRESIGN_API_URL"]

    def _read_exports(self):
        """What the greeting exports; it is written at once, when everything answers."""
        too_late = threading.Timer(START_SECONDS, self._process.kill)
        too_late.start()
        exports = {}
        try:
            for line in self._process.stdout:
                if line.startswith("export "):
                    exports |= dict(re.findall(r"(\w+)=(\S+)", line))
                elif exports and not line.strip():
                    return exports
        finally:
            too_late.cancel()
        raise RuntimeError("the local stack ended, or said nothing, before it was ready")

    def stop(self, number=signal.SIGTERM):
        """Its exit status."""
        self._process.send_signal(number)
        return self._process.wait(STOP_SECONDS)

    def kill(self):
        """Ends it whatever state it is in."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def has_processes(self):
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def issue(self, operation, key, **more):
        """A URL of the bucket `demo`."""
        asked = {"operation": operation, "bucket": "demo", "key": key, "expiresIn": 900} | more
        response = send("POST", f"{self.api}/urls", body=json.dumps(asked).encode())
        assert response.status == 200, response.body
        answer = json.loads(response.body)
        return Answer(url=Url(answer.pop("url")), headers=answer.pop("headers"), fields=answer)


class Url:
    """A presigned URL is a bearer token: a failing test shows it without its query.

    Not a dataclass, of which pytest shows every field.
    """

    def __init__(self, text):
        self.text = text

    def __eq__(self, other):
        return self.text == other.text

    def __repr__(self):
        return f"Url({self.path}?…)"

    @property
    def path(self):
        return urlsplit(self.text).path

    @property
    def credential(self):
        return parse_qs(urlsplit(self.text).query)["X-Amz-Credential"][0]


@dataclass(frozen=True)
class Answer:
    url: Url
    headers: dict
    fields: dict

    def fetch(self, body=None, headers=None):
        """Uses the URL as its holder is told to, or with other `headers`."""
        return send(self.fields["method"], self.url.text, self.headers if headers is None else headers, body)


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes

    @property
    def code(self):
        """The error's code, in S3's XML."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found and found[1].decode()


def send(method, url, headers=None, body=None, timeout=10):
    """Sends the path as it stands: most clients tidy `a//b` and `a/../b`, which S3 does not."""
    to = urlsplit(url)
    connection = http.client.HTTPConnection(to.hostname, to.port, timeout=timeout)
    try:
        connection.request(method, f"{to.path}?{to.query}" if to.query else to.path, body, headers or {})
        response = connection.getresponse()
        return Response(response.status, response.read())
    finally:
        connection.close()
