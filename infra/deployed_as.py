#!/usr/bin/env python3
"""Prints the arguments with which check-infra sees what `sam deploy --config-env ENVIRONMENT` deploys, one a line.

usage: deployed_as.py ENVIRONMENT
"""

import sys
import tomllib
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent


def arguments(environment):
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    given = config[environment]["deploy"]["parameters"]["parameter_overrides"]
    declared = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    values = {name: parameter.get("Default") for name, parameter in declared.items()} | dict(pair.split("=", 1) for pair in given)
    yield f"--settings=infra/settings/{values['SettingsFile']}"
    yield from (f"--parameter={pair}" for pair in given)
    yield f"--parameter=AWS::Region={config[environment]['deploy']['parameters']['region']}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(*arguments(sys.argv[1]), sep="\n")
