//! The settings file: bucket profiles and how the cache behaves. Both Lambdas read the same file, and a mistake in it stops
//! them at start, naming the line and the field.

mod bounded;
mod bucket;
mod cache;
mod callers;
mod checked;
mod config;
mod environment;
mod file;
mod placeholders;

pub use cache::CacheSettings;
pub use callers::CallerSettings;
pub use config::{Config, ConfigError};
pub use environment::{MissingVariable, required_variable};
pub use file::{Settings, SettingsError};
pub use placeholders::{PlaceholderError, fill};
