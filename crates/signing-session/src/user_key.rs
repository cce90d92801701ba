use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::Client;
use presign::names::SecretId;
use presign::signing_session::SessionError;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::aws_error::{UNAVAILABLE, refusal_code};
use crate::place::Failed;

/// A user's access key that Secrets Manager keeps. Whoever rotates it writes the new one there.
pub struct UserKey {
    client: Client,
    id: SecretId,
}

impl UserKey {
    pub fn new(client: Client, id: SecretId) -> Self {
        Self { client, id }
    }

    /// The key as the secret has it now.
    pub async fn read(&self) -> Result<Credentials, Failed> {
        let refused = |reason: &str, gone| Failed {
            error: SessionError::NoKey { secret: self.id.to_string(), reason: reason.to_owned() },
            gone,
        };
        let answer = self.client.get_secret_value().secret_id(self.id.as_str()).send().await.map_err(|error| {
            tracing::warn!(secret = %self.id, error = %logging::causes(&error), "Secrets Manager gives no key");
            match refusal_code(&error) {
                Some(code) => refused(&code, OF_THE_SECRET.contains(&code.as_str())),
                None => UNAVAILABLE.into(),
            }
        })?;
        let text = Zeroizing::new(answer.secret_string.ok_or_else(|| refused("it is no text", true))?);
        key_in(&text).ok_or_else(|| refused("it is no JSON object with `accessKeyId` and `secretAccessKey`", true))
    }
}

/// Codes that say that there is no secret, that it is being deleted, or that it may not be read or decrypted. All others are about the
/// request or who sends it, such as a session of the function that has ended.
/// Source: AWS Secrets Manager API reference, `GetSecretValue`, "Errors", and "Common Error Types".
const OF_THE_SECRET: &[&str] =
    &["ResourceNotFoundException", "InvalidRequestException", "AccessDeniedException", "DecryptionFailure"];

/// As this service documents it, or as `aws iam create-access-key` writes it.
fn key_in(text: &str) -> Option<Credentials> {
    let mut secret: Value = serde_json::from_str(text).ok()?;
    let mut key = match secret.get_mut("AccessKey") {
        Some(inner) => inner.take(),
        None => secret,
    };
    let mut member = |names: [&str; 2]| {
        let Value::String(text) = names.iter().find_map(|name| key.get_mut(name).map(Value::take))? else {
            return None;
        };
        Some(text).filter(|text| !text.is_empty())
    };
    let id = member(["accessKeyId", "AccessKeyId"])?;
    let secret = member(["secretAccessKey", "SecretAccessKey"])?;
    Some(Credentials::new(id, secret, None, None, "Secrets Manager"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_documented_and_as_iam_writes_it() {
        for text in [
            r#"{"accessKeyId":"AKIA1","secretAccessKey":"s"}"#,
            r#"{"AccessKeyId":"AKIA1","SecretAccessKey":"s","UserName":"signer"}"#,
            r#"{"AccessKey":{"UserName":"signer","AccessKeyId":"AKIA1","Status":"Active","SecretAccessKey":"s"}}"#,
        ] {
            let key = key_in(text).unwrap();
            assert_eq!((key.access_key_id(), key.secret_access_key(), key.session_token()), ("AKIA1", "s", None));
        }
        for text in ["", "AKIA1:s", r#"{"accessKeyId":"AKIA1"}"#, r#"{"accessKeyId":"AKIA1","secretAccessKey":""}"#] {
            assert!(key_in(text).is_none(), "{text}");
        }
    }
}
