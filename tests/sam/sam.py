"""The functions in containers, by `sam local`."""

import json
import subprocess
from contextlib import contextmanager

from image import AWS
from server import free_port, invoke, server

INVOKE_SECONDS = 120


class Sam:
    """`sam local` in one image, for functions with these variables. It finds the functions where `sam build` puts them."""

    def __init__(self, image, variables, environment, folder):
        self.environment = environment
        self.folder = folder
        values = folder / "environment.json"
        values.write_text(json.dumps({"Parameters": variables}))
        # The image is here; SAM CLI would look for a newer one.
        self.flags = ["--skip-pull-image", "--env-vars", str(values)]
        if image != AWS:
            self.flags += ["--invoke-image", image]

    def invoke(self, function, event):
        """The JSON that `sam local invoke` prints for the event in a file.

        Its exit status says nothing: it is 0 for a function that failed, and for one that never started.
        """
        done = subprocess.run(
            ["sam", "local", "invoke", function, "--event", event, *self.flags],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=INVOKE_SECONDS,
        )
        assert done.stdout.strip(), f"{function} answers nothing:\n{done.stderr}"
        return json.loads(done.stdout)

    @contextmanager
    def functions(self):
        """All functions behind one port, each in a container that is kept between events."""
        port = free_port()
        with self.server("start-lambda", port):
            yield lambda function, event: invoke(port, function, event.read_bytes())

    @contextmanager
    def api(self, template):
        """The API of `template`, at an address."""
        port = free_port()
        with self.server("start-api", port, "--template", str(template)):
            yield f"http://127.0.0.1:{port}"

    def server(self, name, port, *arguments):
        address = ["--host", "127.0.0.1", "--port", str(port)]
        command = ["sam", "local", name, *address, "--warm-containers", "LAZY", *arguments, *self.flags]
        return server(command, port, self.folder / f"{name}.log", self.environment)
