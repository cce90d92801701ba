"""The template with one of its APIs. `sam local start-api` knows no conditions, and would serve both."""

from pathlib import Path

from samcli.yamlhelper import yaml_dump, yaml_parse

BUILT = Path(".aws-sam/build/template.yaml")
AUTHORIZER_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${AuthorizeCallers.Arn}/invocations"
)


def with_api(kind):
    """Where the template is that has the API of this kind. Paths in it begin where SAM's build is."""
    template = yaml_parse(BUILT.read_text())
    if kind == "http":
        del template["Resources"]["RestApi"]
        authorize_by_function(template["Resources"])
    else:
        of_rest = {name: each for name, each in template["Resources"].items() if "ApiGatewayV2" not in each["Type"]}
        template["Resources"] = of_rest
        leave_the_authorizer_alone(of_rest["RestApi"]["Properties"]["DefinitionBody"]["paths"])
    local = BUILT.with_name(f"local-{kind}.yaml")
    local.write_text(yaml_dump(template))
    return local


def leave_the_authorizer_alone(paths):
    """It takes a key for a second authorizer, and knows no usage plans; and of methods of one path that one function answers it
    makes one route, with the authorizer of any of them, or with none: what browsers ask, they ask without."""
    for methods in paths.values():
        methods.pop("options", None)
        for method in methods.values():
            method["security"] = [each for each in method.get("security", []) if "api_key" not in each]


def authorize_by_function(resources):
    """Neither JWT nor IAM authorizers run here: the REST API's stands in, which an HTTP API can ask too."""
    # It takes the authorizer's policy for a regular expression, in which `$default` stands for nothing.
    resources["ApiStage"]["Properties"]["StageName"] = "local"
    resources["JwtAuthorizer"] = {
        "Type": "AWS::ApiGatewayV2::Authorizer",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "Name": "local",
            "AuthorizerType": "REQUEST",
            "AuthorizerPayloadFormatVersion": "1.0",
            "AuthorizerUri": {"Fn::Sub": AUTHORIZER_URI},
            "IdentitySource": ["$request.header.Authorization"],
        },
    }
    for resource in resources.values():
        route = resource["Properties"]
        if resource["Type"] == "AWS::ApiGatewayV2::Route" and route["AuthorizationType"] != "NONE":
            route |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "JwtAuthorizer"}}
