use std::borrow::Cow;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, get_sdk_version};
use checked_file::CheckedFile;
use serde::{Deserialize, Serialize};

use crate::PoliciesError;
use crate::rules::{Rules, Unread, Unreadable, about};
use crate::schema::SCHEMA;
use crate::terms::Terms;
use crate::vocabulary::{NAMES, Vocabulary};

/// To be changed with whatever comes of policies otherwise than before: what is said to be spoken of, or whom a head is said to name.
const FORMAT: &str = "2";

/// Policies that were checked before they were deployed. The heading names them, and there is a line for each, as Cedar writes it in JSON.
pub struct Checked(CheckedFile);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Heading<'a> {
    speaks_of: Vec<String>,
    #[serde(borrow)]
    policies: Vec<Entry<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    /// Whom or what its head names.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    about: Option<Name<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
}

/// Why a checked file is none, although its digest is good.
#[derive(Debug, thiserror::Error)]
pub enum CheckedError {
    #[error("the second line: {0}")]
    Heading(#[from] serde_json::Error),
    #[error("the second line names {named} policies, and {found} are there")]
    Policies { named: usize, found: usize },
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Terms(#[from] PoliciesError),
}

impl Checked {
    /// What the file says once these policies, which stand in `source` and fit the schema, are checked.
    ///
    /// # Errors
    /// When Cedar cannot write one of them, or read it again.
    pub fn write(source: &str, policies: &PolicySet) -> Result<String, PoliciesError> {
        let unwritable = |error: &dyn ToString| PoliciesError::Unwritable(error.to_string());
        let names: Vec<_> = policies.policies().map(|policy| (policy.id().to_string(), about(policy))).collect();
        let heading = Heading {
            speaks_of: Vocabulary::of(source).names().map(str::to_owned).collect(),
            policies: names
                .iter()
                .map(|(id, about)| Entry { id: id.into(), about: about.as_ref().map(Name::of) })
                .collect(),
        };
        let mut lines = vec![];
        for policy in policies.policies() {
            let json = policy.to_json().map_err(|error| unwritable(&error))?.to_string();
            let read = serde_json::from_str(&json).map_err(|error| unwritable(&error))?;
            let read = Policy::from_json(Some(policy.id().clone()), read).map_err(|error| unwritable(&error))?;
            if read != *policy {
                return Err(unwritable(&format!("`{}` would be another", policy.id())));
            }
            lines.push(json);
        }
        checked_by(source, |parts| CheckedFile::write(parts, &heading, lines)).map_err(|error| unwritable(&error))
    }

    /// What `file` says, if it is of this source, and by this version of Cedar, the schema and this crate.
    pub fn of(source: &str, file: String) -> Option<Self> {
        checked_by(source, |parts| CheckedFile::of(parts, file)).map(Self)
    }

    /// # Errors
    /// When it is not what [`Self::write`] writes, or one that is about all is no policy.
    pub fn rules(self) -> Result<(Rules, Terms), CheckedError> {
        let heading: Heading<'_> = serde_json::from_str(self.0.heading())?;
        let (named, found) = (heading.policies.len(), self.0.lines());
        if named != found {
            return Err(CheckedError::Policies { named, found });
        }
        let terms = Terms::new(Vocabulary::speaking_of(&heading.speaks_of))?;
        let policies = heading.policies.into_iter().enumerate().map(|(line, Entry { id, about })| {
            let about = about.and_then(|Name { kind, id }| terms.named(&kind, &id));
            (about, Unread { id: PolicyId::new(id), line })
        });
        let policies: Vec<_> = policies.collect();
        Ok((Rules::unread(self.0, policies)?, terms))
    }
}

impl<'a> Name<'a> {
    fn of(uid: &'a EntityUid) -> Self {
        Self { kind: uid.type_name().to_string().into(), id: uid.id().unescaped().into() }
    }
}

/// With all that a checked file depends on, beside what it says.
fn checked_by<T>(source: &str, then: impl FnOnce(&[&str]) -> T) -> T {
    then(&[FORMAT, &NAMES.join(","), SCHEMA, &get_sdk_version().to_string(), source])
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::CallerIdentity;

    const SOURCE: &str = "permit (principal, action, resource);";

    /// What policies come of a file that somebody has written who knows how to make the digest.
    fn forged(heading: &str, lines: &[&str]) -> Result<(Rules, Terms), CheckedError> {
        let heading: &RawValue = serde_json::from_str(heading).unwrap();
        let lines = lines.iter().map(|line| (*line).to_owned());
        let file = checked_by(SOURCE, |parts| CheckedFile::write(parts, &heading, lines)).unwrap();
        Checked::of(SOURCE, file).unwrap().rules()
    }

    #[test]
    fn a_good_digest_makes_no_checked_file() {
        for heading in ["{}", "[]", r#"{"speaksOf":[],"policies":[],"more":1}"#] {
            assert!(matches!(forged(heading, &[]), Err(CheckedError::Heading(_))), "{heading}");
        }
        let error = forged(r#"{"speaksOf":[],"policies":[{"id":"policy0"}]}"#, &["{}", "{}"]).err().unwrap();
        assert!(matches!(error, CheckedError::Policies { named: 1, found: 2 }), "{error}");
    }

    #[test]
    fn what_is_no_policy_fails_at_start_or_for_whom_it_is_about() {
        let of_all = forged(r#"{"speaksOf":[],"policies":[{"id":"policy0"}]}"#, &["{}"]).err().unwrap();
        assert!(of_all.to_string().contains("policy0"), "{of_all}");
        let about = r#"{"id":"policy0","about":{"type":"Presign::Caller","id":"alice"}}"#;
        let (rules, terms) = forged(&format!(r#"{{"speaksOf":[],"policies":[{about}]}}"#), &["{}"]).unwrap();
        let unreadable = |name| rules.about(&[terms.caller_uid(&CallerIdentity::named(name))]).any(|it| it.is_err());
        assert!(unreadable("alice") && !unreadable("bob"));
    }

    #[test]
    fn a_name_with_escapes_is_the_same_once_checked() {
        let source = r#"permit (principal == Presign::Caller::"a\"b", action, resource);"#;
        let file = Checked::write(source, &source.parse().unwrap()).unwrap();
        let (rules, terms) = Checked::of(source, file).unwrap().rules().unwrap();
        let asked = |name: &str| {
            let names = [terms.caller_uid(&CallerIdentity::named(name))];
            rules.about(&names).map(|set| set.unwrap().policies().count()).sum::<usize>()
        };
        assert_eq!((asked("a\"b"), asked("a")), (1, 0));
    }

    #[test]
    fn a_type_that_no_question_has_is_asked_about_by_everyone() {
        let terms = Terms::new(Vocabulary::of("")).unwrap();
        for kind in ["Presign::Action", "Caller", "Other::Caller", ""] {
            assert_eq!(terms.named(kind, "alice"), None, "{kind}");
        }
    }
}
