//! What came of checking a settings file before it was deployed: each bucket's table as a line of JSON, under the bucket's name.

mod read;
mod write;

pub use read::settings;
pub use write::write;

/// Of the sources that tell a mistake from what is none: another release of them checks the file anew.
pub const RULES: &[&str] = &[env!("SETTINGS_RULES")];

/// The key of the tables that have placeholders: their buckets may not be known yet.
const AT_START: &str = "";

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use checked_file::{Beside, CheckedFile};
    use serde_json::Value;
    use tempfile::TempDir;

    use super::*;
    use crate::Settings;
    use crate::file::Format;
    use crate::placeholders::fill;

    const TOML: &str = r#"
[cache]
holdSeconds = 5

[callers]
groupsClaim = "teams"

# ${
[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject", "putObject"]
prefixes = ["a \"b\"\u2028", "$"]
encryption = { serverSideEncryption = "aws:kms", ssekmsKeyId = "arn:aws:kms:eu-central-1:123456789012:key/k1" }

[[buckets]]
bucket = "other"
region = "us-east-1"
signer = "environment"
trustedFor = 900
operations = ["getObject"]
prefixes = [""]
"#;

    const PLACEHOLDERS: &str = r#"
[callers]
groupsClaim = "${PRESIGN_CLAIM}"

[[buckets]]
bucket = "${PRESIGN_BUCKET}"
region = "${AWS_REGION}"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = ["${PRESIGN_PREFIX}/", "a/${PRESIGN_PREFIX}/", "$PRESIGN_PREFIX}/"]

[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = [""]
"#;

    fn read(text: &str, file: String, variable: impl Fn(&str) -> Option<String>) -> Option<Settings> {
        let folder = TempDir::new().unwrap();
        let source = folder.path().join("settings.toml");
        fs::write(&source, text).unwrap();
        fs::write(checked_file::path_of(&source), file).unwrap();
        match CheckedFile::load_for(&source, RULES).unwrap() {
            Beside::Checked(file) => settings(file, variable),
            Beside::Stale | Beside::Nothing => None,
        }
    }

    fn variable(name: &str) -> Option<String> {
        let known = [("PRESIGN_CLAIM", "teams"), ("PRESIGN_BUCKET", "first"), ("AWS_REGION", "us-east-1")];
        let known = known.into_iter().chain([("PRESIGN_PREFIX", "p")]);
        known.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    fn said(settings: &Settings) -> String {
        let profiles: Vec<_> = settings.profiles.iter().collect();
        format!("{:?} {:?} {profiles:?}", settings.cache, settings.callers)
    }

    fn parsed(text: &str, format: Format) -> Settings {
        Settings::parse(&fill(text, variable).unwrap(), format).unwrap()
    }

    /// The same in JSON, as people write it.
    fn as_json(text: &str) -> String {
        let value: Value = toml::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    }

    #[test]
    fn what_was_checked_says_what_the_text_says() {
        for text in [TOML, PLACEHOLDERS] {
            for (text, format) in [(text.to_owned(), Format::Toml), (as_json(text), Format::Json)] {
                let checked = write(&text, format).unwrap();
                let settings = read(&text, checked, variable).unwrap();
                assert_eq!(said(&settings), said(&parsed(&text, format)), "{text}");
            }
        }
    }

    #[test]
    fn what_json_writes_with_an_escape_stays_text() {
        let text = as_json(TOML).replace(r#""$""#, r#""\u0024{PRESIGN_PREFIX}/""#);
        let settings = read(&text, write(&text, Format::Json).unwrap(), variable).unwrap();
        assert!(said(&settings).contains(r#""${PRESIGN_PREFIX}/""#));
    }

    #[test]
    fn what_depends_on_a_variable_is_read_at_start() {
        let checked = write(PLACEHOLDERS, Format::Toml).unwrap();
        let keys: Vec<_> = checked.lines().skip(2).map(|line| line.split_once('\t').unwrap().0).collect();
        assert_eq!(keys, [AT_START, "demo"]);
    }

    #[test]
    fn another_text_or_a_changed_file_is_passed_over() {
        let checked = write(TOML, Format::Toml).unwrap();
        assert!(read(&TOML.replace("= 5", "= 6"), checked.clone(), variable).is_none());
        for changed in [checked.replace("demo", "demo2"), checked.replace("900", "901"), String::new()] {
            assert!(read(TOML, changed, variable).is_none());
        }
        assert!(read(TOML, checked, variable).is_some());
    }

    #[test]
    fn the_text_tells_what_is_wrong_with_a_variable() {
        let checked = write(PLACEHOLDERS, Format::Toml).unwrap();
        for (name, value) in [
            ("PRESIGN_BUCKET", None),
            ("PRESIGN_BUCKET", Some("No Bucket")),
            ("PRESIGN_BUCKET", Some("demo")),
            ("PRESIGN_CLAIM", None),
            ("PRESIGN_CLAIM", Some("\"")),
        ] {
            let variable = |asked: &str| if asked == name { value.map(str::to_owned) } else { variable(asked) };
            assert!(read(PLACEHOLDERS, checked.clone(), variable).is_none(), "{name} {value:?}");
            let text = fill(PLACEHOLDERS, variable).map_err(|error| error.to_string());
            assert!(text.and_then(|text| Settings::from_toml(&text).map_err(|e| e.to_string())).is_err());
        }
    }

    #[test]
    fn a_mistake_is_found_before_and_names_its_place() {
        for (text, from, to, parts) in [
            (TOML, "eu-central-1\"\nsign", "EU\"\nsign", ["line 11", "region"]),
            (TOML, "= \"other\"", "= \"demo\"", ["demo", "two profiles"]),
            (PLACEHOLDERS, "eu-central-1", "EU", ["buckets[1]", "region"]),
            (PLACEHOLDERS, "= \"demo\"", "= \"demo\"\nsurprise = 1", ["buckets[1]", "surprise"]),
            (
                PLACEHOLDERS,
                "[callers]",
                "[cache]\nholdSeconds = ${PRESIGN_HOLD}\n[callers]",
                ["quotation marks", "line 3"],
            ),
            (PLACEHOLDERS, "[callers]", "[cahce]\n[callers]", ["cahce", "line 2"]),
            (PLACEHOLDERS, "[callers]", "[callers] # ${PRESIGN_CLAIM}", ["quotation marks", "comment"]),
            (PLACEHOLDERS, "\"a/$", "\"\\u0024{PRESIGN_BUCKET}\", \"a/$", ["quotation marks", "escape"]),
            (TOML, "\"$\"", "\"\\u0024{PRESIGN_BUCKET}\"", ["quotation marks", "escape"]),
            (PLACEHOLDERS, "[callers]", "[callers]\nrequestsPerSecond = inf", ["inf", "number"]),
            (PLACEHOLDERS, "${PRESIGN_BUCKET}", "${HOME}", ["HOME", "line 6"]),
            (PLACEHOLDERS, "[callers]", "[cache]\nsurprise = 1\n[callers]", ["surprise", "cache"]),
        ] {
            assert!(text.contains(from), "{from}");
            let mistake = write(&text.replace(from, to), Format::Toml).unwrap_err().to_string();
            assert!(parts.iter().all(|part| mistake.contains(part)), "{from} -> {to}: {mistake}");
            // Of the lines of JSON that nobody has written.
            assert!(!mistake.contains("line 1 column"), "{mistake}");
        }
        let empty = "{\"callers\": {\"groupsClaim\": \"${PRESIGN_CLAIM}\"}, \"buckets\": []}";
        let null = as_json(PLACEHOLDERS).replacen('{', "{\"cache\": null,", 1);
        for (text, part) in [(empty, "no bucket"), (&null, "cache")] {
            let mistake = write(text, Format::Json).unwrap_err().to_string();
            assert!(mistake.contains(part), "{mistake}");
        }
        let twice = as_json(PLACEHOLDERS)
            .replace("\"region\": \"eu-central-1\"", "\"region\": \"eu-central-1\", \"region\": \"eu-west-1\"");
        let mistake = write(&twice, Format::Json).unwrap_err().to_string();
        assert!(mistake.contains("duplicate field `region`"), "{mistake}");
    }

    #[test]
    fn a_line_that_is_none_of_its_bucket_serves_nothing() {
        let checked = write(TOML, Format::Toml).unwrap();
        let of_demo = checked.lines().nth(2).unwrap().split_once('\t').unwrap().1;
        let parts = [("demo", "{}"), ("other", of_demo)].map(|(key, part)| (key.to_owned(), part.to_owned()));
        let forged = checked_file::write(TOML, RULES, &HashMap::<String, String>::new(), parts.into()).unwrap();
        let settings = read(TOML, forged, variable).unwrap();
        for bucket in ["demo", "other"] {
            assert!(settings.profiles.get(&bucket.parse().unwrap()).is_none());
        }
    }
}
