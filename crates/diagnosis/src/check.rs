use crate::case::Case;
use crate::error_document::ErrorDocument;
use crate::finding::Finding;

/// One thing that is looked at, under a stable name.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    pub name: &'static str,
    pub needs: Needs,
    /// What it tells, as a sentence for the documentation.
    pub concludes: &'static str,
    /// What S3 answers where this is the cause; nothing if it may be anything.
    pub brings: &'static [Symptom],
    /// The lines of the checklists that people work through by hand, which this check stands for.
    pub checklist: &'static [&'static str],
    pub(crate) run: fn(&Case) -> Outcome,
}

/// What a check cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Url,
    Request,
    /// What a browser says, or recorded, or that there is one.
    Browser,
    /// S3's error document.
    Error,
    /// S3's error document with its canonical request or string to sign.
    Canonical,
    /// A look into the account.
    Account,
}

/// An answer of S3: a code, and what its message has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symptom {
    pub code: &'static str,
    pub message: &'static str,
}

/// What a check comes to.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// What it needs was not given, or it has nothing to do with this URL.
    NotApplicable,
    Fine,
    Found(Box<Finding>),
    /// It would have to look where it may not, or longer than anyone waits: never to be taken for fine.
    CouldNotLook(String),
}

impl Needs {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "the URL",
            Self::Request => "the request as sent",
            Self::Browser => "a browser's words or recording",
            Self::Error => "S3's error document",
            Self::Canonical => "S3's error document with its canonical request",
            Self::Account => "`--online`",
        }
    }

    pub(crate) fn are_met(self, case: &Case) -> bool {
        match self {
            Self::Url => true,
            Self::Request => case.request().is_some() || case.elsewhere().is_some(),
            Self::Browser => case.blocked().is_some() || case.page().is_some(),
            Self::Error => case.error().is_some(),
            Self::Canonical => case.differences().is_some(),
            Self::Account => case.facts().is_some(),
        }
    }
}

impl Symptom {
    pub(crate) const fn code(code: &'static str) -> Self {
        Self { code, message: "" }
    }

    pub(crate) const fn said(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }

    /// Whether S3 said it, or its answer's status leaves it open.
    pub(crate) fn is_of(self, error: &ErrorDocument) -> bool {
        error.is(self.code, self.message) || error.may_be(self.code)
    }
}

impl From<Option<Finding>> for Outcome {
    fn from(found: Option<Finding>) -> Self {
        found.map_or(Self::Fine, |finding| Self::Found(Box::new(finding)))
    }
}

impl From<Finding> for Outcome {
    fn from(finding: Finding) -> Self {
        Self::Found(Box::new(finding))
    }
}
