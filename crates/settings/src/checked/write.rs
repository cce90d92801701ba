use std::cell::RefCell;
use std::collections::HashSet;

use presign::profile::ProfilesError;
use presign::request::given;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{AT_START, RULES};
use crate::bucket::Bucket;
use crate::file::Format;
use crate::placeholders::{fill, has_placeholder, names};
use crate::{CacheSettings, CallerSettings, Settings, SettingsError};

/// The tables of a settings file, as they stand there. One that is `null` is a mistake, and not an absent one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound = "T: Deserialize<'de>")]
struct Tables<T> {
    #[serde(default, deserialize_with = "given")]
    cache: Option<T>,
    #[serde(default, deserialize_with = "given")]
    callers: Option<T>,
    buckets: Vec<T>,
}

/// What a checked file begins with.
#[derive(Serialize)]
struct Heading<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callers: Option<&'a RawValue>,
}

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
    let heading = Heading { cache: cache.as_deref(), callers: callers.as_deref() };
    checked_file::write(text, RULES, &heading, parts).map_err(|error| SettingsError::Unwritable(error.to_string()))
}

/// Each table as a line of JSON, with its placeholders.
fn tables(text: &str, format: Format) -> Result<Tables<String>, SettingsError> {
    let filled = RefCell::new(vec![]);
    fill(text, |name| {
        filled.borrow_mut().push(name.to_owned());
        Some(String::new())
    })?;
    let mut filled = filled.into_inner();
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
