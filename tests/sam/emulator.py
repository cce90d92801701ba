"""The functions without Docker: the runtime interface emulator that SAM CLI would put into their containers, by itself."""

import platform
from contextlib import ExitStack, contextmanager
from pathlib import Path

import samcli.local
from server import free_port, invoke, server

PROGRAMS = Path(samcli.local.__file__).with_name("rapid")
# A layer is in /opt only in a container.
LAYER = "infra/settings/"


@contextmanager
def emulated_functions(names, variables, environment, folder):
    environment = environment | {name: value.replace("/opt/", LAYER) for name, value in variables.items()}
    with ExitStack() as stack:
        ports = {name: stack.enter_context(emulated(name, environment, folder)) for name in names}
        # The emulator has one function, of this name.
        yield lambda function, event: invoke(ports[function], "function", event.read_bytes())


@contextmanager
def emulated(name, environment, folder):
    port, inner_port = free_port(), free_port()
    command = [
        PROGRAMS / f"aws-lambda-rie-{'arm64' if platform.machine() == 'aarch64' else 'x86_64'}",
        *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{inner_port}"),
        f".aws-sam/build/{name}/bootstrap",
    ]
    with server(command, port, folder / f"{name}.log", environment):
        yield port
