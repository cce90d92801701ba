use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::policy::{ISSUE_TIME, sole_statement};
use super::{CutOff, RevocationName};
use crate::attribution::Whose;
use crate::names::SessionTag;

/// What one policy kills: sessions from before a moment, all of the role's or those that bear a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    cut_off: CutOff,
    /// The tag, and its values; none where sessions die whatever they bear.
    tagged: Option<(Whose, BTreeSet<String>)>,
}

const TAG: &str = "aws:PrincipalTag/";

impl Denial {
    #[must_use]
    pub fn of_all(cut_off: CutOff) -> Self {
        Self { cut_off, tagged: None }
    }

    #[must_use]
    pub fn of_tag(tag: &SessionTag, cut_off: CutOff) -> Self {
        Self { cut_off, tagged: Some((tag.whose(), [tag.value().to_owned()].into())) }
    }

    /// One that kills all that `members` kill, and those of their tags up to the latest of their moments besides; none where they
    /// are not all of one tag's values.
    #[must_use]
    pub fn fold(members: &[Self]) -> Option<Self> {
        let first = members.first()?.tagged.as_ref()?.0;
        let (mut cut_off, mut values) = (None, BTreeSet::new());
        for member in members {
            let (_, of_member) = member.tagged.as_ref().filter(|(whose, _)| *whose == first)?;
            values.extend(of_member.iter().cloned());
            cut_off = cut_off.max(Some(member.cut_off));
        }
        Some(Self { cut_off: cut_off?, tagged: Some((first, values)) })
    }

    /// What a policy says, where it says it as [`document`](Self::document) does.
    #[must_use]
    pub fn read(document: &str) -> Option<Self> {
        let policy: Value = serde_json::from_str(document).ok()?;
        let condition = sole_statement(&policy)?.get("Condition")?.as_object()?;
        let cut_off = CutOff::in_policy(condition.get("DateLessThan")?.get(ISSUE_TIME)?.as_str()?)?;
        let tagged = match condition.get("StringEquals") {
            None => None,
            Some(equals) => {
                let (key, values) = equals.as_object()?.iter().next()?;
                let values = match values {
                    Value::Array(values) => values.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
                    value => value.as_str().map(|value| [value.to_owned()].into()),
                };
                Some((Whose::named(key.strip_prefix(TAG)?)?, values?))
            }
        };
        let denial = Self { cut_off, tagged };
        (denial.as_policy() == policy).then_some(denial)
    }

    #[must_use]
    pub fn cut_off(&self) -> CutOff {
        self.cut_off
    }

    /// What it is called where it is a policy of its own.
    #[must_use]
    pub fn name(&self) -> RevocationName {
        match &self.tagged {
            None => RevocationName::of_all(self.cut_off),
            Some((whose, values)) => RevocationName::of_tags(*whose, values, self.cut_off),
        }
    }

    #[must_use]
    pub fn is_of_all(&self) -> bool {
        self.tagged.is_none()
    }

    /// Whether it kills all that `other` does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let tags = match (&self.tagged, &other.tagged) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((whose, values)), Some((of_other, others))) => whose == of_other && others.is_subset(values),
        };
        tags && self.cut_off >= other.cut_off
    }

    /// The policy's text.
    #[must_use]
    pub fn document(&self) -> String {
        self.as_policy().to_string()
    }

    fn as_policy(&self) -> Value {
        let mut condition = json!({"DateLessThan": {ISSUE_TIME: self.cut_off}});
        if let (Some((whose, values)), Some(condition)) = (&self.tagged, condition.as_object_mut()) {
            let values = match values.iter().next().filter(|_| values.len() == 1) {
                Some(value) => json!(value),
                None => json!(values),
            };
            let key = format!("{TAG}{}", whose.as_str());
            condition.insert("StringEquals".to_owned(), json!({key: values}));
        }
        json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": condition}],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tenant: &str, seconds: u64) -> Denial {
        Denial::of_tag(&SessionTag::of(Whose::Tenant, tenant), CutOff::of_seconds(seconds))
    }

    fn eight() -> Vec<Denial> {
        (0..8).map(|i| of(&format!("tenant-{i}"), 1_000 + i)).collect()
    }

    #[test]
    fn what_is_written_is_read_again_and_its_name_tells_which_it_is() {
        let fold = Denial::fold(&eight()).unwrap();
        for denial in [of("acme", 1_000), Denial::of_all(CutOff::of_seconds(1_000)), fold] {
            assert_eq!(Denial::read(&denial.document()).as_ref(), Some(&denial));
            let name = denial.name();
            assert_eq!(RevocationName::of_policy(&name.to_string()), Some(name));
        }
    }

    #[test]
    fn a_fold_kills_all_that_its_members_kill_and_takes_less_room() {
        let members = eight();
        let fold = Denial::fold(&members).unwrap();
        assert!(members.iter().all(|member| fold.covers(member)));
        assert!(!fold.covers(&of("tenant-8", 1_000)) && !fold.covers(&of("tenant-1", 1_008)));
        assert!(fold.document().len() * 5 < members.iter().map(|member| member.document().len()).sum());
    }

    #[test]
    fn only_revocations_of_one_kind_of_tag_are_folded() {
        let caller = Denial::of_tag(&SessionTag::of(Whose::Caller, "acme"), CutOff::of_seconds(1));
        assert_eq!(Denial::fold(&[of("acme", 1), caller]), None);
        assert_eq!(Denial::fold(&[of("acme", 1), Denial::of_all(CutOff::of_seconds(1))]), None);
        assert_eq!(Denial::fold(&[]), None);
    }

    #[test]
    fn what_says_anything_else_is_not_read() {
        let policy: Value = serde_json::from_str(&of("acme", 1_000).document()).unwrap();
        let with = |pointer: &str, value: Value| {
            let mut policy = policy.clone();
            *policy.pointer_mut(pointer).unwrap() = value;
            policy.to_string()
        };
        let condition = |more: Value| with("/Statement/0/Condition", more);
        let time = json!({"aws:TokenIssueTime": "2026-05-01T10:00:00Z"});
        assert!(Denial::read(&with("/Statement/0/Condition/DateLessThan", time.clone())).is_some());
        for other in [
            with("/Statement/0/Action", json!("s3:*")),
            with("/Statement/0/Effect", json!("Allow")),
            with("/Version", json!("2008-10-17")),
            with("/Statement/0/Condition/DateLessThan", json!({"aws:TokenIssueTime": "2026-05-01T10:00:00.5Z"})),
            with("/Statement/0/Condition/StringEquals", json!({"aws:PrincipalTag/team": "acme"})),
            with("/Statement/0/Condition/StringEquals", json!({"aws:PrincipalTag/tenant": ["b", "a"]})),
            with("/Statement/0/Condition/StringEquals", json!({"aws:PrincipalTag/tenant": ["a", 1]})),
            with("/Statement/0/Condition/StringEquals", json!({"aws:PrincipalTag/tenant": "a", "aws:userid": "b"})),
            condition(json!({"DateLessThan": time, "StringLike": {"aws:PrincipalTag/tenant": "acme"}})),
            "[]".to_owned(),
            "{".to_owned(),
        ] {
            assert_eq!(Denial::read(&other), None, "{other}");
        }
    }
}
