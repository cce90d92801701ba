use super::condition::holds;
use super::document::Listed;
use super::truth::Truth;
use super::{Context, Effect, Principal, Principals, Statement, variable};

/// Whether a statement is about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// It would be, if these keys had the values that its conditions demand.
    Depends(Vec<String>),
}

/// What a statement depends on where it is not known which action is asked for.
const METHOD: &str = "the method";
/// And where S3 may not look for the action.
const LOOKED_FOR: &str = "whether S3 looks for the action";
/// And where it names sessions of a role, of which it is not known which signed.
const SESSION: &str = "the session's name";
/// And where it leaves out a signer of whom it is not known.
const BOUNDARY: &str = "the signer's permissions boundary";

impl Match {
    /// The surest of them; of several that depend on something, the first.
    pub(crate) fn surest(each: impl IntoIterator<Item = Self>) -> Self {
        each.into_iter().fold(Self::No, |surest, it| match (surest, it) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Depends(keys), _) | (Self::No, Self::Depends(keys)) => Self::Depends(keys),
            (Self::No, Self::No) => Self::No,
        })
    }
}

impl Statement {
    /// Whether this statement is about the request of `context`.
    #[must_use]
    pub fn matches(&self, context: &Context) -> Match {
        let mut unknown = Vec::new();
        if context.is_doubtful() {
            unknown.push(LOOKED_FOR.to_owned());
        }
        match Truth::of_all(context.actions.iter().map(|action| lists_action(&self.actions, action))) {
            Truth::True => {}
            Truth::False => return Match::No,
            Truth::Unknown if context.actions.is_empty() && self.is_about_every_action() => {}
            Truth::Unknown => unknown.push(METHOD.to_owned()),
        }
        match lists(&self.resources, &context.resource) {
            Truth::True => {}
            Truth::False => return Match::No,
            Truth::Unknown => {
                let variables = self.resources.patterns.iter().flat_map(|pattern| variable::names(pattern));
                unknown.extend(variables.map(str::to_owned));
            }
        }
        match self.names_signer(context) {
            Ok(true) => {}
            Ok(false) => return Match::No,
            Err(not_known) => unknown.push(not_known.to_owned()),
        }
        for condition in &self.conditions {
            match holds(condition, context) {
                Truth::True => {}
                Truth::False => return Match::No,
                Truth::Unknown => unknown.push(condition.key.clone()),
            }
        }
        if unknown.is_empty() { Match::Yes } else { Match::Depends(unknown) }
    }

    /// Whether it is about whatever S3 is asked to do.
    pub(crate) fn is_about_every_action(&self) -> bool {
        let all = |pattern: &String| pattern == "*" || pattern.eq_ignore_ascii_case("s3:*");
        !self.actions.negated && self.actions.patterns.iter().any(all)
    }

    /// Whether it is about the signer; else what that depends on.
    fn names_signer(&self, context: &Context) -> Result<bool, &'static str> {
        let signer = context.signer.as_ref();
        match &self.principals {
            Principals::Everyone => Ok(true),
            // Services and the like, none of which signs URLs.
            Principals::These(names) if names.is_empty() => Ok(false),
            Principals::NotThese(names) if names.is_empty() => Ok(true),
            Principals::These(names) => {
                known(signer.map_or(Truth::Unknown, |signer| signer.is_named_by(names, context.by_account())), signer)
            }
            // Whoever has a boundary is denied it, be it among them or not.
            // Source: IAM user guide, "AWS JSON policy elements: NotPrincipal".
            Principals::NotThese(_) if self.effect == Effect::Deny && context.bounded == Some(true) => Ok(true),
            Principals::NotThese(names) => {
                match known(signer.map_or(Truth::Unknown, |signer| signer.is_left_out_by(names)), signer) {
                    Ok(true) if self.effect == Effect::Deny && context.bounded.is_none() => Err(BOUNDARY),
                    left_out => left_out.map(|left_out| !left_out),
                }
            }
        }
    }
}

fn known(about_signer: Truth, signer: Option<&Principal>) -> Result<bool, &'static str> {
    match about_signer {
        Truth::True => Ok(true),
        Truth::False => Ok(false),
        Truth::Unknown if signer.is_some_and(Principal::lacks_only_its_session) => Err(SESSION),
        Truth::Unknown => Err("aws:PrincipalArn"),
    }
}

/// Actions are told apart whatever their letters' case.
fn lists_action(listed: &Listed, action: &str) -> Truth {
    let action = action.to_ascii_lowercase();
    let any =
        Truth::any(listed.patterns.iter().map(|pattern| variable::matches(&pattern.to_ascii_lowercase(), &action)));
    if listed.negated { any.not() } else { any }
}

fn lists(listed: &Listed, text: &str) -> Truth {
    let any = Truth::any(listed.patterns.iter().map(|pattern| variable::matches(pattern, text)));
    if listed.negated { any.not() } else { any }
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    fn context() -> Context {
        let signer = Principal::of("arn:aws:iam::123456789012:role/r");
        let mut context = Context::new(vec!["s3:GetObject".to_owned()], "arn:aws:s3:::b/acme/k", Some(signer));
        context.state("aws:SecureTransport", "false");
        context
    }

    fn matched(body: &str) -> Match {
        let policy = Policy::read(&format!(r#"{{"Statement":[{{"Effect":"Deny",{body}}}]}}"#)).unwrap();
        policy.statements[0].matches(&context())
    }

    #[test]
    fn a_statement_matches_by_action_resource_principal_and_conditions() {
        for body in [
            r#""Principal":"*","Action":"S3:Get*","Resource":"arn:aws:s3:::b/*""#,
            r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/r"},"Action":"*","Resource":"*""#,
            r#""Principal":{"AWS":["123456789012"]},"NotAction":"s3:Put*","Resource":"*""#,
            r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/other"},"Action":"*","NotResource":"arn:aws:s3:::c/*""#,
            r#""Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        ] {
            assert_eq!(matched(body), Match::Yes, "{body}");
        }
        for body in [
            r#""Principal":"*","Action":"s3:PutObject","Resource":"*""#,
            r#""Principal":"*","Action":"*","Resource":"arn:aws:s3:::b""#,
            r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/other"},"Action":"*","Resource":"*""#,
            r#""Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"*","Resource":"*""#,
            r#""Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
        ] {
            assert_eq!(matched(body), Match::No, "{body}");
        }
    }

    #[test]
    fn what_it_depends_on_is_named() {
        for (body, key) in [
            (
                r#""Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#,
                "aws:SourceVpce",
            ),
            (
                r#""Principal":"*","Action":"*","NotResource":"arn:aws:s3:::b/${aws:PrincipalTag/tenant}/*""#,
                "aws:PrincipalTag/tenant",
            ),
            (
                r#""Principal":"*","Action":"*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/tenant}/*""#,
                "aws:PrincipalTag/tenant",
            ),
            (
                r#""Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"},"Action":"*","Resource":"*""#,
                SESSION,
            ),
        ] {
            assert_eq!(matched(body), Match::Depends(vec![key.to_owned()]), "{body}");
        }
    }

    /// AWS's own example: only Bob is left out, and not whoever else is of his account.
    #[test]
    fn to_leave_out_one_user_leaves_out_no_other() {
        let body = r#""NotPrincipal":{"AWS":["arn:aws:iam::444455556666:user/Bob","arn:aws:iam::444455556666:root"]},"Action":"*","Resource":"*""#;
        let policy = Policy::read(&format!(r#"{{"Statement":[{{"Effect":"Deny",{body}}}]}}"#)).unwrap();
        for (user, bounded, matched) in [
            ("Alice", Some(false), Match::Yes),
            ("Alice", None, Match::Yes),
            ("Bob", Some(false), Match::No),
            ("Bob", Some(true), Match::Yes),
            ("Bob", None, Match::Depends(vec![BOUNDARY.to_owned()])),
        ] {
            let signer = Principal::of(format!("arn:aws:iam::444455556666:user/{user}"));
            let mut context = context();
            (context.signer, context.bounded) = (Some(signer), bounded);
            assert_eq!(policy.statements[0].matches(&context), matched, "{user}");
        }
    }

    #[test]
    fn where_the_action_is_not_known_it_must_be_about_all_that_it_may_be() {
        let mut context = context();
        context.actions.push("s3:PutObject".to_owned());
        for (action, matched) in [
            ("s3:*", Match::Yes),
            ("s3:PutObject", Match::Depends(vec!["the method".to_owned()])),
            ("s3:DeleteObject", Match::No),
        ] {
            let body = format!(r#""Principal":"*","Action":"{action}","Resource":"*""#);
            let policy = Policy::read(&format!(r#"{{"Statement":[{{"Effect":"Deny",{body}}}]}}"#)).unwrap();
            assert_eq!(policy.statements[0].matches(&context), matched, "{action}");
        }
    }
}
