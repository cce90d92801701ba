use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// What a rule does not accept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    pub rule: String,
    pub file: PathBuf,
    /// The logical id of a resource, or a bucket of the settings.
    pub resource: String,
    /// What to do.
    pub message: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, file, resource, message } = self;
        write!(f, "{rule}: {}: {resource}: {message}", file.display())
    }
}

/// What the rules say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub denials: BTreeSet<Denial>,
    /// By rule, what it applied to: the file, and the resource or bucket.
    pub examined: BTreeMap<String, BTreeSet<(PathBuf, String)>>,
}

impl Report {
    /// Adds what another file's check has found.
    pub fn add(&mut self, other: Self) {
        self.denials.extend(other.denials);
        for (rule, examined) in other.examined {
            self.examined.entry(rule).or_default().extend(examined);
        }
    }

    /// Rules that found nothing they apply to.
    pub fn idle(&self) -> impl Iterator<Item = &str> {
        self.examined.iter().filter(|(_, examined)| examined.is_empty()).map(|(rule, _)| rule.as_str())
    }

    /// How many resources and buckets the rules looked at, those that several rules look at counted for each.
    #[must_use]
    pub fn looks(&self) -> usize {
        self.examined.values().map(BTreeSet::len).sum()
    }
}
