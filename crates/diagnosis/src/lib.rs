//! Why a presigned URL fails. [`Case::read`] takes the URL, S3's error document and the request as sent, whatever of them there
//! is; [`Report::of`] makes every check these allow and ranks what it finds. It does no I/O and reads no clock.
//!
//! No signature and no session token is ever printed: they are kept apart as the texts are read. As a second net, for texts so
//! damaged that a token stands where none is expected, the report passes a [`Redactor`](presign::redactor::Redactor).

pub mod answers;
mod blocked;
pub mod canonical;
mod case;
mod catalogue;
mod check;
pub mod checks;
mod error_document;
pub mod facts;
mod finding;
mod further;
mod guarded;
mod operation;
pub mod policy;
mod report;
pub mod request;
mod revocation;
mod text;
pub mod url;

pub use case::{Case, CaseError, Input};
pub use catalogue::{Entry, catalogue, markdown};
pub use check::{Check, Needs, Symptom};
pub use error_document::{Bodyless, ErrorDocument, ErrorDocumentError};
pub use finding::{Certainty, Evidence, Finding, Fix, Source};
pub use further::{Further, On};
pub use guarded::Guarded;
pub use operation::{ACTION_UNTOLD, Operation};
pub use report::{AnswerSummary, Report, Unseen, UrlSummary};
