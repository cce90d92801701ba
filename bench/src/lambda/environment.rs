use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stack::Stack;

/// The environment of a function.
pub type Environment = BTreeMap<String, String>;

/// What Lambda itself sets.
pub fn of_lambda(stack: &Stack) -> Environment {
    let variables = [
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_REGION", &stack.region),
        ("AWS_ACCESS_KEY_ID", &stack.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &stack.secret_access_key),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The environment of ours, as template.yaml has it: these settings and policies, and the stack's services. It counts and traces; that
/// nobody listens for traces, it does not notice.
pub fn of_ours(stack: &Stack, settings: &Path, policies: &Path) -> Result<Environment> {
    let text = |path: &Path| path.to_str().map(str::to_owned).context("a path that is not UTF-8");
    let more = [
        ("AWS_ENDPOINT_URL", stack.endpoint.clone()),
        ("PRESIGN_SETTINGS", text(settings)?),
        ("PRESIGN_POLICIES", text(policies)?),
        ("PRESIGN_TABLE", Stack::TABLE.to_owned()),
        ("PRESIGN_LOG", "info".to_owned()),
        ("PRESIGN_METRICS_NAMESPACE", "bench".to_owned()),
        ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000".to_owned()),
    ];
    Ok(of_lambda(stack).into_iter().chain(more.map(|(name, value)| (name.to_owned(), value))).collect())
}
