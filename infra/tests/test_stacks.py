import json
import re
from collections import Counter

import pytest

from conftest import INFRA, REGION_OF_IAM, REGION_OF_UNRESERVED, ROOT
from samtranslator.yaml_helper import yaml_parse

# What moto's CloudFormation does not make, so that nothing here proves these. The rules in infra/policies see them, and
# cfn-lint; `AWS::CloudWatch::Dashboard` and `AWS::ApiGateway::Deployment` are left out of the template before, see conftest.py.
NOT_MADE = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::EventBusPolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
}


def events():
    """The files in tests/events that are as EventBridge delivers them, whatever they are about."""
    files = sorted((ROOT / "tests/events").glob("*.json"))
    contents = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    whole = {"source", "detail-type", "detail"}
    return {
        name: event
        for name, event in contents.items()
        if isinstance(event, dict) and whole <= event.keys() and isinstance(event["detail"], dict)
    }


EVENTS = events()


def asks_for(stated, event):
    """Whether a rule of the template lists the call that an event is about, and the call has changed something."""
    detail = event["detail"]
    rules = [each["Properties"] for each in stated.values() if each["Type"] == "AWS::Events::Rule"]
    patterns = [rule["EventPattern"]["detail"] for rule in rules if "EventPattern" in rule]
    listed = {(source, name) for pattern in patterns for source in pattern["eventSource"] for name in pattern["eventName"]}
    return (detail.get("eventSource"), detail.get("eventName")) in listed and "errorCode" not in detail


def report(aws, name, region=None):
    event = EVENTS[name]
    entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    answer = aws.client("events", *[region] if region else []).put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


def function(aws, service, name):
    return aws.client("lambda").get_function_configuration(FunctionName=service.made[name])


def role(aws, service, name):
    return aws.client("iam").get_role(RoleName=service.made[name])["Role"]


def allowed(aws, service, role_name):
    """Resources by action, as the role's policies have them once they are deployed."""
    iam, name = aws.client("iam"), service.made[role_name]
    resources = {}
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                resources.setdefault(action, []).append(statement["Resource"])
    return resources


def table_arn(aws, service):
    return aws.client("dynamodb").describe_table(TableName=service.made["UrlTable"])["Table"]["TableArn"]


def test_every_resource_is_made_but_those_that_moto_cannot(service, guardrails, forwarder):
    missing = {
        stated["Type"]
        for stack in (service, guardrails, forwarder)
        for name, stated in stack.stated.items()
        if name not in stack.made
    }
    assert missing == NOT_MADE


def test_the_table_has_the_key_that_the_functions_ask_for(aws, service):
    table = aws.client("dynamodb").describe_table(TableName=service.made["UrlTable"])["Table"]
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(("name", "role_name"), [("IssueUrls", "IssuerRole"), ("InvalidateUrls", "InvalidatorRole"), ("ReconcileUrls", "ReconcilerRole"), ("OperateUrls", "OperatorRole"), ("DiagnoseUrls", "DiagnoserRole"), ("AuthorizeCallers", "AuthorizerRole")])
def test_a_function_runs_as_its_role_and_is_told_the_table_and_the_settings(aws, service, prod, name, role_name):
    configuration = function(aws, service, name)
    variables = configuration["Environment"]["Variables"]
    assert configuration["Role"] == role(aws, service, role_name)["Arn"]
    assert variables["PRESIGN_TABLE"] == service.made["UrlTable"]
    assert variables["PRESIGN_SIGNING_ROLE"] == role(aws, service, "SigningRole")["Arn"]
    assert variables["PRESIGN_BUCKET"] == prod["BucketName"]
    assert variables["PRESIGN_LOG"] == "info"
    # Lambda would drop lines of `debug` by itself, and the metrics, which name no level, where it were to drop `INFO`.
    assert service.stated[name]["Properties"]["LoggingConfig"].items() >= {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}.items()
    # The layer is infra/settings, and lies in /opt.
    assert (INFRA / "settings" / variables["PRESIGN_SETTINGS"].removeprefix("/opt/")).is_file()


def test_the_issuers_policy_names_the_table_and_the_role_that_were_made_and_the_users_key(aws, service, everything):
    resources = allowed(aws, service, "IssuerRole")
    assert resources["dynamodb:BatchGetItem"] == [table_arn(aws, service)]
    assert resources["dynamodb:PutItem"] == resources["dynamodb:BatchWriteItem"] == [table_arn(aws, service)]
    assert resources["sts:AssumeRole"] == [role(aws, service, "SigningRole")["Arn"]]
    assert resources["secretsmanager:GetSecretValue"] == [everything["SignerSecretArn"]]
    assert everything["SignerSecretKeyArn"] in resources["kms:Decrypt"]


def test_the_signing_role_trusts_the_issuers_role_and_reaches_the_buckets_objects(aws, service, prod):
    (statement,) = role(aws, service, "SigningRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": role(aws, service, "IssuerRole")["Arn"]}
    resources = allowed(aws, service, "SigningRole")
    assert resources["s3:GetObject"] == [f"arn:aws:s3:::{prod['BucketName']}/{prod['KeyPrefix']}*"]
    assert resources["kms:GenerateDataKey"] == [prod["KmsKeyArn"]]


def test_the_reconciler_is_started_by_its_schedule_and_sees_what_was_made(aws, service, prod):
    schedule = aws.client("events").describe_rule(Name=service.made["ReconcileSchedule"])
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(15 minutes)", "ENABLED")
    policy = aws.client("lambda").get_policy(FunctionName=service.made["ReconcileUrls"])["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": schedule["Arn"]}}
    resources = allowed(aws, service, "ReconcilerRole")
    assert resources["iam:GetRolePolicy"] == [role(aws, service, "SigningRole")["Arn"]]
    assert resources["s3:GetBucketPolicy"] == [f"arn:aws:s3:::{prod['BucketName']}"]
    assert resources["kms:GetKeyPolicy"] == [prod["KmsKeyArn"]]


def test_a_schedule_starts_the_operators_function_too(aws, service):
    schedule = aws.client("events").describe_rule(Name=service.made["PruneSchedule"])
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(1 hour)", "ENABLED")
    policy = aws.client("lambda").get_policy(FunctionName=service.made["OperateUrls"])["Policy"]
    permissions = [(each["Principal"], each.get("Condition")) for each in json.loads(policy)["Statement"]]
    assert ({"Service": "events.amazonaws.com"}, {"ArnLike": {"AWS:SourceArn": schedule["Arn"]}}) in permissions
    assert allowed(aws, service, "OperatorRole")["iam:DeleteRolePolicy"] == [role(aws, service, "SigningRole")["Arn"]]


def test_the_operators_function_writes_the_signing_role_under_its_boundary_and_queries_what_is_out(aws, service):
    resources, signer = allowed(aws, service, "OperatorRole"), role(aws, service, "SigningRole")
    assert resources["iam:PutRolePolicy"] == [signer["Arn"]]
    assert resources["dynamodb:Query"] == [f"{table_arn(aws, service)}/index/issued"]
    assert signer["PermissionsBoundary"]["PermissionsBoundaryArn"] == service.made["SigningBoundary"]
    (index,) = aws.client("dynamodb").describe_table(TableName=service.made["UrlTable"])["Table"]["GlobalSecondaryIndexes"]
    assert "url" not in index["Projection"]["NonKeyAttributes"]


def test_the_diagnoser_sees_the_role_the_bucket_and_the_key_and_reads_no_object(aws, service, prod):
    resources = allowed(aws, service, "DiagnoserRole")
    assert resources["iam:SimulatePrincipalPolicy"] == [role(aws, service, "SigningRole")["Arn"]]
    assert resources["s3:ListBucket"] == [f"arn:aws:s3:::{prod['BucketName']}"]
    assert resources["kms:ListGrants"] == [prod["KmsKeyArn"]]
    assert "s3:GetObject" not in resources


def test_the_invalidator_reads_the_queue_of_changes_and_gives_back_what_failed(aws, service):
    (mapping,) = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queue = aws.queue_arn(service.made["ChangeQueue"])
    assert mapping["EventSourceArn"] == queue
    assert mapping["FunctionArn"] == function(aws, service, "InvalidateUrls")["FunctionArn"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    resources = allowed(aws, service, "InvalidatorRole")
    assert resources["sqs:ReceiveMessage"] == resources["sqs:DeleteMessage"] == [queue]
    assert resources["dynamodb:UpdateItem"] == [table_arn(aws, service)]


def reserved(aws, stack, *region):
    """The concurrency that functions have for themselves, by the function's name in the template."""
    functions = aws.client("lambda", *region)
    names = [name for name, stated in stack.stated.items() if stated["Type"] == "AWS::Lambda::Function" and name in stack.made]
    asked = {name: functions.get_function_concurrency(FunctionName=stack.made[name]) for name in names}
    return {name: answer["ReservedConcurrentExecutions"] for name, answer in asked.items() if "ReservedConcurrentExecutions" in answer}


def test_functions_reserve_concurrency_where_the_account_has_some_to_reserve(aws, service):
    assert reserved(aws, service) == {"IssueUrls": 50, "InvalidateUrls": 5, "ReconcileUrls": 1, "AuthorizeCallers": 20}
    (mapping,) = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_where_nothing_is_reserved_the_queue_is_read_all_the_same(aws, unreserved):
    assert reserved(aws, unreserved, REGION_OF_UNRESERVED) == {}
    (mapping,) = aws.client("lambda", REGION_OF_UNRESERVED).list_event_source_mappings()["EventSourceMappings"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_what_cannot_be_handled_or_delivered_goes_to_the_dead_letters(aws, service):
    dead_letters = aws.queue_arn(service.made["DeadLetters"])
    queue = aws.client("sqs").get_queue_attributes(QueueUrl=service.made["ChangeQueue"], AttributeNames=["All"])["Attributes"]
    assert json.loads(queue["RedrivePolicy"])["deadLetterTargetArn"] == dead_letters
    # An outage of two hours loses no event; one that nothing can handle is known within the day.
    tried_for = int(json.loads(queue["RedrivePolicy"])["maxReceiveCount"]) * int(queue["VisibilityTimeout"])
    assert 2 * 3600 <= tried_for <= 24 * 3600 < int(queue["MessageRetentionPeriod"])
    events = aws.client("events")
    asking = lambda stated: stated["Type"] == "AWS::Events::Rule" and "EventPattern" in stated["Properties"]
    rules = [name for name, stated in service.stated.items() if asking(stated)]
    targets = [target for rule in rules for target in events.list_targets_by_rule(Rule=service.made[rule])["Targets"]]
    wiring = Counter((target["Arn"], target["DeadLetterConfig"]["Arn"]) for target in targets)
    assert wiring == {(queue["QueueArn"], dead_letters): len(rules)}


def test_there_are_events_that_rules_ask_for_and_events_that_none_asks_for(service):
    asked = Counter(asks_for(service.stated, event) for event in EVENTS.values())
    assert asked[True] >= 3
    assert asked[False] >= 1


@pytest.mark.parametrize("name", EVENTS)
def test_a_policy_change_reaches_the_queue_once_and_nothing_else_does(aws, service, changes, name):
    report(aws, name)
    expected = [EVENTS[name]["detail"]] if asks_for(service.stated, EVENTS[name]) else []
    assert [delivered["detail"] for delivered in changes()] == expected


def test_a_change_in_iams_region_reaches_the_queue_through_the_forwarder(aws, forwarder, changes):
    report(aws, "iam-put-role-policy", REGION_OF_IAM)
    (delivered,) = changes()
    assert delivered["detail"] == EVENTS["iam-put-role-policy"]["detail"]


def test_what_cannot_be_forwarded_goes_to_the_forwarders_dead_letters(aws, forwarder):
    dead_letters = aws.queue_arn(forwarder.made["DeadLetters"], REGION_OF_IAM)
    events = aws.client("events", REGION_OF_IAM)
    rules = [name for name, stated in forwarder.stated.items() if stated["Type"] == "AWS::Events::Rule"]
    targets = [target for rule in rules for target in events.list_targets_by_rule(Rule=forwarder.made[rule])["Targets"]]
    assert {target["DeadLetterConfig"]["Arn"] for target in targets} == {dead_letters}
    assert {target["RoleArn"] for target in targets} == {role(aws, forwarder, "ForwarderRole")["Arn"]}


def test_events_are_forwarded_to_the_default_bus_of_the_services_region(aws, forwarder):
    home = aws.client("events").describe_event_bus(Name="default")["Arn"]
    events = aws.client("events", REGION_OF_IAM)
    rules = [name for name, stated in forwarder.stated.items() if stated["Type"] == "AWS::Events::Rule"]
    assert {target["Arn"] for rule in rules for target in events.list_targets_by_rule(Rule=forwarder.made[rule])["Targets"]} == {home}


def paths(stated):
    return stated["RestApi"]["Properties"]["Body"]["paths"]


def test_the_rest_apis_body_is_openapi(aws, service):
    # API Gateway puts these in before it reads the rest.
    body = json.loads(json.dumps(service.stated["RestApi"]["Properties"]["Body"]))
    body["info"]["title"] = "presign"
    # Its own way to say that a parameter is all the rest of a path.
    body = json.loads(json.dumps(body).replace("{object+}", "{object}"))
    answer = aws.client("apigateway").put_rest_api(
        restApiId=service.made["RestApi"], mode="overwrite", failOnWarnings=True, body=json.dumps(body).encode()
    )
    made = aws.client("apigateway").get_resources(restApiId=answer["id"], limit=100)["items"]
    methods = {(each["path"], method) for each in made for method in each.get("resourceMethods", {})}
    assert methods == {(path, method.upper()) for path, stated in body["paths"].items() for method in stated}


def test_the_rest_api_has_the_routes_of_the_http_api(service):
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"].values()
    routes = {each["Properties"]["RouteKey"] for each in template if each["Type"] == "AWS::ApiGatewayV2::Route"}
    stated = paths(service.stated).items()
    assert routes == {f"{method.upper()} {path}" for path, methods in stated for method in methods if method != "options"}


def test_the_plan_has_each_key_that_the_authorizer_may_name(aws, service):
    stated = service.stated["AuthorizeCallers"]["Properties"]["Environment"]["Variables"]
    variables = function(aws, service, "AuthorizeCallers")["Environment"]["Variables"]
    named = [f"{number:02}" for number in range(int(variables["PRESIGN_USAGE_KEYS"]))]
    keys = {name: each["Properties"] for name, each in service.stated.items() if each["Type"] == "AWS::ApiGateway::ApiKey"}
    values = [keys[name]["Value"] for name in sorted(keys)]
    assert values == [{"Fn::Join": ["", [stated["PRESIGN_USAGE_KEY_PREFIX"], number]]} for number in named]
    # What API Gateway takes.
    assert re.fullmatch("[A-Za-z0-9]{18,126}", variables["PRESIGN_USAGE_KEY_PREFIX"])
    of_plan = [each["Properties"] for each in service.stated.values() if each["Type"] == "AWS::ApiGateway::UsagePlanKey"]
    assert {each["KeyId"]["Ref"] for each in of_plan} == keys.keys()
    assert {each["UsagePlanId"]["Ref"] for each in of_plan} == {"CallerPlan"}
    assert all(key["Enabled"] for key in keys.values())


def test_the_authorizer_is_told_whose_tokens_are_good(aws, service, prod):
    variables = function(aws, service, "AuthorizeCallers")["Environment"]["Variables"]
    assert (variables["PRESIGN_JWT_ISSUER"], variables["PRESIGN_JWT_AUDIENCE"]) == (prod["JwtIssuer"], prod["JwtAudience"])
    assert function(aws, service, "IssueUrls")["Environment"]["Variables"]["PRESIGN_CORS_ORIGINS"] == prod["CorsOrigins"]


def test_behind_an_authorizer_of_our_own_no_header_is_believed(aws, service):
    assert function(aws, service, "IssueUrls")["Environment"]["Variables"].get("PRESIGN_TOKEN_HEADER", "") == ""
