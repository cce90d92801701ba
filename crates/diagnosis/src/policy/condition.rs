use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::truth::Truth;
use super::wildcard;
use super::{Condition, Context, Known};

/// Whether a condition holds in `context`.
///
/// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
pub(super) fn holds(condition: &Condition, context: &Context) -> Truth {
    let (sets, operator) = match condition.operator.split_once(':') {
        Some((sets, operator)) => (Some(sets), operator),
        None => (None, condition.operator.as_str()),
    };
    let (operator, if_exists) =
        operator.strip_suffix("IfExists").map_or((operator, false), |operator| (operator, true));
    let known = context.get(&condition.key);
    if operator == "Null" {
        let wants_absent = condition.values.iter().any(|value| value == "true");
        return known.map_or(Truth::Unknown, |known| (matches!(known, Known::Absent) == wants_absent).into());
    }
    // A policy variable stands for what only AWS knows.
    if condition.values.iter().any(|value| value.contains("${")) {
        return Truth::Unknown;
    }
    let (positive, negated) = match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "NotIpAddress" => ("IpAddress", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        operator => (operator, false),
    };
    match known {
        None => Truth::Unknown,
        Some(Known::Absent) if sets == Some("ForAllValues") => Truth::True,
        // Of no values none fits, whatever the operator; what `IfExists` makes of that is not said.
        // Source: IAM user guide, "Set operators for multivalued context keys".
        Some(Known::Absent) if sets == Some("ForAnyValue") && if_exists => Truth::Unknown,
        Some(Known::Absent) if sets == Some("ForAnyValue") => Truth::False,
        Some(Known::Absent) => (negated || if_exists).into(),
        // Of one value, all of them is any of them.
        Some(Known::Value(value)) => {
            one(positive, value, &condition.values).map_or(Truth::Unknown, |is| (is != negated).into())
        }
    }
}

/// Whether any of the policy's values fits; none if that is not known: of an operator, or a value, that cannot be read here.
fn one(operator: &str, value: &str, wanted: &[String]) -> Option<bool> {
    let fits: fn(&str, &str) -> Option<bool> = match operator {
        "StringEquals" => |value, wanted| Some(value == wanted),
        "StringEqualsIgnoreCase" | "Bool" => |value, wanted| Some(value.eq_ignore_ascii_case(wanted)),
        "StringLike" | "ArnLike" | "ArnEquals" => |value, wanted| Some(wildcard::matches(wanted, value)),
        "IpAddress" => within,
        "NumericEquals" => |value, wanted| numbers(value, wanted).map(Ordering::is_eq),
        "NumericLessThan" => |value, wanted| numbers(value, wanted).map(Ordering::is_lt),
        "NumericLessThanEquals" => |value, wanted| numbers(value, wanted).map(Ordering::is_le),
        "NumericGreaterThan" => |value, wanted| numbers(value, wanted).map(Ordering::is_gt),
        "NumericGreaterThanEquals" => |value, wanted| numbers(value, wanted).map(Ordering::is_ge),
        "DateEquals" => |value, wanted| dates(value, wanted).map(Ordering::is_eq),
        "DateLessThan" => |value, wanted| dates(value, wanted).map(Ordering::is_lt),
        "DateLessThanEquals" => |value, wanted| dates(value, wanted).map(Ordering::is_le),
        "DateGreaterThan" => |value, wanted| dates(value, wanted).map(Ordering::is_gt),
        "DateGreaterThanEquals" => |value, wanted| dates(value, wanted).map(Ordering::is_ge),
        _ => return None,
    };
    let each = wanted.iter().map(|wanted| fits(value, wanted));
    each.reduce(|any, it| match (any, it) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    })
    .unwrap_or(Some(false))
}

fn numbers(value: &str, wanted: &str) -> Option<Ordering> {
    let number = |text: &str| text.parse::<f64>().ok();
    number(value)?.partial_cmp(&number(wanted)?)
}

fn dates(value: &str, wanted: &str) -> Option<Ordering> {
    Some(date(value)?.cmp(&date(wanted)?))
}

/// As ISO 8601 has it, with or without a time, or in seconds since 1970.
///
/// Source: IAM user guide, "IAM JSON policy elements: Condition operators", on dates.
pub(crate) fn date(text: &str) -> Option<Timestamp> {
    // With a time, but no zone, it is of no known moment.
    let day = || {
        text.parse::<Date>()
            .ok()
            .filter(|_| text.len() == "2026-05-01".len())
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
            .map(|day| day.timestamp())
    };
    let seconds = || text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    text.parse().ok().or_else(seconds).or_else(day)
}

/// Whether an address is within a range; false where one of them is none.
pub(crate) fn is_in(address: &str, range: &str) -> bool {
    within(address, range) == Some(true)
}

/// `203.0.113.0/24`, `2001:db8::/32`, or one address.
fn within(address: &str, range: &str) -> Option<bool> {
    let (network, bits) = range.split_once('/').map_or((range, None), |(network, bits)| (network, Some(bits)));
    let (address, network, width) = match (address.parse().ok()?, network.parse().ok()?) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32_u32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return Some(false),
    };
    let bits = bits.map_or(Ok(width), str::parse::<u32>).ok()?;
    let host_bits = width.saturating_sub(bits);
    Some(address.checked_shr(host_bits).unwrap_or(0) == network.checked_shr(host_bits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(operator: &str, wanted: &[&str], known: Option<Known>) -> Truth {
        let mut context = Context::default();
        match known {
            Some(Known::Absent) => context.state_absent("k"),
            Some(Known::Value(value)) => context.state("K", value),
            None => {}
        }
        let values = wanted.iter().map(|value| (*value).to_owned()).collect();
        holds(&Condition { operator: operator.to_owned(), key: "k".to_owned(), values }, &context)
    }

    fn is(value: &str) -> Known {
        Known::Value(value.to_owned())
    }

    #[test]
    fn operators_compare_as_iam_does() {
        for (operator, wanted, value, expected) in [
            ("StringEquals", "a", "a", true),
            ("StringEquals", "a", "A", false),
            ("StringNotEquals", "a", "b", true),
            ("StringNotLike", "a*", "ab", false),
            ("Bool", "false", "false", true),
            ("IpAddress", "203.0.113.0/24", "203.0.113.9", true),
            ("NotIpAddress", "203.0.113.0/24", "203.0.114.9", true),
            ("IpAddress", "2001:db8::/32", "2001:db8:1::1", true),
            ("IpAddress", "0.0.0.0/0", "1.2.3.4", true),
            ("NumericGreaterThan", "600000", "600001", true),
            ("NumericLessThanEquals", "5", "6", false),
            ("DateLessThan", "2026-05-01T00:00:00Z", "2026-04-30T00:00:00Z", true),
            ("DateGreaterThan", "2026-05-01", "2026-05-01T10:00:00Z", true),
            ("DateGreaterThan", "2026-05-02", "2026-05-01T10:00:00Z", false),
            ("DateGreaterThan", "2026-05-01T09:30Z", "2026-05-01T10:00:00Z", true),
            ("DateLessThan", "1777629600", "2026-05-01T09:00:00Z", true),
            ("ArnLike", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/a", true),
            ("ForAnyValue:StringEquals", "a", "a", true),
        ] {
            assert_eq!(truth(operator, &[wanted], Some(is(value))), expected.into(), "{operator} {wanted} {value}");
        }
    }

    #[test]
    fn an_absent_key_fails_what_is_positive_and_meets_what_is_negated() {
        assert_eq!(truth("StringEquals", &["a"], Some(Known::Absent)), Truth::False);
        assert_eq!(truth("StringNotEquals", &["a"], Some(Known::Absent)), Truth::True);
        assert_eq!(truth("StringEqualsIfExists", &["a"], Some(Known::Absent)), Truth::True);
        for (operator, expected) in [
            ("ForAnyValue:StringNotEquals", Truth::False),
            ("ForAnyValue:StringEquals", Truth::False),
            ("ForAnyValue:StringEqualsIfExists", Truth::Unknown),
            ("ForAllValues:StringEquals", Truth::True),
        ] {
            assert_eq!(truth(operator, &["a"], Some(Known::Absent)), expected, "{operator}");
        }
        assert_eq!(truth("Null", &["true"], Some(Known::Absent)), Truth::True);
        assert_eq!(truth("Null", &["true"], Some(is("a"))), Truth::False);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(truth("StringEquals", &["a"], None), Truth::Unknown);
        assert_eq!(truth("StringEquals", &["${aws:username}"], Some(is("a"))), Truth::Unknown);
        assert_eq!(truth("BinaryEquals", &["a"], Some(is("a"))), Truth::Unknown);
        for (operator, wanted, value) in [
            ("DateGreaterThan", "next May", "2026-05-01T10:00:00Z"),
            ("DateGreaterThan", "2026-05-01T09:00:00", "2026-05-01T10:00:00Z"),
            ("DateGreaterThan", "2026-05-01t09:00:00", "2026-05-01T10:00:00Z"),
            ("DateGreaterThan", "2026-05-01 09:00:00", "2026-05-01T10:00:00Z"),
            ("NumericLessThan", "many", "5"),
            ("IpAddress", "home", "203.0.113.9"),
            ("NotIpAddress", "203.0.113.0/24", "home"),
        ] {
            assert_eq!(truth(operator, &[wanted], Some(is(value))), Truth::Unknown, "{operator} {wanted} {value}");
        }
        assert_eq!(truth("NumericEquals", &["many", "5"], Some(is("5"))), Truth::True, "one that fits is enough");
    }
}
