#!/usr/bin/env python3
"""Expands templates to the CloudFormation that a deployment would make of them, as JSON, without an account or a network.

usage: expand.py FOLDER TEMPLATE.yaml...
"""

import json
import os
import sys
from pathlib import Path

# The transform asks for the region's partition; any region of it will do.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.public.translator import ManagedPolicyLoader  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

SAM = "AWS::Serverless-2016-10-31"

# Code that `sam build` and `sam package` would have put into a bucket.
PACKAGED = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


class NoManagedPolicies(ManagedPolicyLoader):
    """Names of managed policies are looked up in IAM; ours have none."""

    def __init__(self):
        super().__init__(iam_client=None)

    def load(self):
        return {}


def expand(template):
    """The template as CloudFormation, with every function in its long form."""
    if template.get("Transform") != SAM:
        return template
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for resource in template["Resources"].values():
        if resource["Type"] in PACKAGED:
            resource["Properties"][PACKAGED[resource["Type"]]] = "s3://packaged/code.zip"
    defaults = {name: parameter["Default"] for name, parameter in template.get("Parameters", {}).items() if "Default" in parameter}
    return transform(template, defaults, NoManagedPolicies())


def main(folder, *templates):
    for path in map(Path, templates):
        expanded = expand(yaml_parse(path.read_text(encoding="utf-8")))
        # `Version: 2012-10-17` without quotation marks is a date.
        text = json.dumps(expanded, indent=2, default=str)
        (Path(folder) / path.with_suffix(".json").name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
