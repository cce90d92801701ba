"""The template with an authorizer that `sam local start-api` can run. It runs neither JWT nor IAM authorizers."""

from pathlib import Path

from samcli.yamlhelper import yaml_dump, yaml_parse

BUILT = Path(".aws-sam/build/template.yaml")
AUTHORIZER_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${LocalAuthorizer.Arn}/invocations"
)


def with_local_authorizer(program, token):
    """Where the template is in which `program` authorizes, admitting `token`. Paths in it begin where SAM's build is."""
    template = yaml_parse(BUILT.read_text())
    resources = template["Resources"]
    resources["LocalAuthorizer"] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": str(program.parent), "Environment": {"Variables": {"LOCAL_TOKEN": token}}},
    }
    resources["JwtAuthorizer"] = {
        "Type": "AWS::ApiGatewayV2::Authorizer",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "Name": "local",
            "AuthorizerType": "REQUEST",
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerUri": {"Fn::Sub": AUTHORIZER_URI},
            "EnableSimpleResponses": True,
            "IdentitySource": ["$request.header.Authorization"],
        },
    }
    for resource in resources.values():
        route = resource["Properties"]
        if resource["Type"] == "AWS::ApiGatewayV2::Route" and route["AuthorizationType"] != "NONE":
            route |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "JwtAuthorizer"}}
    local = BUILT.with_name("local.yaml")
    local.write_text(yaml_dump(template))
    return local
