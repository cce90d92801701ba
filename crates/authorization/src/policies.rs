use std::fmt::Display;
use std::path::{Path, PathBuf};

use cedar_policy::Authorizer;
use checked_file::{Beside, ReadError};

use crate::checked::CheckedPolicies;
use crate::lexers::keep_their_tables;
use crate::remembered::Remembered;
use crate::rules::Rules;
use crate::schema::fitting;
use crate::terms::Terms;
use crate::vocabulary::Vocabulary;

/// A file of policies that fits the schema.
#[derive(Debug)]
pub struct Policies {
    pub(crate) rules: Rules,
    pub(crate) authorizer: Authorizer,
    pub(crate) terms: Terms,
    pub(crate) remembered: Remembered,
    checked: WhenChecked,
}

/// When it was that policies were checked: at start, it takes a part of the start's time, and nearly all where there are many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenChecked {
    /// Before they were deployed.
    Before,
    /// At start.
    AtStart,
    /// At start, for the checked ones beside them are of another text, or of another version of this service.
    StaleSoAtStart,
}

#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    #[error("the policy file {0}")]
    Unreadable(#[from] ReadError),
    #[error("the policies cannot be read: {0}")]
    Syntax(String),
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
    #[error(
        "the policies say what can never come true, or have a name that can be taken for another, so that they would be passed over: {0}"
    )]
    Unmeant(String),
    #[error(
        "a policy is a template, with `?principal` or `?resource`, which nothing here fills in, so that it would be passed over: write out whom or what it means"
    )]
    Template,
    #[error("the policies permit nothing: no policy begins with `permit`")]
    NothingPermitted,
    #[error("the schema cannot be read: {0}")]
    Schema(String),
    #[error("the checked policies in `{}` cannot be read: {reason}. Write them anew with `presign check-policies`, or delete them", path.display())]
    Checked { path: PathBuf, reason: String },
    #[error(
        "a policy cannot be written such that it is read again, so that the file is to be checked at each start: {0}"
    )]
    Unwritable(String),
}

impl Policies {
    /// Reads the file at `path`, or what was checked of it beside it.
    ///
    /// # Errors
    /// When it cannot be read, or has a mistake.
    pub fn load(path: &Path) -> Result<Self, PoliciesError> {
        keep_their_tables();
        let checked = match CheckedPolicies::load_for(path)? {
            Beside::Checked(checked) => return Self::checked_before(checked, path),
            Beside::Nothing => WhenChecked::AtStart,
            Beside::Stale => WhenChecked::StaleSoAtStart,
        };
        let text = std::fs::read_to_string(path).map_err(|source| ReadError { path: path.to_owned(), source })?;
        Ok(Self { checked, ..Self::parse(&text)? })
    }

    fn checked_before(checked: CheckedPolicies, path: &Path) -> Result<Self, PoliciesError> {
        let mistaken = |error: &dyn Display| PoliciesError::Checked {
            path: checked_file::path_of(path),
            reason: error.to_string(),
        };
        let terms = Terms::new(checked.vocabulary().map_err(|error| mistaken(&error))?)?;
        let rules = Rules::unread(checked).map_err(|error| mistaken(&error))?;
        Ok(Self::of(rules, terms, WhenChecked::Before))
    }

    /// # Errors
    /// When the text is not Cedar, speaks of what the schema does not know, permits nothing, or has a policy that can never say anything.
    pub fn parse(text: &str) -> Result<Self, PoliciesError> {
        Self::telling(Vocabulary::of(text), text)
    }

    /// Policies that are told what the vocabulary has.
    pub(crate) fn telling(vocabulary: Vocabulary, text: &str) -> Result<Self, PoliciesError> {
        let terms = Terms::new(vocabulary)?;
        let rules = Rules::new(&fitting(text)?).map_err(|error| PoliciesError::Invalid(error.to_string()))?;
        Ok(Self::of(rules, terms, WhenChecked::AtStart))
    }

    fn of(rules: Rules, terms: Terms, checked: WhenChecked) -> Self {
        let remembered = Remembered::new(terms.vocabulary());
        Self { rules, authorizer: Authorizer::new(), terms, remembered, checked }
    }

    /// What a start may read instead of these policies, once it stands where [`checked_file::path_of`] says.
    ///
    /// # Errors
    /// When the text has a mistake, or Cedar cannot write one of its policies and read it again.
    pub fn check(text: &str) -> Result<String, PoliciesError> {
        CheckedPolicies::write(text, &fitting(text)?)
    }

    #[must_use]
    pub fn when_checked(&self) -> WhenChecked {
        self.checked
    }

    /// Whether they speak of the time, so that the same question may have another answer a moment later.
    #[must_use]
    pub fn speak_of_the_time(&self) -> bool {
        self.terms.vocabulary().has("time")
    }

    /// Whether they speak of groups.
    #[must_use]
    pub fn speak_of_groups(&self) -> bool {
        self.terms.vocabulary().has("Group")
    }
}
