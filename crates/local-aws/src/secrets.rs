//! Secrets Manager: secrets that are made, changed and read. They are gone when the stack ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::identity::{Caller, Directory};
use crate::json_protocol::{JsonError, answer};

/// The account's secrets, by name.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeMap<String, String>>>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call {
    name: Option<String>,
    secret_id: Option<String>,
    secret_string: Option<String>,
}

impl Secrets {
    /// Answers one call.
    ///
    /// # Errors
    /// When the call is unknown, malformed or not allowed, or there is no such secret.
    pub fn call(
        &self,
        action: &str,
        body: &[u8],
        caller: &Caller,
        directory: &Directory,
        region: &str,
    ) -> Result<Response<Body>, JsonError> {
        let Call { name, secret_id, secret_string } = serde_json::from_slice(body)
            .map_err(|error| JsonError::new("SerializationException", error.to_string()))?;
        let id = if action == "CreateSecret" { name } else { secret_id };
        let id = id.ok_or_else(|| JsonError::new("InvalidParameterException", "the secret is not named"))?;
        let beginning = format!("arn:aws:secretsmanager:{region}:{}:secret:", directory.account_id);
        let name = id.strip_prefix(&beginning).unwrap_or(&id);
        let arn = format!("{beginning}{name}");
        directory
            .authorize(caller, &format!("secretsmanager:{action}"), &arn, &directory.facts(caller))
            .map_err(|denied| JsonError::new("AccessDeniedException", denied.to_string()))?;
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = || JsonError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        let value = match action {
            "CreateSecret" if secrets.contains_key(name) => {
                return Err(JsonError::new("ResourceExistsException", "there is a secret of this name"));
            }
            "CreateSecret" => {
                secrets.insert(name.to_owned(), secret_string.unwrap_or_default());
                None
            }
            "PutSecretValue" => {
                *secrets.get_mut(name).ok_or_else(absent)? = secret_string.unwrap_or_default();
                None
            }
            "GetSecretValue" => Some(secrets.get(name).ok_or_else(absent)?.clone()),
            other => return Err(JsonError::unknown(other)),
        };
        let mut told = json!({"ARN": arn, "Name": name});
        if let (Some(value), Some(told)) = (value, told.as_object_mut()) {
            told.insert("SecretString".to_owned(), value.into());
        }
        Ok(answer(StatusCode::OK, &told))
    }
}
