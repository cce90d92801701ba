//! What a newcomer reads first.

use std::fmt::Write as _;

use local_stack::{ACCESS_KEY_ID, BUCKET, LocalStack, OBJECT_KEY, REGION, ROLE, SECRET_ACCESS_KEY};

/// The services whose endpoints the AWS tools read from variables.
const SERVICES: &[&str] = &["S3", "STS", "IAM", "DYNAMODB", "EVENTBRIDGE", "SECRETS_MANAGER"];

/// Lines to paste into a shell, and commands to try in it.
pub fn greeting(stack: &LocalStack) -> String {
    let endpoint = stack.endpoint();
    let mut text = String::new();
    let _ = writeln!(text, "# The local stack is ready; it keeps its data in {}.", stack.data().display());
    if stack.tokens().is_none() {
        let _ = writeln!(text, "# Whoever reaches it is its one caller, `local`; with --auth jwt it asks for a token.");
    }
    let _ = writeln!(text, "# Paste this into another shell, and any AWS tool works against it:");
    let _ = writeln!(text, "export PRESIGN_API_URL={endpoint}");
    let bearer = match stack.tokens() {
        Some(tokens) => {
            let _ = writeln!(text, "export PRESIGN_DEMO_TOKEN={}", tokens.demo);
            let _ = writeln!(text, "export PRESIGN_OPERATOR_TOKEN={}", tokens.operator);
            r#" -H "authorization: Bearer $PRESIGN_DEMO_TOKEN""#
        }
        None => "",
    };
    for service in SERVICES {
        let _ = writeln!(text, "export AWS_ENDPOINT_URL_{service}={endpoint}");
    }
    let _ = writeln!(text, "export AWS_ACCESS_KEY_ID={ACCESS_KEY_ID}");
    let _ = writeln!(text, "export AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}");
    let _ = writeln!(text, "unset AWS_SESSION_TOKEN AWS_PROFILE");
    let _ = writeln!(text, "export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}");
    let body = format!(r#"{{"operation":"getObject","bucket":"{BUCKET}","key":"{OBJECT_KEY}","expiresIn":900}}"#);
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let _ = write!(
        text,
        r#"
# Then try, each without its `#`:
# 1. Issue a URL. Run it twice: the second answer is the same URL, from the cache.
#    curl -s $PRESIGN_API_URL/urls{bearer} -d '{body}'; echo
# 2. Issue one and fetch it.
#    curl -s "$(curl -s $PRESIGN_API_URL/urls{bearer} -d '{body}' | sed 's/.*"url":"\([^"]*\)".*/\1/')"
# 3. Change the signing role's policy. Run 1 again: the URL is a new one, from a new session; and 2: S3 refuses it.
#    aws iam put-role-policy --role-name {ROLE} --policy-name deny --policy-document '{deny}'
#    Take it back with:
#    aws iam delete-role-policy --role-name {ROLE} --policy-name deny

# Ctrl-C stops it.
"#
    );
    text
}
