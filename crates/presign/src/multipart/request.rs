use std::borrow::Cow;

use crate::request::{Checksum, Header, TwoChecksums};

/// A request to S3 about an object, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Request {
    pub method: &'static str,
    /// Names and values as meant, not yet encoded.
    pub query: Vec<(&'static str, String)>,
    /// Lower-case names; whoever sends the request sends just these.
    pub headers: Vec<Header>,
    pub body: String,
}

impl S3Request {
    pub(crate) fn new(method: &'static str, query: Vec<(&'static str, String)>) -> Self {
        Self { method, query, headers: vec![], body: String::new() }
    }

    /// Adds a header that was asked for.
    pub(super) fn header<T: Into<String>>(&mut self, name: &'static str, value: Option<T>) {
        self.headers.extend(value.map(|value| (name.into(), value.into())));
    }

    pub(super) fn checksum(&mut self, checksum: Option<Checksum>) {
        self.headers.extend(checksum.map(|checksum| (checksum.header.into(), checksum.value)));
    }
}

impl From<TwoChecksums> for UploadRequestError {
    fn from(two: TwoChecksums) -> Self {
        Self::Excludes { field: two.field, other: two.other }
    }
}

/// What is wrong with a request whose fields are good, each for itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadRequestError {
    #[error("`{field}` and `{other}` exclude each other")]
    Excludes { field: &'static str, other: &'static str },
    #[error("`parts[{index}].{field}` and `{other}` exclude each other")]
    ExcludesInPart { index: usize, field: &'static str, other: &'static str },
    #[error("`{field}` needs {needed}")]
    Needs { field: &'static str, needed: &'static str },
    #[error("`{field}` names 1 to {most} parts, not {given}")]
    Count { field: &'static str, most: usize, given: usize },
    #[error("`{field}` has part {number} twice")]
    Twice { field: &'static str, number: u64 },
    #[error("`partNumbers`: `first` ({first}) is more than `last` ({last})")]
    Backwards { first: u64, last: u64 },
    #[error("`parts` must be in ascending order: part {number} comes too late")]
    Order { number: u64 },
}

impl UploadRequestError {
    /// Of an entry of `parts`.
    pub(super) fn of_part(index: usize, TwoChecksums { field, other }: TwoChecksums) -> Self {
        Self::ExcludesInPart { index, field, other }
    }

    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> Cow<'static, str> {
        match self {
            Self::Excludes { field, .. }
            | Self::Needs { field, .. }
            | Self::Count { field, .. }
            | Self::Twice { field, .. } => (*field).into(),
            Self::ExcludesInPart { index, field, .. } => format!("parts[{index}].{field}").into(),
            Self::Backwards { .. } => "partNumbers".into(),
            Self::Order { .. } => "parts".into(),
        }
    }
}
