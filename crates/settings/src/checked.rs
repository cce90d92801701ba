use std::collections::HashSet;
use std::sync::Arc;

use checked_file::CheckedFile;
use presign::names::BucketName;
use presign::profile::{BucketProfile, Profiles, ProfilesError, UnreadProfiles};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::bucket::Bucket;
use crate::file::{Format, from_json};
use crate::placeholders::{fill, has_placeholder};
use crate::{CacheSettings, CallerSettings, Settings, SettingsError};

/// To be changed with whatever is a mistake in a table and was none before.
const FORMAT: &str = "1";

/// The tables of a settings file, as they stand there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables<T> {
    cache: Option<T>,
    callers: Option<T>,
    buckets: Vec<T>,
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
/// When the text has a mistake, other than in what depends on placeholders.
pub fn write(text: &str, format: Format) -> Result<String, SettingsError> {
    let Tables { cache, callers, buckets } = tables(text, format)?;
    if let Some(cache) = cache.as_ref().filter(|table| !has_placeholder(table)) {
        from_json::<CacheSettings>(cache).map_err(|mistake| mistake.within("cache"))?;
    }
    if let Some(callers) = callers.as_ref().filter(|table| !has_placeholder(table)) {
        from_json::<CallerSettings>(callers).map_err(|mistake| mistake.within("callers"))?;
    }
    let raw = |table: Option<String>| table.map(RawValue::from_string).transpose();
    let (cache, callers) = (raw(cache)?, raw(callers)?);
    let heading = Written { cache: cache.as_deref(), callers: callers.as_deref() };
    let (mut parts, mut named) = (vec![], HashSet::new());
    for (place, table) in buckets.into_iter().enumerate() {
        if has_placeholder(&table) {
            parts.push((AT_START.to_owned(), table));
            continue;
        }
        let Bucket(profile) = from_json(&table).map_err(|mistake| mistake.within(&format!("buckets[{place}]")))?;
        let bucket = profile.bucket();
        if !named.insert(bucket.clone()) {
            return Err(ProfilesError::Twice(bucket.clone()).into());
        }
        parts.push((bucket.to_string(), table));
    }
    Ok(CheckedFile::write(&[FORMAT, text], &heading, parts)?)
}

/// Each table as a line of JSON, with its placeholders.
fn tables(text: &str, format: Format) -> Result<Tables<String>, SettingsError> {
    let mut mark = "placeholder-".to_owned();
    while text.contains(&mark) {
        mark.push('-');
    }
    let marked = fill(text, |name| Some(format!("{mark}{name}}}")))?;
    if marked == text {
        Settings::parse(text, format)?;
    }
    let unreplaced = |error: &dyn ToString| SettingsError::Unreplaced(error.to_string());
    let tables = match format {
        Format::Toml => {
            toml::from_str::<Tables<Value>>(&marked).map_err(|error| unreplaced(&error))?.map(|table| table.to_string())
        }
        // A line break is between tokens, for a string has none.
        Format::Json => serde_json::from_str::<Tables<Box<RawValue>>>(&marked)
            .map_err(|error| unreplaced(&error))?
            .map(|table| table.get().replace(['\n', '\r'], " ")),
    };
    // What is text, and no placeholder, is not to become one.
    Ok(tables.map(|table| table.replace("${", r"\u0024{").replace(&mark, "${")))
}

impl<T> Tables<T> {
    fn map<U>(self, line: impl Fn(T) -> U) -> Tables<U> {
        let Self { cache, callers, buckets } = self;
        Tables {
            cache: cache.map(&line),
            callers: callers.map(&line),
            buckets: buckets.into_iter().map(&line).collect(),
        }
    }
}

/// What `file` says, if it is of this text, and what its placeholders stand for is no mistake: the text tells what that is.
pub fn read(text: &str, file: Vec<u8>, variable: impl Fn(&str) -> Option<String>) -> Option<Settings> {
    let file = CheckedFile::of(&[FORMAT, text], file)?;
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
groupsClaim = "\u0024{PRESIGN_NONE}"

# ${
[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject", "putObject"]
prefixes = ["a \"b\"", "\u0024{PRESIGN_PREFIX}/"]
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
prefixes = ["placeholder-PRESIGN_PREFIX}", "\u0024{PRESIGN_PREFIX}/${PRESIGN_PREFIX}/"]

[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = [""]
"#;

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

    /// The same in JSON, as people write it, with `${` as it stands in TOML.
    fn as_json(text: &str) -> String {
        let mut value: Value = toml::from_str(&text.replace("\\u0024", "DOLLAR")).unwrap();
        value.as_object_mut().unwrap().sort_keys();
        serde_json::to_string_pretty(&value).unwrap().replace("DOLLAR", "\\u0024")
    }

    #[test]
    fn what_was_checked_says_what_the_text_says() {
        for text in [TOML, PLACEHOLDERS] {
            for (text, format) in [(text.to_owned(), Format::Toml), (as_json(text), Format::Json)] {
                let checked = write(&text, format).unwrap();
                let settings = read(&text, checked.into_bytes(), variable).unwrap();
                assert_eq!(said(&settings), said(&parsed(&text, format)), "{text}");
            }
        }
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
        assert!(read(&TOML.replace("= 5", "= 6"), checked.clone().into_bytes(), variable).is_none());
        for changed in [checked.replace("demo", "demo2"), checked.replace("900", "901"), String::new()] {
            assert!(read(TOML, changed.into_bytes(), variable).is_none());
        }
        assert!(read(TOML, checked.into_bytes(), variable).is_some());
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
            assert!(read(PLACEHOLDERS, checked.clone().into_bytes(), variable).is_none(), "{name} {value:?}");
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
            (PLACEHOLDERS, "${PRESIGN_BUCKET}", "${HOME}", ["HOME", "line 6"]),
            (PLACEHOLDERS, "[callers]", "[cache]\nsurprise = 1\n[callers]", ["surprise", "cache"]),
        ] {
            assert!(text.contains(from), "{from}");
            let mistake = write(&text.replace(from, to), Format::Toml).unwrap_err().to_string();
            assert!(parts.iter().all(|part| mistake.contains(part)), "{from} -> {to}: {mistake}");
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
        let forged = CheckedFile::write(&[FORMAT, TOML], &HashMap::<String, String>::new(), parts.into()).unwrap();
        let settings = read(TOML, forged.into_bytes(), variable).unwrap();
        for bucket in ["demo", "other"] {
            assert!(settings.profiles.get(&bucket.parse().unwrap()).is_none());
        }
    }
}
