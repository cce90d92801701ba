use std::fmt::Write;

use serde::Serialize;

use super::KeyPrefix;
use crate::names::BucketName;

/// The longest inline session policy that `AssumeRole` takes, in characters.
/// Source: AWS STS API reference, `AssumeRole`, `Policy`.
pub const LONGEST: usize = 2048;

/// Statements of a session policy, as they stand between its brackets: what a session may do under the prefixes of one bucket,
/// and with the keys that encrypt its objects.
#[derive(Debug, Clone)]
pub struct Statements(String);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a, R> {
    action: &'a [&'a str],
    effect: &'static str,
    resource: R,
}

impl<R: Serialize> Statement<'_, R> {
    fn json(&self) -> String {
        // Texts and lists of them can always be written. Without one the policy would be no JSON, which STS refuses.
        as_sts_takes(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// The same JSON without the characters that STS does not take, which stand in its texts alone.
/// Source: AWS STS API reference, `AssumeRole`, `Policy`: "from the space character to the end of the valid character list (\u0020 through \u00FF)".
fn as_sts_takes(json: &str) -> String {
    let mut taken = String::with_capacity(json.len());
    for c in json.chars() {
        if c <= '\u{ff}' {
            taken.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(taken, "\\u{unit:04x}");
            }
        }
    }
    taken
}

/// The objects of `bucket` under `prefixes`, as a policy names them.
pub fn resources(partition: &str, bucket: &BucketName, prefixes: &[KeyPrefix]) -> Vec<String> {
    prefixes.iter().map(|prefix| format!("arn:{partition}:s3:::{bucket}/{}*", prefix.escaped_for_iam())).collect()
}

/// Whether no policy that allows some of `actions` with the objects of `bucket` under `prefixes`, and what stands in `kms` with
/// the keys that it names, is longer than STS takes. `false` says nothing. It costs a fraction of writing one.
pub fn surely_fits<'a>(
    partition: &str,
    bucket: &BucketName,
    prefixes: &[KeyPrefix],
    actions: impl IntoIterator<Item = &'a str>,
    kms: Option<(&[&str], &str)>,
) -> bool {
    const FRAME: usize = r#"{"Version":"2012-10-17","Statement":[]}"#.len();
    const STATEMENT: usize = r#"{"Action":[],"Effect":"Allow","Resource":[]},"#.len();
    const RESOURCE: usize = r#""arn::s3:::/*","#.len();
    // With quotation marks and a comma.
    let listed = |action: &str| action.len() + 3;
    // A prefix has no control characters: the longest that becomes of one of its bytes is `${*}`.
    let resource = |prefix: &KeyPrefix| RESOURCE + partition.len() + bucket.as_str().len() + 4 * prefix.as_str().len();
    let objects: usize = prefixes.iter().map(resource).sum();
    let actions: usize = actions.into_iter().map(listed).sum();
    let kms = kms.map_or(0, |(actions, key)| {
        STATEMENT + listed(key) + actions.iter().map(|action| listed(action)).sum::<usize>()
    });
    FRAME + STATEMENT + objects + actions + kms <= LONGEST
}

impl Statements {
    /// Allows `actions` with `resources`, and those in `kms` with the keys that it names.
    pub fn new<'a>(
        resources: &[String],
        actions: impl IntoIterator<Item = &'a str>,
        kms: Option<(&[&str], &str)>,
    ) -> Self {
        let mut actions: Vec<&str> = actions.into_iter().collect();
        actions.sort_unstable();
        actions.dedup();
        let mut text = Statement { action: &actions, effect: "Allow", resource: resources }.json();
        if let Some((action, key)) = kms {
            text.push(',');
            text.push_str(&Statement { action, effect: "Allow", resource: key }.json());
        }
        Self(text)
    }

    /// The policy that confines a session to all of `statements`. It grants nothing by itself: what a session may do is what
    /// both this and its role allow.
    pub fn policy<'a>(statements: impl IntoIterator<Item = &'a Self>) -> String {
        let statements: Vec<&str> = statements.into_iter().map(|statements| statements.0.as_str()).collect();
        format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surely_fits_does() {
        const PUT: &[&str] = &["s3:PutObject", "s3:PutObjectTagging"];
        let bucket = "demo".parse().unwrap();
        let key = "arn:aws:kms:eu-central-1:123456789012:key/k1";
        for kms in [None, Some((&["kms:GenerateDataKey", "kms:Decrypt"] as &[_], key))] {
            for longest in ["a", "é", "\"", "$", "ж", "レ", "😀"] {
                let surely = |count: usize| {
                    let prefixes = [format!("{}/", longest.repeat(count)).parse().unwrap()];
                    let objects = resources("aws-us-gov", &bucket, &prefixes);
                    let written = Statements::policy([&Statements::new(&objects, PUT.iter().copied(), kms)]);
                    let surely = surely_fits("aws-us-gov", &bucket, &prefixes, PUT.iter().copied(), kms);
                    assert!(!surely || written.chars().count() <= LONGEST, "{count} times {longest}");
                    surely
                };
                assert!(surely(1));
                assert!((1..512).any(|count| !surely(count)));
            }
        }
    }

    #[test]
    fn what_sts_does_not_take_is_written_as_it_does_and_says_the_same() {
        let prefixes = ["отчёты/".parse().unwrap(), "é😀/".parse().unwrap()];
        let objects = resources("aws", &"demo".parse().unwrap(), &prefixes);
        let policy = Statements::policy([&Statements::new(&objects, ["s3:GetObject"], None)]);
        assert!(policy.chars().all(|c| (' '..='\u{ff}').contains(&c)), "{policy}");
        let read: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(read["Statement"][0]["Resource"], serde_json::json!(objects));
    }
}
