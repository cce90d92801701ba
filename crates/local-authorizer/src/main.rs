//! A Lambda authorizer for `sam local start-api`, which runs authorizers of this kind and no others. It admits one token.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};

/// What an HTTP API asks its authorizer, in payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    /// The header that the authorizer's `IdentitySource` names.
    identity_source: Vec<String>,
}

/// The simple kind of answer: yes or no, and what the function gets to know of the caller.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    is_authorized: bool,
    context: Context,
}

#[derive(Serialize)]
struct Context {
    sub: &'static str,
}

/// Admits who shows the token, and names the caller `local`.
fn answer(request: &Request, token: &str) -> Answer {
    let shown = |source: &String| source.strip_prefix("Bearer ") == Some(token);
    Answer { is_authorized: request.identity_source.iter().any(shown), context: Context { sub: "local" } }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let token = std::env::var("LOCAL_TOKEN").ok().filter(|token| !token.is_empty());
    let token = &token.ok_or("the environment variable `LOCAL_TOKEN` is not set: it is the token to admit")?;
    run(service_fn(async |event: LambdaEvent<Request>| Ok::<_, Error>(answer(&event.payload, token)))).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answered(identity_source: &Value) -> Value {
        let event = json!({"version": "2.0", "type": "REQUEST", "identitySource": identity_source});
        serde_json::to_value(answer(&serde_json::from_value(event).unwrap(), "a-token")).unwrap()
    }

    #[test]
    fn only_the_token_is_admitted() {
        assert_eq!(answered(&json!(["Bearer a-token"])), json!({"isAuthorized": true, "context": {"sub": "local"}}));
        for shown in [json!(["Bearer another"]), json!(["Bearer a-token "]), json!(["a-token"]), json!([""]), json!([])]
        {
            assert_eq!(answered(&shown)["isAuthorized"], false, "{shown}");
        }
    }
}
