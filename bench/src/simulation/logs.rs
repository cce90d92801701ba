//! What CloudWatch Logs takes in for a request besides the issuer's own lines, which are measured: bytes, of examples.

/// What Lambda itself writes in JSON of an invocation, at its level `INFO`. Source: AWS Lambda developer guide, "Lambda Telemetry API
/// `Event` schema reference".
pub const LAMBDAS_LINES: f64 = bytes(
    r#"{"time":"2026-11-22T12:00:30.123Z","type":"platform.start","record":{"requestId":"1b6d1c04-5a36-4c1d-9a2b-0d7a2f3b4c5d","version":"$LATEST","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-6741a2de-5b1c2d3e4f5a6b7c8d9e0f1a;Parent=3c4d5e6f7a8b9c0d;Sampled=0"}}}"#,
) + bytes(
    r#"{"time":"2026-11-22T12:00:30.129Z","type":"platform.report","record":{"requestId":"1b6d1c04-5a36-4c1d-9a2b-0d7a2f3b4c5d","metrics":{"durationMs":5.123,"billedDurationMs":6,"memorySizeMB":512,"maxMemoryUsedMB":32},"tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-6741a2de-5b1c2d3e4f5a6b7c8d9e0f1a;Parent=3c4d5e6f7a8b9c0d;Sampled=0"},"status":"success"}}"#,
);

/// The API's access log, as template.yaml has its format.
pub const ACCESS_LINE: f64 = bytes(
    r#"{"requestId":"Bq3dEhYtIAMEJ9g=","requestTime":"22/Nov/2026:12:00:30 +0000","routeKey":"POST /urls","status":"200","sourceIp":"203.0.113.7","userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0","responseLatency":"12","responseLength":"1843","integrationError":"-","authorizerError":"-"}"#,
);

#[expect(clippy::cast_precision_loss, reason = "a line has some hundred bytes")]
const fn bytes(line: &str) -> f64 {
    line.len() as f64
}
