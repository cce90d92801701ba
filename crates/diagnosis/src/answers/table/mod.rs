//! The answers that are known, by what they are about.

mod access_denied;
mod body;
mod cloudfront;
mod cors;
mod encryption;
mod form;
mod head;
mod invalid_request;
mod object;
mod place;
mod service;
mod signature;

pub(crate) use self::access_denied::HEADERS_NOT_SIGNED;
pub(crate) use self::invalid_request::FORM_MALFORMED;
use crate::error_document::ErrorDocument;
use crate::finding::Certainty;

/// An answer of S3, by its code and what its message has in it, and what it means for a presigned URL.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The check under whose name it is reported; a check that finds the same in the URL has the same name.
    pub check: &'static str,
    pub code: &'static str,
    /// Any message, where this is empty.
    pub message: &'static str,
    pub certainty: Certainty,
    /// Whether it only repeats what S3 said, so that what explains it stands before it.
    pub generic: bool,
    pub cause: &'static str,
    pub fix: &'static str,
    /// A command or statement; empty where there is none.
    pub paste: &'static str,
    pub rules_out: &'static [&'static str],
}

impl Answer {
    pub(super) fn is_for(&self, error: &ErrorDocument) -> bool {
        error.is(self.code, self.message)
    }
}

/// What is not said in a row.
const ROW: Answer = Answer {
    check: "",
    code: "",
    message: "",
    certainty: Certainty::Certain,
    generic: false,
    cause: "",
    fix: "",
    paste: "",
    rules_out: &[],
};

const BEFORE_POLICIES: &[&str] = &["permissions and policies: S3 did not get to them"];
const AFTER_SIGNATURE: &[&str] = &["signature, expiry and token: S3 had accepted them"];
const AFTER_POLICIES: &[&str] = &["signature and permissions: S3 had accepted them"];
const NOT_THE_URL: &[&str] = &["the URL: nothing is wrong with it"];

/// The topics, in the order in which answers are documented. All rows of one code are in one of them.
const TOPICS: [&[Answer]; 12] = [
    access_denied::ROWS,
    signature::ROWS,
    invalid_request::ROWS,
    place::ROWS,
    body::ROWS,
    form::ROWS,
    object::ROWS,
    encryption::ROWS,
    service::ROWS,
    cloudfront::ROWS,
    cors::ROWS,
    head::ROWS,
];

/// The answers that are known. Of several rows for one code the first that fits counts.
///
/// Source: Amazon S3 API reference, "Error responses", and the messages as S3 sends them (see the documents in `tests`).
pub fn table() -> impl Iterator<Item = &'static Answer> {
    TOPICS.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_what_it_is_and_what_to_do() {
        for row in table() {
            assert!([row.check, row.code, row.cause, row.fix].iter().all(|text| !text.is_empty()), "{row:?}");
        }
    }

    #[test]
    fn no_row_hides_another() {
        for (at, row) in table().enumerate() {
            let hiding = table().take(at).find(|earlier| {
                earlier.code == row.code && row.message.to_lowercase().contains(&earlier.message.to_lowercase())
            });
            assert!(hiding.is_none(), "{} {:?}", row.code, row.message);
        }
    }
}
