use axum::body::Body;
use axum::http::Request;
use issue_urls::Caller;
use serde_json::Value;
use tower::ServiceExt;

use crate::secrecy::check_problem;
use crate::seed::with_signatures;
use crate::service::{checked, router, settle};
use crate::signed::check_command_line;

/// A request to the issuer: a line with method and target, and a body.
pub fn http(bytes: &[u8]) {
    let asked = std::str::from_utf8(bytes).map(with_signatures).unwrap_or_default();
    let sent = if asked.is_empty() { bytes } else { asked.as_bytes() };
    let Some(mut request) = request(sent) else { return };
    request.extensions_mut().insert(Caller::new("alice"));
    let answer = settle(router().oneshot(request)).map(checked);
    let Ok((status, body)) = answer;
    if !status.is_success() {
        check_problem(&asked, &body);
        return;
    }
    let Ok(answer) = serde_json::from_str::<Value>(&body) else { return };
    let results = answer.get("results").and_then(Value::as_array).map(Vec::as_slice);
    for answer in results.unwrap_or(std::slice::from_ref(&answer)) {
        if let Some(line) = answer.get("curl").and_then(Value::as_str) {
            check_command_line(line);
        }
        if let Some(problem) = answer.get("problem") {
            check_problem(&asked, &problem.to_string());
        }
    }
}

/// A request of a line with method and target, and a body.
pub fn request(bytes: &[u8]) -> Option<Request<Body>> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, body) = bytes.split_at(end);
    let (method, target) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(' '))?;
    let body = Body::from(body.get(1..).unwrap_or_default().to_vec());
    Request::builder().method(method).uri(target).body(body).ok()
}
