use std::path::{Path, PathBuf};

use presign::names::BucketName;
use presign::operation::{Operation, OperationClass};
use presign::profile::BucketProfile;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use settings::{PlaceholderError, Settings, SettingsError};

/// A settings file that the functions would accept, as what it says.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    buckets: Vec<Bucket>,
}

/// What the rules see of a bucket's table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    #[serde(skip_deserializing)]
    file: PathBuf,
    #[serde(rename = "bucket")]
    name: BucketName,
    operations: Vec<Operation>,
    /// The rest of the table, as it stands.
    #[serde(flatten)]
    rest: Map<String, Value>,
    /// What the sessions of the profile are confined to.
    #[serde(skip_deserializing)]
    session_policies: Vec<Value>,
}

#[derive(Deserialize)]
struct Said {
    buckets: Vec<Bucket>,
}

#[derive(Debug, thiserror::Error)]
#[error("the settings `{}` cannot be checked: {why}", file.display())]
pub struct SettingsFileError {
    file: PathBuf,
    why: Unchecked,
}

#[derive(Debug, thiserror::Error)]
enum Unchecked {
    #[error("they cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("{0}; `${{NAME}}` stands for what the template tells the issuing function")]
    Placeholder(#[from] PlaceholderError),
    #[error(transparent)]
    Refused(#[from] SettingsError),
    #[error("they end in neither `.toml` nor `.json`")]
    UnknownFormat,
    #[error("they cannot be told as plain data: {0}")]
    NotPlain(String),
    #[error(
        "what lies beside them is of another text or version, or was written otherwise: run `presign check-settings`"
    )]
    CheckedOtherwise,
}

impl SettingsFile {
    /// `variable` tells what the placeholders stand for.
    ///
    /// # Errors
    /// When the file cannot be read, or the functions would not start with it.
    pub fn load(file: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsFileError> {
        match read(file, variable) {
            Ok(buckets) => Ok(Self { buckets }),
            Err(why) => Err(SettingsFileError { file: file.to_owned(), why }),
        }
    }

    pub(crate) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }
}

fn read(file: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<Bucket>, Unchecked> {
    let text = std::fs::read_to_string(file)?;
    let text = settings::fill(&text, variable)?;
    let (settings, said) = match file.extension().and_then(|ending| ending.to_str()) {
        Some("toml") => (Settings::from_toml(&text)?, toml::from_str(&text).map_err(|e| e.to_string())),
        Some("json") => (Settings::from_json(&text)?, serde_json::from_str(&text).map_err(|e| e.to_string())),
        _ => return Err(Unchecked::UnknownFormat),
    };
    // It decides wherever its digest is good, so it is to be what comes of this text.
    if let Some(checked) = checked_file::read_beside(file)?
        && checked != Settings::check(file)?.into_bytes()
    {
        return Err(Unchecked::CheckedOtherwise);
    }
    let Said { mut buckets } = said.map_err(Unchecked::NotPlain)?;
    for bucket in &mut buckets {
        file.clone_into(&mut bucket.file);
        if let Some(profile) = settings.profiles.get(&bucket.name) {
            bucket.session_policies = session_policies(profile, &bucket.operations)?;
        }
    }
    Ok(buckets)
}

fn session_policies(profile: &BucketProfile, operations: &[Operation]) -> Result<Vec<Value>, Unchecked> {
    let classes = [OperationClass::Read, OperationClass::Write].into_iter();
    // A class without operations has no sessions.
    let classes = classes.filter(|class| operations.iter().any(|operation| operation.class() == *class));
    let policies = classes.map(|class| serde_json::from_str(profile.session_policy(class)));
    policies.collect::<Result<_, _>>().map_err(|e| Unchecked::NotPlain(e.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROFILE: &str = r#"
[[buckets]]
bucket = "${PRESIGN_BUCKET}"
region = "eu-central-1"
signingRole = "arn:aws:iam::123456789012:role/signer"
operations = ["getObject"]
prefixes = ["in/"]
"#;

    fn load(text: &str) -> Result<SettingsFile, SettingsFileError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, text).unwrap();
        SettingsFile::load(&file, |name| (name == "PRESIGN_BUCKET").then(|| "reports".to_owned()))
    }

    #[test]
    fn a_bucket_has_the_session_policies_of_the_operations_it_allows() {
        let settings = load(PROFILE).unwrap();
        let [bucket] = settings.buckets() else { panic!("one bucket") };
        let bucket = serde_json::to_value(bucket).unwrap();
        assert_eq!(bucket["bucket"], "reports");
        assert_eq!(bucket["prefixes"], json!(["in/"]));
        let policies = bucket["sessionPolicies"].as_array().unwrap();
        assert_eq!(policies.len(), 1, "none for writing");
        assert_eq!(policies[0]["Statement"][0]["Resource"], json!(["arn:aws:s3:::reports/in/*"]));
    }

    #[test]
    fn what_lies_beside_is_what_comes_of_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, PROFILE).unwrap();
        let checked = Settings::check(&file).unwrap();
        let load = |beside: &str| {
            std::fs::write(checked_file::path_of(&file), beside).unwrap();
            SettingsFile::load(&file, |_| Some("reports".to_owned()))
        };
        assert!(load(&checked).is_ok());
        let error = load(&checked.replace("in/", "other/")).unwrap_err().to_string();
        assert!(error.contains("check-settings"), "{error}");
    }

    #[test]
    fn what_the_functions_would_not_start_with_is_refused_with_its_name() {
        for text in ["", "surprise = 1", &PROFILE.replace("PRESIGN_BUCKET", "PRESIGN_ABSENT")] {
            let error = load(text).unwrap_err().to_string();
            assert!(error.contains("settings.toml"), "{error}");
        }
    }
}
