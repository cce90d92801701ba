"""What CloudFormation takes of a template, and cfn-lint does not look at; and what README has people deploy."""

import json
import re
from http import HTTPStatus

import deployed_as
import pytest

from conftest import INFRA, ROOT
from samtranslator.yaml_helper import yaml_parse

TEMPLATES = [ROOT / "template.yaml", *sorted(INFRA.glob("[!.]*.yaml"))]

# Source: AWS CloudFormation template reference, "Rule functions", "Supported functions".
OF_RULES = {
    "Ref",
    "Fn::And",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
}


def functions(stated):
    """The names of all functions in it, in their long form."""
    if isinstance(stated, list):
        return {name for each in stated for name in functions(each)}
    if not isinstance(stated, dict):
        return set()
    named = {name for name in stated if name in ("Ref", "Condition") or name.startswith("Fn::")}
    return named | functions(list(stated.values()))


def assertions(rules):
    """What a deployment is refused by, and when it is asked."""
    asked = [rule["RuleCondition"] for rule in rules.values() if "RuleCondition" in rule]
    return asked + [each["Assert"] for rule in rules.values() for each in rule["Assertions"]]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_rules_of_a_template_use_only_the_functions_that_rules_have(template):
    rules = yaml_parse(template.read_text(encoding="utf-8")).get("Rules", {})
    assert functions(assertions(rules)) <= OF_RULES


def deployments():
    """The parameters that README's commands give to a template, by the template's path."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"^\$ aws cloudformation deploy .*--template-file (\S+).*--parameter-overrides(.*)$", readme, re.MULTILINE)
    return {path: dict(pair.split("=", 1) for pair in given.split()) for path, given in commands}


def test_readme_deploys_templates_with_parameters_that_they_have():
    given = deployments()
    assert given.keys() == {"infra/event-forwarder.yaml", "infra/bucket-guardrails.yaml"}
    for path, parameters in given.items():
        declared = yaml_parse((ROOT / path).read_text(encoding="utf-8"))["Parameters"]
        assert parameters.keys() <= declared.keys()
        assert {name for name, parameter in declared.items() if "Default" not in parameter} <= parameters.keys()


def examples(environment, offered):
    """The parameters that samconfig.toml has an example for: whatever is neither one of a few values nor a file of ours."""
    declared = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]
    _, given = deployed_as.deployment(environment, offered)
    chosen = {name for name in given if "AllowedValues" in declared[name] or declared[name]["Type"] == "Number"}
    return given.keys() - chosen - {"SettingsFile", "PoliciesFile"}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_readme_names_every_example_that_is_to_be_replaced(environment):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = readme[readme.index("**1. The service.**") :].split("```")[0]
    assert "BucketName" in examples(environment, offered=True) <= set(re.findall(r"`(\w+)`", told))


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_example_that_is_not_needed_is_only_offered(environment):
    # Forgotten, it would be somebody else's topic, or a prefix that nobody asked for.
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    asked_for = set(re.findall(r'"Ref": "(\w+)"', json.dumps(template["Rules"])))
    needed = asked_for | {name for name, parameter in template["Parameters"].items() if "Default" not in parameter}
    assert examples(environment, offered=False) <= needed


def test_readme_turns_the_guardrails_of_an_imported_bucket_on():
    # `aws cloudformation deploy` keeps the value of a parameter that it is not given, and the import was given `import`.
    assert deployments()["infra/bucket-guardrails.yaml"]["Step"] == "enforce"


def test_readme_tells_aws_the_region_that_sam_deploys_to():
    # SAM reads it in samconfig.toml, which the AWS command line does not: without, that looks for the stacks somewhere else.
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (region,) = {deployed_as.deployment(environment, offered=False)[0] for environment in ("dev", "prod")}
    first, later = readme[readme.index("\n## Deploy\n") :].split("\n## Operating it\n")
    for part in (first, later):
        commands = re.findall(r"^\$ (.*)$", part, re.MULTILINE)
        asking = next(number for number, command in enumerate(commands) if re.search(r"\baws (?!configure)[a-z0-9]+ ", command))
        assert f"export AWS_REGION={region}" in commands[:asking]


def test_documents_ask_for_outputs_that_the_service_has():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "docs/deploying.md")]
    asked = set(re.findall(r"\$\(of (\w+)\)", "".join(texts)))
    outputs = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Outputs"]
    assert {"DeadLettersArn", "UrlTableName"} <= asked
    assert asked <= outputs.keys()


def test_an_output_tells_the_name_of_every_log_group():
    # CloudFormation makes the names up.
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    groups = {name: each.get("Condition") for name, each in template["Resources"].items() if each["Type"] == "AWS::Logs::LogGroup"}
    told = {
        each["Value"]["Ref"]: each.get("Condition") for name, each in template["Outputs"].items() if name.endswith("LogGroup")
    }
    assert "AccessLogs" in groups
    assert told == groups


def test_alarms_and_dashboard_need_no_metric_of_a_single_route():
    # Which API Gateway sends with `DetailedMetrics` alone.
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    watching = {name: each for name, each in resources.items() if each["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard")}
    of_the_api = [name for name, each in watching.items() if "AWS/ApiGateway" in json.dumps(each)]
    assert of_the_api == ["IssuerErrorsAlarm", "Dashboard"]
    for name in of_the_api:
        assert re.findall('"(?:Method|Resource)\\\\?"', json.dumps(watching[name])) == []


def test_the_dashboard_shows_every_alarm():
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(re.findall(r"\$\{(\w+Alarm)\.Arn\}", json.dumps(resources["Dashboard"]))) == alarms


def test_readme_tells_what_to_do_at_every_alarm():
    rows = re.findall(r"^\| `(\w+Alarm)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    assert sorted(rows) == sorted(name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm")


def watched(alarm):
    """The metrics of an alarm, with whose they are."""
    single = [alarm] if "MetricName" in alarm else []
    metrics = single + [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    return {json.dumps([each["MetricName"], each.get("Dimensions", [])]) for each in metrics}


def test_a_function_for_which_nobody_waits_does_not_fail_unseen():
    # What is killed has counted nothing itself.
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    functions = [name for name, each in resources.items() if each["Type"] == "AWS::Serverless::Function"]
    targets = [target["Arn"] for each in resources.values() for target in each.get("Properties", {}).get("Targets", [])]
    scheduled = {name for name in functions if {"Fn::GetAtt": [name, "Arn"]} in targets}
    reading = {name for name in functions if "Events" in resources[name]["Properties"]}
    assert (scheduled, reading) == ({"ReconcileUrls", "OperateUrls"}, {"InvalidateUrls"})
    seen = set().union(*map(watched, alarms))
    of = lambda name, metric: json.dumps([metric, [{"Name": "FunctionName", "Value": {"Ref": name}}]])
    errors = {of(name, "Errors") for name in scheduled | reading}
    # A delivery that finds no instance is one of those after which an event is a dead letter.
    throttles = {of(name, "Throttles") for name in reading}
    assert errors | throttles <= seen
    of_the_queue = [alarm for alarm in alarms if throttles & watched(alarm)]
    assert all(told_in_time(alarm, resources["ChangeQueue"]["Properties"]) for alarm in of_the_queue)


def told_in_time(alarm, queue):
    """Whether a delivery fails in each period of the alarm, and in the last one long before it is a dead letter."""
    between, stated = queue["VisibilityTimeout"], [each["MetricStat"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    (period,) = {each["Period"] for each in stated or [alarm]}
    return between < period and period * alarm["EvaluationPeriods"] * 5 < between * queue["RedrivePolicy"]["maxReceiveCount"]


def test_each_kind_of_failed_event_is_told_of_long_before_it_is_a_dead_letter():
    resources = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    source = (ROOT / "crates/invalidate-urls/src/error.rs").read_text(encoding="utf-8")
    kinds = set(re.findall(r'=> "(\w+)"', source))
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    failed = {
        dimension["Value"]: alarm
        for alarm in alarms
        if alarm.get("MetricName") == "EventFailed"
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "Kind"
    }
    assert len(kinds) > 1
    assert failed.keys() == kinds
    assert all(told_in_time(alarm, resources["ChangeQueue"]["Properties"]) for alarm in failed.values())


def number(template, stated):
    """A limit, or the one that a parameter has unless somebody gives another."""
    return template["Parameters"][stated["Ref"]]["Default"] if isinstance(stated, dict) else stated


def test_what_nobody_has_to_be_known_for_has_a_limit_of_its_own():
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    resources = template["Resources"]
    stage = resources["ApiStage"]["Properties"]["RouteSettings"]
    routes = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::ApiGatewayV2::Route"]
    opened = {route["RouteKey"] for route in routes if route["AuthorizationType"] == "NONE"}
    assert opened == {"GET /healthz"}
    assert all(stage[route]["ThrottlingRateLimit"] <= 5 for route in opened)
    # A setting for a route that is not there yet fails.
    waited_for = {resources[name]["Properties"]["RouteKey"] for name in resources["ApiStage"]["DependsOn"]}
    assert stage.keys() == waited_for

    rest = resources["RestApi"]["Properties"]
    limits = {
        f"{each['HttpMethod'].lower()} {each['ResourcePath'].replace('~1', '/').removeprefix('/')}": each
        for each in rest["MethodSettings"]
    }
    methods = [(path, method, stated) for path, all_of in rest["DefinitionBody"]["paths"].items() for method, stated in all_of.items()]
    # What any page of a browser may ask, and any stranger too: each of these starts the issuer.
    opened = {f"{method} {path}" for path, method, stated in methods if not stated.get("security")}
    assert opened >= {"get /healthz", "options /urls", "options /objects/{object+}"}
    without = {route for route in opened if number(template, limits.get(route, {}).get("ThrottlingRateLimit", 1000)) > 10}
    assert without == set()
    # Of a method that is not there a setting limits nothing.
    assert limits.keys() - {"* *"} <= {f"{method} {path}" for path, method, _ in methods}
    # A setting takes the place of the one for all methods, metrics included.
    assert all("MetricsEnabled" in each for each in limits.values())


def problems_told():
    """The statuses of each type of problem, as the documents of the API and of operators' routes have them in tables."""
    documents = [ROOT / "docs" / name for name in ("api.md", "operators.md", "diagnosing.md")]
    texts = "".join(path.read_text(encoding="utf-8") for path in documents)
    told = {}
    for row, statuses in re.findall(r"^\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \| ([^|]+) \|", texts, re.MULTILINE):
        names, statuses = re.findall("[a-z0-9-]+", row), [int(status) for status in re.findall(r"\b\d{3}\b", statuses)]
        for name, of_it in zip(names, [{each} for each in statuses] if len(names) > 1 else [set(statuses)]):
            told.setdefault(name, set()).update(of_it)
    return told


def test_the_documents_tell_every_problem_and_its_status():
    # What Python and the functions' HTTP library call otherwise.
    called = {"PAYLOAD_TOO_LARGE": 413}
    source = (ROOT / "crates/http-api/src/problem_kind.rs").read_text(encoding="utf-8")
    kinds = dict(re.findall(r'"urn:presign:problem:([a-z0-9-]+)", ([A-Z_]+),', source))
    told = problems_told()
    assert {"denied", "s3-unreachable", "iam-unavailable"} <= kinds.keys()
    statuses = {name: {called.get(status) or HTTPStatus[status]} for name, status in kinds.items()}
    # These stand for all others of a REST API, each of many statuses.
    for name, more in {"gateway-refused": {403}, "gateway-failed": {500, 504}}.items():
        statuses[name] |= more
    assert {name: told.get(name) for name in kinds} == statuses


def test_what_a_rest_api_answers_by_itself_is_a_problem_that_the_documents_know():
    told = problems_told()
    rest = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Resources"]["RestApi"]["Properties"]
    responses = rest["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    # Those that stand for all others, and what a path that there is not gets, which is 403 unless something else is said.
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= responses.keys()
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    for kind, response in responses.items():
        assert response["responseParameters"]["gatewayresponse.header.access-control-allow-origin"] == "'*'"
        assert response["responseParameters"]["gatewayresponse.header.cache-control"] == "'no-store'"
        (text,) = response["responseTemplates"].values()
        # API Gateway puts the quotation marks around it.
        problem = json.loads(text.replace("$context.error.messageString", '"…"'))
        assert problem["title"] and problem["detail"] and problem["requestId"] == "$context.requestId"
        name = problem["type"].removeprefix("urn:presign:problem:")
        assert name in told, f"docs/api.md does not know {name}"
        # One for many statuses states none.
        assert problem.get("status") == response.get("statusCode") and ("status" in problem or kind.startswith("DEFAULT_"))
        assert "status" not in problem or told[name] == {problem["status"]}
