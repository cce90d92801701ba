use presign::profile::{S3Endpoint, S3EndpointError};
use settings::{Config, Settings};

/// Why the S3 endpoint that the environment names cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable `{variable}`: {source}")]
pub struct EndpointError {
    variable: &'static str,
    source: S3EndpointError,
}

/// The SDKs' own variables for an S3 endpoint, the more particular first.
const VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// The same configuration with its URLs at the S3 endpoint that the SDKs' variables name, where they name one and a profile
/// does not. There is no S3 client here that would read them.
///
/// # Errors
/// When the variable names no endpoint.
pub fn at_endpoint_of_environment(config: Config) -> Result<Config, EndpointError> {
    let Some(endpoint) = named()? else { return Ok(config) };
    let profiles = config.settings.profiles.at_default_endpoint(endpoint);
    Ok(Config { settings: Settings { profiles, ..config.settings }, table: config.table })
}

fn named() -> Result<Option<S3Endpoint>, EndpointError> {
    for variable in VARIABLES {
        if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
            return text.parse().map(Some).map_err(|source| EndpointError { variable, source });
        }
    }
    Ok(None)
}
