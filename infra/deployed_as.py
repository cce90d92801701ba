#!/usr/bin/env python3
"""Prints the arguments with which check-infra sees what `sam deploy --config-env ENVIRONMENT` deploys, one a line; with all that
samconfig.toml offers in a comment, so that nothing in the templates goes unseen.

usage: deployed_as.py ENVIRONMENT
"""

import re
import sys
import tomllib
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent


def deployment(environment, offered):
    """Region and parameters of an environment."""
    text = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    if offered:
        text = re.sub(r'^  # ("\w+=.*",)$', r"  \1", text, flags=re.MULTILINE)
    parameters = tomllib.loads(text)[environment]["deploy"]["parameters"]
    return parameters["region"], dict(pair.split("=", 1) for pair in parameters["parameter_overrides"])


def arguments(environment):
    region, given = deployment(environment, offered=True)
    declared = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    values = {name: parameter.get("Default") for name, parameter in declared.items()} | given
    yield f"--settings=infra/settings/{values['SettingsFile']}"
    yield from (f"--parameter={name}={value}" for name, value in given.items())
    yield f"--parameter=AWS::Region={region}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(*arguments(sys.argv[1]), sep="\n")
