"""Signs with boto3: first says the URL, then, for each number on standard input, the processor time of so many."""

import json
import sys
import time

import boto3
from botocore.config import Config

task = json.loads(sys.stdin.readline())
client = boto3.client(
    "s3",
    region_name=task["region"],
    endpoint_url=f"https://s3.{task['region']}.amazonaws.com",
    aws_access_key_id=task["accessKeyId"],
    aws_secret_access_key=task["secretAccessKey"],
    aws_session_token=task["sessionToken"],
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)


def sign():
    return client.generate_presigned_url(
        "get_object", Params={"Bucket": task["bucket"], "Key": task["key"]}, ExpiresIn=task["expiresIn"]
    )


print(sign(), flush=True)
for line in sys.stdin:
    begun = time.process_time_ns()
    for _ in range(int(line)):
        sign()
    print(time.process_time_ns() - begun, flush=True)
