//! AWS's services as they answer of an account, in the forms that their references give.

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};

use super::{KEY, ROLE};

/// One answer, by a part of what is asked: method, address, `X-Amz-Target` and form.
#[derive(Debug, Clone)]
pub struct Answer {
    pub asked: &'static str,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub fn answer(asked: &'static str, status: u16, body: impl Into<String>) -> Answer {
    Answer { asked, status, headers: Vec::new(), body: body.into() }
}

impl Answer {
    pub fn of(mut self, asked: &'static str) -> Self {
        self.asked = asked;
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// The first that fits is what is answered.
#[derive(Debug, Clone)]
pub struct Aws(pub Vec<Answer>);

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let form = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let asked = format!("{} {} {target} {form}&", request.method(), request.uri());
        let found = self.0.iter().find(|answer| asked.contains(answer.asked));
        let Answer { status, headers, body, .. } = found.unwrap_or_else(|| panic!("no answer to {asked}")).clone();
        let mut response = HttpResponse::new(status.try_into().unwrap(), body.into());
        response.headers_mut().insert("date", "Fri, 01 May 2026 10:01:00 GMT");
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

pub fn result(action: &str, content: &str) -> String {
    format!("<{action}Response><{action}Result>{content}</{action}Result></{action}Response>")
}

pub fn refusal(code: &str) -> String {
    format!("<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>")
}

pub fn s3_refusal(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>no</Message></Error>")
}

pub fn simulated(decision: &str, more: &str) -> Answer {
    let member =
        format!("<member><EvalActionName>a</EvalActionName><EvalDecision>{decision}</EvalDecision>{more}</member>");
    let results = format!("<EvaluationResults>{member}</EvaluationResults><IsTruncated>false</IsTruncated>");
    answer("Action=SimulatePrincipalPolicy", 200, result("SimulatePrincipalPolicy", &results))
}

pub fn bucket_policy(condition: &str) -> Answer {
    let statement = format!(
        r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*","Condition":{condition}}}"#
    );
    answer("?policy", 200, format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
}

pub fn described(arn: &str, state: &str) -> Answer {
    answer(
        "TrentService.DescribeKey",
        200,
        format!(r#"{{"KeyMetadata":{{"KeyId":"k","Arn":"{arn}","KeyState":"{state}"}}}}"#),
    )
}

pub fn key_policy(statement: &str) -> Answer {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    answer("TrentService.GetKeyPolicy", 200, serde_json::json!({"Policy": policy, "PolicyName": "default"}).to_string())
}

/// An account with nothing wrong, changed by `changes`.
pub fn account(changes: Vec<Answer>) -> Aws {
    let identity = "<Arn>arn:aws:iam::123456789012:user/on-call</Arn><UserId>A</UserId><Account>123456789012</Account>";
    let role = format!(
        "<Role><Path>/team/</Path><RoleName>signer</RoleName><RoleId>AROA</RoleId><Arn>{ROLE}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>"
    );
    let user = "<User><Path>/</Path><UserName>uploader</UserName><UserId>AIDA</UserId><Arn>arn:aws:iam::123456789012:user/uploader</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></User>";
    let root =
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}"#;
    let in_order = [
        answer("Action=GetCallerIdentity", 200, result("GetCallerIdentity", identity)),
        answer("Action=GetAccessKeyInfo", 200, result("GetAccessKeyInfo", "<Account>123456789012</Account>")),
        answer("Action=GetAccessKeyLastUsed", 200, result("GetAccessKeyLastUsed", "<UserName>uploader</UserName>")),
        keys("Active"),
        answer("Action=GetUser&", 200, result("GetUser", user)),
        answer("Action=GetRole&", 200, result("GetRole", &role)),
        answer("Action=ListRolePolicies&", 200, result("ListRolePolicies", &policy_names(&["sign-urls"]))),
        simulated("allowed", ""),
        answer("HEAD https://amzn-s3-demo-bucket.s3.eu-central-1.amazonaws.com/reports/q1.pdf", 200, "")
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", KEY),
        answer("HEAD https://amzn-s3-demo-bucket.s3.", 200, "").header("x-amz-bucket-region", "eu-central-1"),
        answer("?policy", 404, s3_refusal("NoSuchBucketPolicy")),
        answer("?publicAccessBlock", 404, s3_refusal("NoSuchPublicAccessBlockConfiguration")),
        answer(
            "?encryption",
            200,
            format!(
                "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{KEY}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
            ),
        ),
        answer(
            "?cors",
            200,
            "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
        ),
        described(KEY, "Enabled"),
        key_policy(root),
        answer("TrentService.ListGrants", 200, r#"{"Grants":[],"Truncated":false}"#),
    ];
    Aws(changes.into_iter().chain(in_order).collect())
}

pub fn policy_names(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| ["<member>", name, "</member>"].concat()).collect();
    format!("<PolicyNames>{names}</PolicyNames><IsTruncated>false</IsTruncated>")
}

/// The role's inline policies, of which one says `condition`.
pub fn revocation(name: &str, condition: &str) -> Vec<Answer> {
    let document =
        format!(r#"{{"Statement":[{{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{condition}}}]}}"#);
    let policy = format!(
        "<RoleName>signer</RoleName><PolicyName>{name}</PolicyName><PolicyDocument>{}</PolicyDocument>",
        document.replace('"', "%22")
    );
    vec![
        answer("Action=ListRolePolicies&", 200, result("ListRolePolicies", &policy_names(&["sign-urls", name]))),
        answer("Action=GetRolePolicy&", 200, result("GetRolePolicy", &policy)),
    ]
}

pub fn keys(status: &str) -> Answer {
    let key = format!(
        "<member><UserName>uploader</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>{status}</Status></member>"
    );
    answer(
        "Action=ListAccessKeys",
        200,
        result(
            "ListAccessKeys",
            &format!("<AccessKeyMetadata>{key}</AccessKeyMetadata><IsTruncated>false</IsTruncated>"),
        ),
    )
}
