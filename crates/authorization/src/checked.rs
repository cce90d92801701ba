use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, get_sdk_version};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::PoliciesError;
use crate::rules::{Line, Rules, Unreadable, about};
use crate::schema::SCHEMA;
use crate::terms::Terms;
use crate::vocabulary::{NAMES, Vocabulary};

/// To be changed with whatever comes of policies otherwise than before: what is said to be spoken of, or whom a head is said to name.
const FORMAT: &str = "1";

/// Policies that were checked before they were deployed. A start that finds them beside the file of policies has nothing to check.
///
/// The first line is a digest, of the text that was checked and of all that follows; the second names the policies; then there is a
/// line for each, as Cedar writes it in JSON. So a start need not look at those that nobody has asked about.
pub struct Checked {
    heading: Heading,
    text: Arc<String>,
    /// Where in the text each policy is.
    policies: Vec<Range<usize>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Heading {
    speaks_of: Vec<String>,
    policies: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    /// Whom or what its head names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<Name>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// Why a checked file is none, although its digest is good.
#[derive(Debug, thiserror::Error)]
pub enum CheckedError {
    #[error("the second line: {0}")]
    Heading(#[from] serde_json::Error),
    #[error("the second line names {named} policies, and {found} are there")]
    Policies { named: usize, found: usize },
}

/// Where the checked policies of a file are.
#[must_use]
pub fn checked_beside(policies: &Path) -> PathBuf {
    policies.with_extension("checked.jsonl")
}

impl Checked {
    /// What the file says once these policies, which stand in `source` and fit the schema, are checked.
    ///
    /// # Errors
    /// When Cedar cannot write one of them, or read it again.
    pub fn write(source: &str, policies: &PolicySet) -> Result<String, PoliciesError> {
        let unwritable = |error: &dyn ToString| PoliciesError::Unwritable(error.to_string());
        let heading = Heading {
            speaks_of: Vocabulary::of(source).names().map(str::to_owned).collect(),
            policies: policies.policies().map(Entry::of).collect(),
        };
        let mut rest = serde_json::to_string(&heading).map_err(|error| unwritable(&error))? + "\n";
        for policy in policies.policies() {
            let json = policy.to_json().map_err(|error| unwritable(&error))?.to_string();
            let read = serde_json::from_str(&json).map_err(|error| unwritable(&error))?;
            let read = Policy::from_json(Some(policy.id().clone()), read).map_err(|error| unwritable(&error))?;
            if read != *policy {
                return Err(unwritable(&format!("`{}` would be another", policy.id())));
            }
            rest.push_str(&json);
            rest.push('\n');
        }
        Ok(format!("{}\n{rest}", digest(source, &rest)))
    }

    /// What `file` says, if it is of this source, and by this version of Cedar, the schema and this crate.
    ///
    /// # Errors
    /// When the digest is good, and what follows is not what [`Self::write`] writes.
    pub fn of(source: &str, file: String) -> Result<Option<Self>, CheckedError> {
        let Some((stated, rest)) = file.split_once('\n').filter(|(stated, rest)| digest(source, rest) == **stated)
        else {
            return Ok(None);
        };
        let mut begin = stated.len() + 1;
        let mut lines = rest.split_inclusive('\n').map(|line| {
            let line = begin..begin + line.len();
            begin = line.end;
            line
        });
        let heading = lines.next().and_then(|line| file.get(line)).unwrap_or_default();
        let heading: Heading = serde_json::from_str(heading)?;
        let (policies, named) = (lines.collect::<Vec<_>>(), heading.policies.len());
        if policies.len() != named {
            return Err(CheckedError::Policies { named, found: policies.len() });
        }
        Ok(Some(Self { heading, policies, text: Arc::new(file) }))
    }

    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::speaking_of(&self.heading.speaks_of)
    }

    /// # Errors
    /// When one that is about all is no policy.
    pub fn rules(self, terms: &Terms) -> Result<Rules, Unreadable> {
        let text = &self.text;
        Rules::of_lines(self.heading.policies.into_iter().zip(self.policies).map(|(Entry { id, about }, place)| {
            let about = about.and_then(|Name { kind, id }| terms.named(&kind, &id));
            (about, Line { id: PolicyId::new(id), text: Arc::clone(text), place })
        }))
    }
}

impl Entry {
    fn of(policy: &Policy) -> Self {
        let name = |uid: EntityUid| Name { kind: uid.type_name().to_string(), id: uid.id().unescaped().to_owned() };
        Self { id: policy.id().to_string(), about: about(policy).map(name) }
    }
}

fn digest(source: &str, rest: &str) -> String {
    let (cedar, names, length) = (get_sdk_version().to_string(), NAMES.join(","), source.len().to_string());
    // The length says where the source ends; no part before it has the byte that sets them apart.
    let parts = [FORMAT, &names, SCHEMA, &cedar, &length, source, rest];
    hex::encode(
        parts.into_iter().fold(Sha256::new(), |digest, part| digest.chain_update(part).chain_update([0])).finalize(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallerIdentity;

    const SOURCE: &str = "permit (principal, action, resource);";

    /// A file that somebody has written who knows how to make the digest.
    fn forged(rest: &str) -> Result<Checked, CheckedError> {
        Checked::of(SOURCE, format!("{}\n{rest}", digest(SOURCE, rest))).map(Option::unwrap)
    }

    #[test]
    fn a_good_digest_makes_no_checked_file() {
        for heading in ["", "{}", "[]\n", r#"{"speaksOf":[],"policies":[],"more":1}"#] {
            assert!(matches!(forged(heading), Err(CheckedError::Heading(_))), "{heading}");
        }
        let error = forged("{\"speaksOf\":[],\"policies\":[{\"id\":\"policy0\"}]}\n{}\n{}\n").err().unwrap();
        assert!(matches!(error, CheckedError::Policies { named: 1, found: 2 }), "{error}");
    }

    #[test]
    fn what_is_no_policy_fails_at_start_or_for_whom_it_is_about() {
        let terms = Terms::new(Vocabulary::of("")).unwrap();
        let of_all = forged("{\"speaksOf\":[],\"policies\":[{\"id\":\"policy0\"}]}\n{}\n").unwrap().rules(&terms);
        assert!(of_all.unwrap_err().to_string().contains("policy0"));
        let about = r#"{"id":"policy0","about":{"type":"Presign::Caller","id":"alice"}}"#;
        let rules =
            forged(&format!("{{\"speaksOf\":[],\"policies\":[{about}]}}\n{{}}\n")).unwrap().rules(&terms).unwrap();
        let unreadable = |name| rules.about(&[terms.caller_uid(&CallerIdentity::named(name))]).any(|it| it.is_err());
        assert!(unreadable("alice") && !unreadable("bob"));
    }

    #[test]
    fn a_type_that_no_question_has_is_asked_about_by_everyone() {
        let terms = Terms::new(Vocabulary::of("")).unwrap();
        for kind in ["Presign::Action", "Caller", "Other::Caller", ""] {
            assert_eq!(terms.named(kind, "alice"), None, "{kind}");
        }
    }
}
