//! `presign form`: the address and the fields of an upload by HTML form.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arguments::Form;
use crate::outcome::Outcome;
use crate::service::{Api, ObjectName, with};
use crate::terminal;

/// `presign form`
pub async fn run(arguments: &Form, clock: fn() -> Timestamp) -> anyhow::Result<Outcome> {
    let object = ObjectName::read_beginning(&arguments.object)?;
    let api = Api::connect(&arguments.asking.service, clock).await?;
    let answer: Value = api.post("forms", &request(arguments, &object)).await?.json("form")?;
    let text = match answer.get("curl").and_then(Value::as_str) {
        Some(curl) => format!("{curl}\n"),
        None => serde_json::to_string_pretty(&answer)? + "\n",
    };
    terminal::print(text.as_bytes())?;
    Ok(Outcome::Fine)
}

fn request(arguments: &Form, object: &ObjectName) -> Value {
    let beginning = object.key.is_empty() || object.key.ends_with('/');
    let key = if beginning { json!({"startsWith": object.key}) } else { json!(object.key) };
    let request = json!({
        "bucket": object.bucket,
        "key": key,
        "expiresIn": arguments.asking.expires_in,
        "contentLengthRange": {"minimum": arguments.min_size, "maximum": arguments.max_size},
        "curl": arguments.curl,
    });
    let content_type = arguments.content_type.as_ref().map(|content_type| match content_type.strip_suffix('*') {
        Some(beginning) => json!({"startsWith": beginning}),
        None => json!(content_type),
    });
    with(request, [("contentType", content_type)])
}
