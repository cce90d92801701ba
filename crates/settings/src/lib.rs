//! The settings file: bucket profiles, how the cache behaves, and what is asked of callers. All functions read the same file, and a
//! mistake in it stops them at start, naming the line and the field.

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
