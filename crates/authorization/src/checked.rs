use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, get_sdk_version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::PoliciesError;
use crate::rules::{Rules, Unreadable, Written, about};
use crate::schema::SCHEMA;
use crate::terms::Terms;
use crate::vocabulary::Vocabulary;

/// Policies that were checked before they were deployed. A start that finds them beside the file of policies has nothing to check.
///
/// The first line says what they are of; then there is a line for each, as Cedar writes it in JSON. So a start need not look at
/// those that nobody has asked about.
pub struct Checked {
    heading: Heading<'static>,
    text: Arc<String>,
    /// Where in the text each policy's line is.
    lines: Vec<Range<usize>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Heading<'a> {
    /// The digest of what was checked.
    of: String,
    speaks_of: Vec<Cow<'a, str>>,
    policies: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    /// Whom or what its head names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<Named>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// Where the checked policies of a file are.
#[must_use]
pub fn checked_beside(policies: &Path) -> PathBuf {
    policies.with_extension("checked.jsonl")
}

/// Of this text, which these policies stand in; they fit the schema.
pub fn written(text: &str, policies: &PolicySet) -> Result<String, PoliciesError> {
    let unwritable = |error: &dyn ToString| PoliciesError::Unwritable(error.to_string());
    let heading = Heading {
        of: digest(text),
        speaks_of: Vocabulary::of(text).names().map(Cow::Borrowed).collect(),
        policies: policies.policies().map(Entry::of).collect(),
    };
    let mut written = serde_json::to_string(&heading).map_err(|error| unwritable(&error))?;
    for policy in policies.policies() {
        let json = policy.to_json().map_err(|error| unwritable(&error))?;
        written.push('\n');
        written.push_str(&json.to_string());
    }
    written.push('\n');
    Ok(written)
}

impl Checked {
    /// # Errors
    /// When the text is not what [`written`] writes.
    pub fn read(text: String) -> Result<Self, Mistake> {
        let mut begin = 0;
        let mut lines: Vec<Range<usize>> = Vec::new();
        for line in text.split_inclusive('\n') {
            lines.push(begin..begin + line.len());
            begin += line.len();
        }
        let mut lines = lines.into_iter();
        let heading = lines.next().and_then(|line| text.get(line)).unwrap_or_default();
        let heading: Heading<'static> = serde_json::from_str(heading).map_err(Mistake::Heading)?;
        let (lines, stated) = (lines.collect::<Vec<_>>(), heading.policies.len());
        if lines.len() != stated {
            return Err(Mistake::Lines { stated, found: lines.len() });
        }
        Ok(Self { heading, text: Arc::new(text), lines })
    }

    /// Whether it is this text that was checked, by this version of Cedar, against the schema of today.
    pub fn is_of(&self, text: &str) -> bool {
        self.heading.of == digest(text)
    }

    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::speaking_of(&self.heading.speaks_of)
    }

    /// # Errors
    /// When one that is about all is no policy.
    pub fn rules(self, terms: &Terms) -> Result<Rules, Unreadable> {
        let text = &self.text;
        Rules::written(self.heading.policies.into_iter().zip(self.lines).map(|(Entry { id, about }, line)| {
            let about = about.and_then(|Named { kind, id }| terms.named(&kind, &id));
            (about, Written { id: PolicyId::new(id), text: Arc::clone(text), line })
        }))
    }
}

/// Why checked policies are none.
#[derive(Debug, thiserror::Error)]
pub enum Mistake {
    #[error("the first line: {0}")]
    Heading(serde_json::Error),
    #[error("the first line names {stated} policies, and {found} are there")]
    Lines { stated: usize, found: usize },
}

impl Entry {
    fn of(policy: &Policy) -> Self {
        let named = |uid: EntityUid| Named { kind: uid.type_name().to_string(), id: uid.id().unescaped().to_owned() };
        Self { id: policy.id().to_string(), about: about(policy).map(named) }
    }
}

fn digest(text: &str) -> String {
    let cedar = get_sdk_version().to_string();
    let digest = [SCHEMA, &cedar, text].into_iter().fold(Sha256::new(), |digest, part| {
        // None of the first two has the byte that sets them apart.
        digest.chain_update(part).chain_update([0])
    });
    hex::encode(digest.finalize())
}
