use std::error::Error;
use std::ops::Range;
use std::path::Path;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, get_sdk_version};
use checked_file::{Beside, CheckedFile, ReadError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PoliciesError;
use crate::named::stated;
use crate::rules::{Unreadable, about};
use crate::vocabulary::Vocabulary;

/// Of this crate's sources, among them the schema: what is refused, what is said to be spoken of, and whom a head is said to name.
const RULES: &str = env!("AUTHORIZATION_RULES");

/// The line of the file that the first policy has.
const FIRST_LINE: usize = 3;

/// Policies that were checked before they were deployed, each under what it is about.
#[derive(Debug)]
pub struct CheckedPolicies(CheckedFile);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Heading {
    speaks_of: Vec<String>,
}

/// A policy as Cedar writes it in JSON, and its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    policy: Value,
}

impl CheckedPolicies {
    /// What the file says once these policies, which stand in `source` and fit the schema, are checked.
    ///
    /// # Errors
    /// When Cedar cannot write one of them, or read it again.
    pub fn write(source: &str, policies: &PolicySet) -> Result<String, PoliciesError> {
        let unwritable = |error: &dyn ToString| PoliciesError::Unwritable(error.to_string());
        let heading = Heading { speaks_of: Vocabulary::of(source).names().map(str::to_owned).collect() };
        let mut parts = vec![];
        for policy in policies.policies() {
            let json = policy.to_json().map_err(|error| unwritable(&error))?;
            let mut named = Named { id: policy.id().to_string(), policy: json };
            let part = |named: &Named| serde_json::to_string(named).map_err(|error| unwritable(&error));
            let read = |part: &str| read(part).map_err(|error| unwritable(&error));
            if read(&part(&named)?)? != *policy {
                return Err(unwritable(&format!("`{}` would be another", policy.id())));
            }
            // Nobody asks for those, and Cedar compiles a lexer to read one.
            if stated(policy).is_none_or(|name| name == named.id) {
                named.policy.as_object_mut().and_then(|policy| policy.remove("annotations"));
            }
            let part = part(&named)?;
            read(&part)?;
            parts.push((key(about(policy).as_ref()), part));
        }
        by_rules(|rules| checked_file::write(source, rules, &heading, parts)).map_err(|error| unwritable(&error))
    }

    /// What lies beside `file`, which counts only if this version of Cedar, the schema and this crate have checked it.
    ///
    /// # Errors
    /// When one of the two is there, and cannot be read.
    pub fn load_for(file: &Path) -> Result<Beside<Self>, ReadError> {
        Ok(by_rules(|rules| CheckedFile::load_for(file, rules))?.map(Self))
    }

    /// # Errors
    /// When the heading is not what [`Self::write`] writes.
    pub fn vocabulary(&self) -> Result<Vocabulary, serde_json::Error> {
        let heading: Heading = serde_json::from_str(self.0.heading())?;
        Ok(Vocabulary::speaking_of(&heading.speaks_of))
    }

    pub fn len(&self) -> usize {
        self.0.parts()
    }

    /// The places of the policies that are about this, or about all.
    pub fn about(&self, about: Option<&EntityUid>) -> Range<usize> {
        self.0.find(&key(about))
    }

    /// # Errors
    /// When there is no policy at one of these places.
    pub fn read(&self, places: Range<usize>) -> Result<PolicySet, Unreadable> {
        let mut set = PolicySet::new();
        for place in places {
            let unreadable = |error: &dyn ToString| Unreadable { line: FIRST_LINE + place, reason: error.to_string() };
            let part = self.0.part(place).map_err(|error| unreadable(&error))?;
            let policy = read(&part).map_err(|error| unreadable(&error))?;
            set.add(policy).map_err(|error| unreadable(&error))?;
        }
        Ok(set)
    }
}

/// Those about all come first. Every type that a head may name is in the schema's one namespace.
fn key(about: Option<&EntityUid>) -> String {
    let Some(uid) = about else { return String::new() };
    let id = serde_json::to_string(uid.id().unescaped()).unwrap_or_default();
    [uid.type_name().basename(), " ", &id].concat()
}

fn read(part: &str) -> Result<Policy, Box<dyn Error>> {
    let Named { id, policy } = serde_json::from_str(part)?;
    Ok(Policy::from_json(Some(PolicyId::new(id)), policy)?)
}

/// With all that what was checked depends on, beside its text.
fn by_rules<T>(then: impl FnOnce(&[&str]) -> T) -> T {
    then(&[RULES, &get_sdk_version().to_string()])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cedar_policy::EntityId;
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::rules::Rules;

    const SOURCE: &str = "permit (principal, action, resource);";

    /// What a start finds beside a file that says `source`.
    fn found(source: &str, checked: String) -> CheckedPolicies {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("policies.cedar");
        fs::write(&file, source).unwrap();
        fs::write(checked_file::path_of(&file), checked).unwrap();
        match CheckedPolicies::load_for(&file).unwrap() {
            Beside::Checked(policies) => policies,
            other => panic!("{other:?}"),
        }
    }

    /// What somebody has written who knows how to make the digest.
    fn forged(heading: &Value, parts: &[(&str, &str)]) -> CheckedPolicies {
        let parts = parts.iter().map(|(key, part)| ((*key).to_owned(), (*part).to_owned())).collect();
        found(SOURCE, by_rules(|rules| checked_file::write(SOURCE, rules, heading, parts)).unwrap())
    }

    fn uid(kind: &str, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(kind.parse().unwrap(), EntityId::new(id))
    }

    #[test]
    fn a_good_digest_makes_no_heading() {
        for heading in [json!({}), json!([]), json!({ "speaksOf": [], "more": 1 })] {
            assert!(forged(&heading, &[]).vocabulary().is_err(), "{heading}");
        }
    }

    #[test]
    fn what_is_no_policy_fails_at_start_or_for_whom_it_is_about() {
        let heading = json!({ "speaksOf": [] });
        let of_all = Rules::unread(forged(&heading, &[("", "{}")])).unwrap_err();
        assert!(of_all.to_string().contains("line 3"), "{of_all}");
        let rules = Rules::unread(forged(&heading, &[("Caller \"alice\"", "{}")])).unwrap();
        let unreadable = |name| rules.about(&[uid("Presign::Caller", name)]).any(|it| it.is_err());
        assert!(unreadable("alice") && !unreadable("bob"));
    }

    #[test]
    fn a_policy_is_found_by_the_very_name_that_its_head_has() {
        let ids = ["a", "a\"b", "a\\", "a\n", "a\t", "a b", "", "\u{301}", "é"];
        let quoted = |id: &str| uid("Presign::Caller", id).to_string();
        let source: String =
            ids.map(|id| format!("permit (principal == {}, action, resource);\n", quoted(id))).concat()
                + "permit (principal in Presign::Group::\"a\", action, resource);";
        let file = CheckedPolicies::write(&source, &source.parse().unwrap()).unwrap();
        let rules = Rules::unread(found(&source, file)).unwrap();
        for id in ids {
            let names = [uid("Presign::Caller", id)];
            let asked: Vec<_> = rules.about(&names).flat_map(|set| set.unwrap().policies()).map(about).collect();
            assert_eq!(asked, [Some(names[0].clone())]);
        }
        assert_eq!(
            rules.about(&[uid("Presign::Group", "b")]).map(|set| set.unwrap().policies().count()).sum::<usize>(),
            0
        );
    }
}
