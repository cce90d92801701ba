//! Who may ask for what: Cedar policies over callers, buckets and objects. What no policy permits is denied.

mod caller;
mod checked;
mod deciding;
mod decision;
mod lexers;
mod look_alikes;
mod named;
mod policies;
mod question;
mod remembered;
mod rules;
mod schema;
mod terms;
mod vocabulary;

pub use caller::CallerIdentity;
pub use decision::{Decision, Denied};
pub use policies::{Policies, PoliciesError, WhenChecked};
pub use question::{Action, Asking, Question, Resource, UrlAsking};
