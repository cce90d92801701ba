use std::path::Path;

use crate::environment::required_variable;
use crate::{MissingVariable, Settings, SettingsError};

/// What a function is told at start, whether it issues, invalidates, reconciles, revokes or diagnoses.
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
}

impl Config {
    /// Reads `PRESIGN_SETTINGS`, `PRESIGN_TABLE` and the file that the first one names, whose `${NAME}` are environment
    /// variables too.
    ///
    /// # Errors
    /// When a variable is missing, or the file has a mistake.
    pub fn from_env() -> Result<Self, ConfigError> {
        let path = required_variable("PRESIGN_SETTINGS", "the path of the settings file")?;
        let table = required_variable("PRESIGN_TABLE", "the name of the DynamoDB table")?;
        Ok(Self { settings: Settings::load(Path::new(&path))?, table })
    }
}
