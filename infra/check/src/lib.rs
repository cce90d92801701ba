//! Checks expanded CloudFormation templates and settings files against the rules in `infra/policies`, before any of them
//! reaches an account.

mod classifier;
mod intrinsics;
mod parameters;
mod policies;
mod report;
mod settings_file;
mod subject;
mod template;

pub use classifier::{EventNames, understood};
pub use intrinsics::IntrinsicError;
pub use parameters::{Parameter, ParameterError, Parameters};
pub use policies::{About, Policies, PolicyError, Rule};
pub use report::{Denial, Report};
pub use settings_file::{SettingsFile, SettingsFileError};
pub use subject::Subject;
pub use template::{Template, TemplateError};
