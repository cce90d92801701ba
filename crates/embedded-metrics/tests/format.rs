//! One test: a process counts for one namespace.
#![cfg(test)]

use embedded_metrics::{EmbeddedMetrics, MetricsError};
use serde_json::Value;

fn written(metrics: EmbeddedMetrics) -> Vec<Value> {
    let mut text = vec![];
    metrics.write_to(&mut text).unwrap();
    String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_counted_is_written_once_as_cloudwatch_specifies() {
    for namespace in ["", "AWS/Lambda", "a*b", &"x".repeat(256)] {
        assert!(matches!(EmbeddedMetrics::in_namespace(namespace.into()), Err(MetricsError::Namespace(_))));
    }
    let metrics = EmbeddedMetrics::in_namespace("presign-dev".into()).unwrap();
    metrics::counter!("ScopeAdvanced", "Kind" => "bucket").increment(2);
    metrics::describe_histogram!("Lag", metrics::Unit::Milliseconds, "");
    metrics::histogram!("Lag").record(1_500.0);
    metrics::histogram!("Lag").record(20.0);

    let lines = written(metrics);
    assert_eq!(lines.len(), 2, "one for each set of dimensions: {lines:?}");
    let directive = |line: &Value| line["_aws"]["CloudWatchMetrics"][0].clone();
    let lag = lines.iter().find(|line| line.get("Lag").is_some()).unwrap();
    assert_eq!(lag["Lag"], serde_json::json!([1_500.0, 20.0]));
    assert_eq!(directive(lag)["Metrics"], serde_json::json!([{"Name": "Lag", "Unit": "Milliseconds"}]));
    assert_eq!(directive(lag)["Dimensions"], serde_json::json!([[]]));
    let advanced = lines.iter().find(|line| line.get("ScopeAdvanced").is_some()).unwrap();
    assert_eq!((&advanced["ScopeAdvanced"], &advanced["Kind"]), (&2.into(), &"bucket".into()));
    assert_eq!(directive(advanced)["Dimensions"], serde_json::json!([["Kind"]]));
    assert_eq!(directive(advanced)["Namespace"], "presign-dev");
    assert!(advanced["_aws"]["Timestamp"].as_u64().is_some_and(|millis| millis > 1_700_000_000_000));

    assert_eq!(written(metrics), Vec::<Value>::new(), "nothing has been counted since");
}
