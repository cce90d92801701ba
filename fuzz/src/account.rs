//! An account's IAM, as far as revoking needs it; everything else refuses.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::service::SECRET_ACCESS_KEY;

pub const SIGNING_ROLE: &str = "arn:aws:iam::123456789012:role/signer";

#[derive(Debug)]
struct Account;

impl HttpConnector for Account {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let form: Vec<(String, String)> =
            form_urlencoded::parse(request.body().bytes().unwrap_or_default()).into_owned().collect();
        let of = |name: &str| form.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str());
        let (status, answer) = match of("Action") {
            "GetRole" => (200, role(SIGNING_ROLE)),
            "ListRolePolicies" => (200, NO_POLICIES.to_owned()),
            "GetRolePolicy" => (404, refusal("NoSuchEntity")),
            "PutRolePolicy" => {
                check_revocation(of("PolicyName"), of("PolicyDocument"));
                (200, "<PutRolePolicyResponse/>".to_owned())
            }
            _ => (403, refusal("AccessDenied")),
        };
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, answer.into())))
    }
}

const NO_POLICIES: &str = "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/><IsTruncated>false</IsTruncated>\
    </ListRolePoliciesResult></ListRolePoliciesResponse>";

fn role(arn: &str) -> String {
    format!(
        "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>signer</RoleName><RoleId>AROA1</RoleId><Arn>{arn}</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>"
    )
}

fn refusal(code: &str) -> String {
    format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>")
}

/// Whatever was asked for, the role loses something by it and gains nothing.
fn check_revocation(name: &str, document: &str) {
    let taken = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    assert!(name.starts_with("AWSRevokeOlderSessions") && name.len() <= 128 && name.chars().all(taken), "{name}");
    let document: Value = serde_json::from_str(document).expect("a policy is JSON");
    let statements = document["Statement"].as_array().expect("statements");
    for statement in statements {
        assert_eq!(statement["Effect"], "Deny");
        assert_eq!(statement["Action"], json!(["*"]));
        assert_eq!(statement["Resource"], json!(["*"]));
        let conditions = statement["Condition"].as_object().expect("conditions");
        assert!(conditions["DateLessThan"]["aws:TokenIssueTime"].is_string());
        assert!(conditions.keys().all(|name| ["DateLessThan", "StringEquals"].contains(&name.as_str())));
    }
}

/// What makes the SDKs' clients clients of this account.
pub fn sdk_config() -> SdkConfig {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET_ACCESS_KEY, None, None, "fuzz");
    let connector = SharedHttpConnector::new(Account);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
        .build()
}
