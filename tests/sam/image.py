"""The image that the functions run in: AWS's own, or a stand-in where no registry can be reached."""

import subprocess
from pathlib import Path

from docker.errors import APIError, ImageNotFound
from engine import Unavailable
from requests.exceptions import RequestException

AWS = "public.ecr.aws/lambda/provided:al2023-x86_64"
STAND_IN = "presign-stand-in:al2023-x86_64"


def base_image(client, folder):
    """The name of an image that is there."""
    if is_there(client, AWS) or pulled(client):
        return AWS
    if not is_there(client, STAND_IN):
        make_stand_in(client, folder / "stand-in.tar")
    return STAND_IN


def is_there(client, name):
    try:
        client.images.get(name)
        return True
    except ImageNotFound:
        return False


def pulled(client):
    try:
        # Asks the registry for a digest: quick, whether or not the registry can be reached.
        client.images.get_registry_data(AWS)
        client.images.pull(AWS)
        return True
    except (APIError, RequestException):
        return False


def make_stand_in(client, archive):
    script = Path(__file__).with_name("stand-in-image")
    made = subprocess.run([script, archive], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0:
        raise Unavailable(f"neither AWS's base image nor Debian's packages for a stand-in can be had: {made.stderr.strip()}")
    name, tag = STAND_IN.split(":")
    changes = [
        "WORKDIR /var/task",
        "ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
    ]
    client.api.import_image(str(archive), name, tag, changes=changes)
    archive.unlink()
