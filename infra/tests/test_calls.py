"""What the functions call of AWS, as their sources say it, against what their roles may."""

import re

import botocore.session
import expand
import pytest
from botocore import xform_name
from conftest import ROOT
from samtranslator.yaml_helper import yaml_parse

SERVICES = ["dynamodb", "iam", "kms", "s3", "secretsmanager", "sts"]

# Not the functions' calls: the stack on a developer's machine makes its table itself.
OF_THE_LOCAL_STACK = {"create_table", "describe_table", "update_table", "update_time_to_live"}
LOCAL = {"local-aws", "local-lambda", "local-stack"}
# Of users' keys, which an engineer's own permissions may show (`presign explain --online`); the function says that it could not look.
OF_ENGINEERS = {"get_access_key_last_used", "get_user", "list_access_keys"}

# Where IAM's action has another name than the call. Source: Service Authorization Reference.
ACTIONS = {
    # What its items do is asked for, each by itself.
    "dynamodb:TransactWriteItems": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
    "s3:GetBucketCors": {"s3:GetBucketCORS"},
    "s3:GetBucketEncryption": {"s3:GetEncryptionConfiguration"},
    "s3:GetPublicAccessBlock": {"s3:GetBucketPublicAccessBlock"},
    "s3:HeadBucket": {"s3:ListBucket"},
    # Refused, but told whether there is one: the diagnoser reads no object.
    "s3:HeadObject": {"s3:ListBucket"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
}
# Nobody needs a permission for these. Source: AWS STS API reference; a federation token is a user's, and not of a role here.
FREE = {"sts:AssumeRoleWithWebIdentity", "sts:GetCallerIdentity", "sts:GetFederationToken"}


def calls():
    """The calls of SDKs in the crates' sources, by the names that any of the services gives them."""
    session = botocore.session.get_session()
    named = {}
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            named.setdefault(xform_name(operation), set()).add(f"{service}:{operation}")
    called = {}
    for source in (ROOT / "crates").glob("*/src/**/*.rs"):
        if source.relative_to(ROOT / "crates").parts[0] in LOCAL:
            continue
        for name in re.findall(r"\.([a-z0-9_]+)\(\)", source.read_text(encoding="utf-8")):
            if name in named and name not in OF_THE_LOCAL_STACK | OF_ENGINEERS:
                called[name] = named[name]
    return called


@pytest.fixture(scope="module")
def granted():
    template = expand.expand(yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8")))
    actions = set()

    def collect(part):
        if isinstance(part, list):
            for each in part:
                collect(each)
        elif isinstance(part, dict):
            if part.get("Effect") == "Allow" and "Principal" not in part:
                stated = part["Action"]
                # Of actions that depend on a parameter, all that there are.
                actions.update(re.findall(r"[a-z0-9]+:[A-Za-z]+", str(stated)))
            for each in part.values():
                collect(each)

    for resource in template["Resources"].values():
        if resource["Type"].startswith("AWS::IAM::"):
            collect(resource["Properties"])
    return actions


@pytest.mark.parametrize("name", sorted(calls()))
def test_what_is_called_some_role_may(name, granted):
    wanted = [ACTIONS.get(call, {call}) for call in calls()[name] if call not in FREE]
    assert not wanted or any(actions <= granted for actions in wanted), f"no role may {wanted}"


def test_calls_are_found():
    assert {"batch_write_item", "assume_role", "put_role_policy"} <= calls().keys()
