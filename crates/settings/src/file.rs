use std::path::{Path, PathBuf};

use checked_file::{Beside, CheckedFile, ReadError};
use presign::profile::{Profiles, ProfilesError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::bucket::Bucket;
use crate::placeholders::{PlaceholderError, fill};
use crate::{CacheSettings, CallerSettings, checked};

/// What the settings file says.
#[derive(Debug, Clone)]
pub struct Settings {
    pub cache: CacheSettings,
    pub callers: CallerSettings,
    pub profiles: Profiles,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the settings file {0}")]
    Unreadable(#[from] ReadError),
    #[error("a mistake in the settings, {0}")]
    Placeholder(#[from] PlaceholderError),
    #[error("the settings file ends in neither `.toml` nor `.json`: `{}`", .0.display())]
    UnknownFormat(PathBuf),
    /// The text names the line, the column and the field.
    #[error("a mistake in the settings: {0}")]
    Toml(String),
    #[error("a mistake in the settings, in `{field}`: {message}")]
    Json { field: String, message: String },
    #[error("a mistake in the settings, in `buckets`: {0}")]
    Profiles(#[from] ProfilesError),
    #[error(
        "a mistake in the settings, or a `${{NAME}}` that does not stand in quotation marks, as it has to for that: {0}"
    )]
    Unplaced(String),
    #[error("the checked settings cannot be written: {0}")]
    Unwritable(String),
}

/// What a settings file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Toml,
    Json,
}

impl Format {
    fn of(path: &Path) -> Result<Self, SettingsError> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("toml") => Ok(Self::Toml),
            Some("json") => Ok(Self::Json),
            _ => Err(SettingsError::UnknownFormat(path.to_owned())),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    cache: CacheSettings,
    #[serde(default)]
    callers: CallerSettings,
    buckets: Vec<Bucket>,
}

impl Settings {
    /// Reads the file at `path`, TOML or JSON by its ending. `${NAME}` in it stands for an environment variable.
    ///
    /// Where it was checked before, what came of that is read instead, and of that only what somebody asks for.
    ///
    /// # Errors
    /// When it cannot be read, or has a mistake.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let format = Format::of(path)?;
        let variable = |name: &str| std::env::var(name).ok();
        match CheckedFile::load_for(path, checked::RULES)? {
            Beside::Checked(file) => {
                if let Some(settings) = checked::settings(file, variable) {
                    return Ok(settings);
                }
            }
            Beside::Stale => tracing::warn!(
                file = %checked_file::path_of(path).display(),
                "the checked settings are of another text or version, and were passed over: run `presign check-settings`"
            ),
            Beside::Nothing => {}
        }
        Self::parse(&fill(&text_at(path)?, variable)?, format)
    }

    /// What a start may read instead of the file at `path`, once it stands where [`checked_file::path_of`] says. What placeholders
    /// stand for is not known yet: the tables that have some are checked at start.
    ///
    /// # Errors
    /// When the file cannot be read, or has a mistake.
    pub fn check(path: &Path) -> Result<String, SettingsError> {
        let format = Format::of(path)?;
        checked::write(&text_at(path)?, format)
    }

    pub(crate) fn parse(text: &str, format: Format) -> Result<Self, SettingsError> {
        match format {
            Format::Toml => Self::from_toml(text),
            Format::Json => Self::from_json(text),
        }
    }

    /// # Errors
    /// When the text has a mistake.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|e| SettingsError::Toml(e.to_string()))?;
        Self::from_file(file)
    }

    /// # Errors
    /// When the text has a mistake.
    pub fn from_json(text: &str) -> Result<Self, SettingsError> {
        Self::from_file(from_json(text)?)
    }

    fn from_file(file: File) -> Result<Self, SettingsError> {
        let profiles = Profiles::new(file.buckets.into_iter().map(|Bucket(profile)| profile))?;
        Ok(Self { cache: file.cache, callers: file.callers, profiles })
    }
}

fn text_at(path: &Path) -> Result<String, ReadError> {
    std::fs::read_to_string(path).map_err(|source| ReadError { path: path.to_owned(), source })
}

/// Reads what was checked as well, of which nobody expects a mistake: a reader of its own would be in the program besides.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, SettingsError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut json)
        .map_err(|e| SettingsError::Json { field: e.path().to_string(), message: e.into_inner().to_string() })?;
    json.end().map_err(|e| SettingsError::Json { field: ".".to_owned(), message: e.to_string() })?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use presign::attribution::{Attribution, Whose};

    use super::*;

    const PROFILE: &str = r#"
[cache]
holdSeconds = 5

[[buckets]]
bucket = "demo"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject", "putObject"]
prefixes = [""]
encryption = { serverSideEncryption = "aws:kms", ssekmsKeyId = "arn:aws:kms:eu-central-1:123456789012:key/k1" }
"#;

    fn mistake(from: &str, to: &str) -> String {
        assert!(PROFILE.contains(from), "{from}");
        Settings::from_toml(&PROFILE.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = Settings::from_toml(PROFILE).unwrap();
        let value: toml::Value = toml::from_str(PROFILE).unwrap();
        let json = Settings::from_json(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
        assert_eq!((toml.cache, &toml.callers), (json.cache, &json.callers));
        let profiles = |settings: &Settings| format!("{:?}", settings.profiles.iter().collect::<Vec<_>>());
        assert_eq!(profiles(&toml), profiles(&json));
        assert_eq!(toml.cache.hold.as_secs(), 5);
    }

    #[test]
    fn a_mistake_names_its_line_and_field() {
        for (from, to, line, field) in [
            ("eu-central-1\"\nsign", "EU\"\nsign", "line 7", "region"),
            ("role/signer", "user/alice", "line 8", "signingRole"),
            ("\"getObject\"", "\"get\"", "line 9", "operations"),
            ("prefixes = [\"\"]", "prefixes = [\"\"]\nlongestExpiresIn = 604801", "line 11", "longestExpiresIn"),
            ("prefixes = [\"\"]", "prefixes = [\"\"]\nsurprise = 1", "line 11", "surprise"),
            ("holdSeconds = 5", "holdSeconds = -5", "line 3", "holdSeconds"),
            ("key/k1", "alias/k1", "line 11", "encryption"),
            ("prefixes = [\"\"]", "prefixes = [\"\"]\nsessionTag = \"team\"", "line 11", "sessionTag"),
        ] {
            let text = mistake(from, to);
            assert!(text.contains(line) && text.contains(field), "{from} -> {to}: {text}");
        }
    }

    #[test]
    fn a_contradiction_names_its_line_and_field_too() {
        for (from, to, field) in [
            ("kms:eu-central-1", "kms:us-east-1", "encryption"),
            ("prefixes = [\"\"]", "prefixes = []", "prefixes"),
            ("prefixes = [\"\"]", "prefixes = [\"\"]\nsessionDuration = 60", "sessionDuration"),
            ("prefixes = [\"\"]", "prefixes = [\"\"]\nsigner = \"environment\"", "signingRole"),
            ("signingRole = \"arn:aws:iam::123456789012:role/signer\"", "", "signingRole"),
        ] {
            let text = mistake(from, to);
            assert!(text.contains("line 5") && text.contains(field), "{from} -> {to}: {text}");
        }
    }

    #[test]
    fn a_signers_sessions_may_bear_the_name_of_the_caller_or_of_its_tenant() {
        let attribution = |lines: &str| {
            let settings = Settings::from_toml(&format!("{PROFILE}{lines}")).unwrap();
            settings.profiles.iter().next().unwrap().signer().attribution()
        };
        assert_eq!(attribution(""), Attribution::default());
        assert_eq!(attribution("sessionTag = \"\"\nsourceIdentity = \"\""), Attribution::default());
        assert_eq!(
            attribution("sessionName = \"tenant\"\nsessionTag = \"tenant\"\nsourceIdentity = \"caller\""),
            Attribution {
                session_name: Whose::Tenant,
                session_tag: Some(Whose::Tenant),
                source_identity: Some(Whose::Caller),
            }
        );
    }

    #[test]
    fn each_signer_takes_what_it_needs_and_nothing_else() {
        const ROLE: &str = "signingRole = \"arn:aws:iam::123456789012:role/signer\"";
        let signing = |lines: &str| {
            let settings = Settings::from_toml(&PROFILE.replace(ROLE, lines)).map_err(|error| error.to_string())?;
            Ok::<_, String>(settings.profiles.iter().next().unwrap().signer().fresh_session())
        };
        let hours = |hours| Ok(Some(Duration::from_hours(hours)));
        let secret = "secret = \"presign/signer\"";
        let with_token = format!("signer = \"webIdentity\"\n{ROLE}\ntokenFile = \"/token\"");
        assert_eq!(signing(&format!("{with_token}\nsessionDuration = 43200")), hours(12));
        assert_eq!(signing(&format!("signer = \"federationToken\"\n{secret}")), hours(12));
        assert_eq!(signing(&format!("signer = \"federationToken\"\n{secret}\nsessionDuration = 129600")), hours(36));
        assert_eq!(signing(&format!("signer = \"userKey\"\n{secret}")), Ok(None));
        assert_eq!(signing("signer = \"container\""), Ok(None));
        for (lines, field) in [
            ("signer = \"userKey\"".to_owned(), "`secret` is missing"),
            (format!("signer = \"webIdentity\"\n{ROLE}"), "`tokenFile` is missing"),
            ("signer = \"webIdentity\"\ntokenFile = \"/token\"".to_owned(), "`signingRole` is missing"),
            (format!("{ROLE}\n{secret}"), "`secret` does not go"),
            (format!("{ROLE}\nsessionDuration = 43201"), "`sessionDuration` is over 43200"),
            (format!("{with_token}\nsessionTag = \"tenant\""), "`sessionTag` does not go"),
            (
                format!("signer = \"federationToken\"\n{secret}\nsourceIdentity = \"tenant\""),
                "`sourceIdentity` does not",
            ),
            (format!("signer = \"userKey\"\n{secret}\nsessionName = \"tenant\""), "`sessionName` does not go"),
            ("signer = \"container\"\ntrustedFor = 60".to_owned(), "`trustedFor` does not go"),
            ("signer = \"userKey\"\nsecret = \"AKIA1:key\"".to_owned(), "is not the ARN or the name of a secret"),
        ] {
            let mistake = signing(&lines).unwrap_err();
            assert!(mistake.contains(field), "{lines}: {mistake}");
        }
    }

    #[test]
    fn a_mistake_in_json_names_its_line_and_field() {
        let text = "{\"buckets\": [\n{\"bucket\": \"demo\",\n\"region\": \"EU\"}]}";
        let error = Settings::from_json(text).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("buckets[0]"), "{error}");
    }

    #[test]
    fn one_bucket_has_one_profile() {
        let (_, bucket) = PROFILE.split_once("[[buckets]]").unwrap();
        let error = Settings::from_toml(&format!("{PROFILE}[[buckets]]{bucket}")).unwrap_err();
        assert_eq!(error.to_string(), "a mistake in the settings, in `buckets`: `demo` has two profiles");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent.toml");
        assert!(Settings::load(&path).unwrap_err().to_string().contains("absent.toml"));
    }
}
