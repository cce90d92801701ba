"""The stacks of this repository in moto's AWS, on 127.0.0.1, with what samconfig.toml deploys to `prod`."""

import io
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from moto.core.config import default_user_config
from moto.server import ThreadedMotoServer
from samtranslator.yaml_helper import yaml_parse

INFRA = Path(__file__).resolve().parent.parent
ROOT = INFRA.parent
sys.path.insert(0, str(INFRA))

import deployed_as  # noqa: E402
import expand  # noqa: E402

HOME = "eu-central-1"
REGION_OF_IAM = "us-east-1"
REGION_OF_UNRESERVED = "eu-west-1"


@dataclass(frozen=True)
class Stack:
    """The resources as the template states them, and the physical ids of those that were made."""

    stated: dict
    made: dict


class Aws:
    def __init__(self, url):
        self.url = url

    def client(self, service, region=HOME):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def deploy(self, name, path, region=HOME, **parameters):
        template = expand.expand(yaml_parse((ROOT / path).read_text(encoding="utf-8")))
        # moto fails on an attribute of what it does not make: the API's address, and the alarms on the dashboard.
        template.pop("Outputs", None)
        # Nor does it see the methods in an API's body, without which it deploys none.
        for resource, stated in list(template["Resources"].items()):
            if stated["Type"] in ("AWS::CloudWatch::Dashboard", "AWS::ApiGateway::Deployment"):
                del template["Resources"][resource]
        cloudformation = self.client("cloudformation", region)
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        made = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        ids = {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in made if "LogicalResourceId" in each}
        return Stack(template["Resources"], ids)

    def queue_arn(self, url, region=HOME):
        return self.client("sqs", region).get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@pytest.fixture(scope="session")
def aws():
    # Its functions answer without being run: that takes Docker, and a program.
    default_user_config["lambda"] = {"use_docker": False}
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    aws = Aws(f"http://{host}:{port}")
    put_code(aws)
    yield aws
    server.stop()


def put_code(aws):
    """What expand.py says was packaged."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("bootstrap", "")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="packaged", CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_object(Bucket="packaged", Key="code.zip", Body=code.getvalue())


@pytest.fixture(scope="session")
def prod():
    """The parameters of `sam deploy --config-env prod`, with all that the file offers."""
    _, parameters = deployed_as.deployment("prod", offered=True)
    return parameters


@pytest.fixture(scope="session")
def everything(prod):
    # With another account that forwards to it, and a user's key, so that everything in the template is asked for.
    secret = f"arn:aws:secretsmanager:{HOME}:123456789012:secret:signer-AbCdEf"
    key = f"arn:aws:kms:{HOME}:123456789012:key/99999999-8888-7777-6666-555555555555"
    signer = {"SignerSecretArn": secret, "SignerSecretKeyArn": key, "SessionTag": "tenant", "SourceIdentity": "caller"}
    return prod | signer | {"ForwardingAccounts": "111122223333"}


@pytest.fixture(scope="session")
def service(aws, everything):
    service = aws.deploy("presign", "template.yaml", **everything)
    # moto takes a schedule for a rule that every event matches.
    for schedule, target in [("ReconcileSchedule", "reconcile-urls"), ("PruneSchedule", "operate-urls")]:
        aws.client("events").remove_targets(Rule=service.made[schedule], Ids=[target])
    return service


@pytest.fixture(scope="session")
def unreserved(aws, everything):
    """The service in an account whose quota leaves no concurrency to reserve; in a region where the other has nothing."""
    nothing = dict.fromkeys(["IssuerConcurrency", "AuthorizerConcurrency", "InvalidatorConcurrency"], "0")
    return aws.deploy("presign", "template.yaml", REGION_OF_UNRESERVED, **everything, **nothing)


@pytest.fixture(scope="session")
def guardrails(aws, prod):
    return aws.deploy(
        "guardrails", "infra/bucket-guardrails.yaml", BucketName=prod["BucketName"], KmsKeyArn=prod["KmsKeyArn"]
    )


@pytest.fixture(scope="session")
def forwarder(aws):
    return aws.deploy("forwarder", "infra/event-forwarder.yaml", REGION_OF_IAM, HomeRegion=HOME, HomeAccount="123456789012")


@pytest.fixture
def changes(aws, service):
    """Takes what is in the queue of changes, while its function does not."""
    functions, queues, url = aws.client("lambda"), aws.client("sqs"), service.made["ChangeQueue"]
    mapping = service.made["InvalidateUrlsChanges"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)

    def take():
        messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    yield take
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)
