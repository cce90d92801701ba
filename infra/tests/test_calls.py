"""What the functions call of AWS, as their sources say it, against what their roles may."""

import re
import tomllib

import botocore.session
import expand
import pytest
from botocore import xform_name
from conftest import ROOT
from samtranslator.yaml_helper import yaml_parse

SERVICES = ["dynamodb", "iam", "kms", "s3", "secretsmanager", "sts"]

# What each function calls by the table's crate, which has more for others. The operators' transactions write no row but a generation's,
# so that they take less than `transact_write_items` may; a rule in infra/policies sees to that.
TABLE = "url-cache"
OF_THE_TABLE = {
    "issue-urls": {"batch_get_item", "batch_write_item", "put_item"},
    "invalidate-urls": {"batch_get_item", "transact_write_items"},
    "reconcile-urls": {"batch_get_item", "transact_write_items"},
    "operate-urls": {"batch_get_item", "query"},
}
# Not the functions' calls: the stack on a developer's machine makes its table itself.
OF_THE_LOCAL_STACK = {"create_table", "describe_table", "list_tables", "update_table", "update_time_to_live"}
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


def named():
    """The calls of SDKs, by service and by the name that the SDK for Rust gives them."""
    session = botocore.session.get_session()
    names = {}
    for service in SERVICES:
        operations = session.get_service_model(service).operation_names
        names[service] = {xform_name(operation): f"{service}:{operation}" for operation in operations}
    return names


NAMED = named()


def dependencies(crate):
    return tomllib.loads((ROOT / "crates" / crate / "Cargo.toml").read_text(encoding="utf-8")).get("dependencies", {}).keys()


def crates_of(function):
    """The crates of this repository that a function is made of."""
    found, rest = set(), [function]
    while rest:
        crate = rest.pop()
        if crate not in found:
            found.add(crate)
            rest += [name for name in dependencies(crate) if (ROOT / "crates" / name).is_dir()]
    return found


def called_in(crate):
    """The calls in a crate's sources, of the services whose SDK it has."""
    # Of the table's only the table's crate: URLs have a `query` as well.
    services = {name.removeprefix("aws-sdk-") for name in dependencies(crate) if name.startswith("aws-sdk-")}
    services -= {"dynamodb"} if crate != TABLE else set()
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "crates" / crate / "src").glob("**/*.rs"))
    names = set(re.findall(r"\.([a-z0-9_]+)\(\)", text))
    return {name: NAMED[service][name] for service in services for name in names & NAMED[service].keys()}


def functions():
    """The role of each function, by the crate that it is made of."""
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"].values()
    stated = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
    return {each["CodeUri"].removeprefix("crates/").rstrip("/"): each["Role"]["Fn::GetAtt"][0] for each in stated}


FUNCTIONS = functions()


def calls():
    """What each function calls: pairs of its crate and the call's name, with the call."""
    called = {}
    for function in FUNCTIONS:
        for crate in crates_of(function) - {TABLE}:
            called |= {(function, name): call for name, call in called_in(crate).items() if name not in OF_ENGINEERS}
        called |= {(function, name): NAMED["dynamodb"][name] for name in OF_THE_TABLE.get(function, set())}
    return called


CALLS = calls()


@pytest.fixture(scope="module")
def granted():
    """The actions that each role may, on whatever."""
    resources = expand.expand(yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8")))["Resources"]
    actions = {}
    for each in resources.values():
        if each["Type"] == "AWS::IAM::Policy":
            statements = each["Properties"]["PolicyDocument"]["Statement"]
            for role in each["Properties"]["Roles"]:
                # Of statements and actions that depend on a parameter, all that there are.
                actions.setdefault(role["Ref"], set()).update(allowed(statements))
    return actions


def allowed(part):
    if isinstance(part, list):
        return {action for each in part for action in allowed(each)}
    if not isinstance(part, dict):
        return set()
    if part.get("Effect") == "Allow":
        return set(re.findall(r"[a-z0-9]+:[A-Za-z]+", str(part["Action"])))
    return allowed(list(part.values()))


@pytest.mark.parametrize(("function", "name"), sorted(CALLS))
def test_what_a_function_calls_its_role_may(function, name, granted):
    call = CALLS[function, name]
    missing = set() if call in FREE else ACTIONS.get(call, {call}) - granted[FUNCTIONS[function]]
    assert not missing, f"{FUNCTIONS[function]} may not {missing}"


def test_all_that_the_tables_crate_calls_is_some_functions():
    linking = {function for function in FUNCTIONS if TABLE in crates_of(function)}
    assert OF_THE_TABLE.keys() == linking
    assert set().union(*OF_THE_TABLE.values()) == called_in(TABLE).keys() - OF_THE_LOCAL_STACK


def test_calls_are_found():
    assert {
        ("issue-urls", "batch_write_item"),
        ("issue-urls", "assume_role"),
        ("operate-urls", "put_role_policy"),
        ("diagnose-urls", "list_role_policies"),
    } <= CALLS.keys()
