use std::time::Duration;

use serde_json::Value;

use crate::lifetime::ExpiresIn;

/// The `s3:signatureAge` beyond which a bucket's policy denies: the shortest of its Deny statements, whomever and whatever
/// they are about, so that no URL promises more. None where none limits it.
///
/// A limit under a second is taken for a second, the least that a URL can be issued for.
#[must_use]
pub fn signature_age_limit(policy: &Value) -> Option<ExpiresIn> {
    let denies = listed(policy.get("Statement")?).filter(|statement| statement.get("Effect") == Some(&"Deny".into()));
    let limits =
        denies.flat_map(|statement| statement.get("Condition").and_then(Value::as_object).into_iter().flatten());
    let limits = limits.flat_map(|(operator, keys)| {
        let inclusive = match operator.strip_suffix("IfExists").unwrap_or(operator) {
            "NumericGreaterThan" => Some(0),
            "NumericGreaterThanEquals" => Some(1),
            _ => None,
        };
        let keys = keys.as_object().into_iter().flatten();
        let ages =
            keys.filter(|(key, _)| key.eq_ignore_ascii_case("s3:signatureAge")).flat_map(|(_, value)| listed(value));
        ages.filter_map(move |age| Some(milliseconds(age)?.saturating_sub(inclusive?)))
    });
    let shortest = limits.min()?;
    ExpiresIn::within(Duration::from_millis(shortest).max(Duration::from_secs(1)))
}

/// Policies may say a list, or its only element.
fn listed(value: &Value) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Value::Array(items) => (items.as_slice(), None),
        one => (&[][..], Some(one)),
    };
    many.iter().chain(one)
}

/// Policies write numbers as numbers or as text.
fn milliseconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn limit(effect: &str, condition: &Value) -> Option<u32> {
        let statement =
            json!({"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
        signature_age_limit(&json!({"Statement": statement})).map(ExpiresIn::seconds)
    }

    #[test]
    fn the_limit_is_the_age_beyond_which_a_statement_denies() {
        for (condition, seconds) in [
            (json!({"NumericGreaterThan": {"s3:signatureAge": "600000"}}), Some(600)),
            (json!({"NumericGreaterThan": {"S3:SignatureAge": 600_999}}), Some(600)),
            (json!({"NumericGreaterThanEquals": {"s3:signatureAge": 600_000}}), Some(599)),
            (json!({"NumericGreaterThanIfExists": {"s3:signatureAge": ["900000", "600000"]}}), Some(600)),
            (json!({"NumericGreaterThan": {"s3:signatureAge": 0}}), Some(1)),
            (json!({"NumericGreaterThan": {"s3:signatureAge": 9_999_999_999_u64}}), Some(604_800)),
            (json!({"NumericLessThan": {"s3:signatureAge": 600_000}}), None),
            (json!({"Bool": {"aws:SecureTransport": "false"}}), None),
        ] {
            assert_eq!(limit("Deny", &condition), seconds, "{condition}");
            assert_eq!(limit("Allow", &condition), None, "{condition}");
        }
    }

    #[test]
    fn of_several_statements_the_shortest_counts() {
        let deny = |age| json!({"Effect": "Deny", "Condition": {"NumericGreaterThan": {"s3:signatureAge": age}}});
        let policy = json!({"Statement": [deny(900_000), deny(300_000), {"Effect": "Deny"}]});
        assert_eq!(signature_age_limit(&policy).map(ExpiresIn::seconds), Some(300));
        assert_eq!(signature_age_limit(&json!({})), None);
    }
}
