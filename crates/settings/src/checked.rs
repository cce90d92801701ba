use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use checked_file::CheckedFile;
use presign::names::BucketName;
use presign::profile::{BucketProfile, Profiles, ProfilesError, UnreadProfiles};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::bucket::Bucket;
use crate::file::Format;
use crate::placeholders::{fill, has_placeholder, names};
use crate::{CacheSettings, CallerSettings, Settings, SettingsError};

/// Of the sources that tell a mistake from what is none: another release of them checks the file anew.
const RULES: &str = env!("SETTINGS_RULES");

/// The tables of a settings file, as they stand there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound = "T: Deserialize<'de>")]
struct Tables<T> {
    #[serde(default, deserialize_with = "present")]
    cache: Option<T>,
    #[serde(default, deserialize_with = "present")]
    callers: Option<T>,
    buckets: Vec<T>,
}

/// So that a table which is `null` is a mistake, and not an absent one.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What a checked file begins with.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callers: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    #[serde(default)]
    cache: CacheSettings,
    #[serde(default)]
    callers: CallerSettings,
}

/// The key of the tables that have placeholders: their buckets may not be known yet.
const AT_START: &str = "";

/// What a start may read instead of the settings file with this text: each bucket's table under its name.
///
/// # Errors
/// When the text has a mistake, other than in what depends on placeholders, or a placeholder stands where it could not be told from text.
pub fn write(text: &str, format: Format) -> Result<String, SettingsError> {
    let Tables { cache, callers, buckets } = tables(text, format)?;
    if let Some(cache) = cache.as_ref().filter(|table| !has_placeholder(table)) {
        table::<CacheSettings>(cache, "cache")?;
    }
    if let Some(callers) = callers.as_ref().filter(|table| !has_placeholder(table)) {
        table::<CallerSettings>(callers, "callers")?;
    }
    if buckets.is_empty() {
        return Err(ProfilesError::Empty.into());
    }
    let (mut parts, mut named) = (vec![], HashSet::new());
    for (place, json) in buckets.into_iter().enumerate() {
        if has_placeholder(&json) {
            parts.push((AT_START.to_owned(), json));
            continue;
        }
        let Bucket(profile) = table(&json, &format!("buckets[{place}]"))?;
        let bucket = profile.bucket();
        if !named.insert(bucket.clone()) {
            return Err(ProfilesError::Twice(bucket.clone()).into());
        }
        parts.push((bucket.to_string(), json));
    }
    let unwritable = |error: serde_json::Error| SettingsError::Unwritable(error.to_string());
    let raw = |table: Option<String>| table.map(RawValue::from_string).transpose().map_err(unwritable);
    let (cache, callers) = (raw(cache)?, raw(callers)?);
    let heading = Written { cache: cache.as_deref(), callers: callers.as_deref() };
    CheckedFile::write(&[RULES, text], &heading, parts).map_err(|error| SettingsError::Unwritable(error.to_string()))
}

/// Each table as a line of JSON, with its placeholders.
fn tables(text: &str, format: Format) -> Result<Tables<String>, SettingsError> {
    let filled = Mutex::new(vec![]);
    fill(text, |name| {
        filled.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned());
        Some(String::new())
    })?;
    let mut filled = filled.into_inner().unwrap_or_else(PoisonError::into_inner);
    if filled.is_empty() {
        Settings::parse(text, format)?;
    }
    let unplaced = |error: &dyn ToString| SettingsError::Unplaced(error.to_string());
    let tables = match format {
        Format::Toml => {
            let tables = toml::from_str::<Tables<Value>>(text).map_err(|error| unplaced(&error))?;
            if tables.iter().any(has_null) {
                return Err(SettingsError::Toml("`inf` and `nan` are no numbers that a setting could have".to_owned()));
            }
            tables.map(|table| table.to_string())
        }
        // A line break is between tokens, for a string has none.
        Format::Json => serde_json::from_str::<Tables<Box<RawValue>>>(text)
            .map_err(|error| unplaced(&error))?
            .map(|table| table.get().replace(['\n', '\r'], " ")),
    };
    let mut found: Vec<_> = tables.iter().flat_map(|table| names(table)).map(str::to_owned).collect();
    filled.sort_unstable();
    found.sort_unstable();
    if filled == found {
        Ok(tables)
    } else {
        Err(SettingsError::Unplaced(
            "one stands in a comment after a setting, or `${` is written with an escape".to_owned(),
        ))
    }
}

/// What JSON has for a number that it cannot write.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A table in JSON that nobody has written, so that no mistake is at a line and a column of it.
fn table<T: DeserializeOwned>(json: &str, field: &str) -> Result<T, SettingsError> {
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(json)).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => field.to_owned(),
            path => format!("{field}.{path}"),
        };
        let error = error.into_inner();
        let (message, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
        SettingsError::Json { field, message: message.strip_suffix(&place).unwrap_or(&message).to_owned() }
    })
}

impl<T> Tables<T> {
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.cache.iter().chain(&self.callers).chain(&self.buckets)
    }

    fn map<U>(self, line: impl Fn(T) -> U) -> Tables<U> {
        let Self { cache, callers, buckets } = self;
        Tables {
            cache: cache.map(&line),
            callers: callers.map(&line),
            buckets: buckets.into_iter().map(&line).collect(),
        }
    }
}

/// What `file` says, if it is of this text, and by these rules.
pub fn of(text: &str, file: Vec<u8>) -> Option<CheckedFile> {
    CheckedFile::of(&[RULES, text], file)
}

/// The settings, unless what a placeholder stands for is a mistake: the text tells which.
pub fn settings(file: CheckedFile, variable: impl Fn(&str) -> Option<String>) -> Option<Settings> {
    let heading: Heading = serde_json::from_str(&fill(file.heading(), &variable).ok()?).ok()?;
    let mut read = vec![];
    for place in file.find(AT_START) {
        let table = fill(file.part(place)?, &variable).ok()?;
        let Bucket(profile) = serde_json::from_str(&table).ok()?;
        read.push(profile);
    }
    let profiles = Profiles::with_unread(read, Arc::new(CheckedTables(file))).ok()?;
    Some(Settings { cache: heading.cache, callers: heading.callers, profiles })
}

#[derive(Debug)]
struct CheckedTables(CheckedFile);

impl UnreadProfiles for CheckedTables {
    fn places(&self) -> usize {
        self.0.parts()
    }

    fn place_of(&self, bucket: &BucketName) -> Option<usize> {
        self.0.find(bucket.as_str()).next()
    }

    fn bucket_at(&self, place: usize) -> Option<BucketName> {
        self.0.key(place).filter(|key| *key != AT_START)?.parse().ok()
    }

    fn read(&self, place: usize, bucket: &BucketName) -> Option<BucketProfile> {
        match serde_json::from_str(self.0.part(place)?) {
            Ok(Bucket(profile)) if profile.bucket() == bucket => Some(profile),
            other => {
                let error = other.err().map(|error| error.to_string());
                tracing::error!(%bucket, error, "the checked settings have no profile of it: run `presign check-settings`");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

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
        settings(of(text, file.into_bytes())?, variable)
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
        let forged = CheckedFile::write(&[RULES, TOML], &HashMap::<String, String>::new(), parts.into()).unwrap();
        let settings = read(TOML, forged, variable).unwrap();
        for bucket in ["demo", "other"] {
            assert!(settings.profiles.get(&bucket.parse().unwrap()).is_none());
        }
    }
}
