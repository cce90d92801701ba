use std::collections::BTreeMap;

use aws_lambda_events::apigw::{ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerResponse};
use aws_lambda_events::iam::IamPolicyStatement;

use crate::Verified;

/// What API Gateway is told: with the claims among what the function gets to know.
pub type Answer = ApiGatewayCustomAuthorizerResponse<BTreeMap<String, String>>;

/// What API Gateway itself tells the function beside the claims.
const OF_API_GATEWAY: [&str; 3] = ["principalId", "integrationLatency", "claims"];

/// Admits a caller to the whole stage of `method_arn`, since API Gateway keeps the answer for the token, whatever it asks for
/// next; what the caller may do there, the functions' policies say. None where it is no ARN of a method.
pub fn admitting(caller: Verified, usage_key: String, method_arn: &str) -> Option<Answer> {
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.resource = vec![format!("{}/*", stage(method_arn)?)];
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = vec![statement];
    let mut answer = Answer::default();
    answer.principal_id = Some(caller.name);
    answer.policy_document = policy;
    answer.context = caller.claims.into_iter().filter(|(name, _)| !OF_API_GATEWAY.contains(&name.as_str())).collect();
    answer.usage_identifier_key = Some(usage_key);
    Some(answer)
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE` of a method's ARN, which goes on with `/METHOD/PATH`.
fn stage(method_arn: &str) -> Option<&str> {
    let (second_slash, _) = method_arn.match_indices('/').nth(1)?;
    method_arn.get(..second_slash).filter(|stage| stage.starts_with("arn:") && stage.contains(":execute-api:"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answered(claims: &[(&str, &str)], method_arn: &str) -> Option<serde_json::Value> {
        let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = admitting(Verified { name: "alice".to_owned(), claims }, "key-07".to_owned(), method_arn)?;
        serde_json::to_value(answer).ok()
    }

    #[test]
    fn a_caller_is_admitted_to_the_stage_with_its_claims_and_counted_by_its_key() {
        let claims = [("sub", "alice"), ("tenant", "acme"), ("principalId", "bob"), ("claims", "bob")];
        let method = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/v1/GET/objects/demo/a/b";
        let expected = json!({
            "principalId": "alice",
            "policyDocument": {"Version": "2012-10-17", "Statement": [{
                "Action": ["execute-api:Invoke"],
                "Effect": "Allow",
                "Resource": ["arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/v1/*"],
            }]},
            "context": {"sub": "alice", "tenant": "acme"},
            "usageIdentifierKey": "key-07",
        });
        assert_eq!(answered(&claims, method), Some(expected));
    }

    #[test]
    fn what_is_no_method_of_an_api_admits_to_nothing() {
        for arn in ["", "*", "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/v1", "arn:aws:s3:::bucket/a/b"] {
            assert_eq!(answered(&[], arn), None, "{arn}");
        }
    }
}
