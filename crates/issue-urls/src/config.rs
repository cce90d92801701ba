use std::path::Path;

use presign::profile::{ProfileError, S3Endpoint, S3EndpointError};
use settings::{MissingVariable, Settings, SettingsError, required_variable};

/// What the issuer is told at start.
#[derive(Debug, Clone)]
pub struct Config {
    pub settings: Settings,
    /// The DynamoDB table of URLs and generations.
    pub table: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    Missing(#[from] MissingVariable),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("the environment variable `{variable}`: {source}")]
    Endpoint { variable: &'static str, source: S3EndpointError },
    #[error("a bucket's profile does not go with the endpoint of the environment: {0}")]
    Profile(#[from] ProfileError),
}

/// The SDKs' own variables for an S3 endpoint, the more particular first.
const ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

impl Config {
    /// Reads `PRESIGN_SETTINGS`, `PRESIGN_TABLE` and the file that the first one names.
    ///
    /// # Errors
    /// When a variable is missing, or the file has a mistake.
    pub fn from_env() -> Result<Self, ConfigError> {
        let path = required_variable("PRESIGN_SETTINGS", "the path of the settings file")?;
        let table = required_variable("PRESIGN_TABLE", "the name of the DynamoDB table")?;
        let settings = Settings::load(Path::new(&path))?;
        let settings = match endpoint_of_environment()? {
            Some(endpoint) => {
                Settings { profiles: settings.profiles.at_default_endpoint(&endpoint)?, cache: settings.cache }
            }
            None => settings,
        };
        Ok(Self { settings, table })
    }
}

fn endpoint_of_environment() -> Result<Option<S3Endpoint>, ConfigError> {
    for variable in ENDPOINT_VARIABLES {
        if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
            return text.parse().map(Some).map_err(|source| ConfigError::Endpoint { variable, source });
        }
    }
    Ok(None)
}
