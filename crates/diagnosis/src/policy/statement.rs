use super::condition::{Truth, holds};
use super::document::Listed;
use super::wildcard;
use super::{Context, Principals, Statement};

/// Whether a statement is about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// It would be, if these keys had the values that its conditions demand.
    Depends(Vec<String>),
}

impl Statement {
    /// Whether this statement is about the request of `context`.
    #[must_use]
    pub fn matches(&self, context: &Context) -> Match {
        if !lists(&self.actions, &context.action, true) || !lists(&self.resources, &context.resource, false) {
            return Match::No;
        }
        let mut unknown = Vec::new();
        match self.names(context) {
            Truth::True => {}
            Truth::False => return Match::No,
            Truth::Unknown => unknown.push("aws:PrincipalArn".to_owned()),
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

    fn names(&self, context: &Context) -> Truth {
        let (names, negated) = match &self.principals {
            Principals::Everyone => return Truth::True,
            Principals::These(names) => (names, false),
            Principals::NotThese(names) => (names, true),
        };
        if context.principals.is_empty() {
            return Truth::Unknown;
        }
        let is_named =
            names.iter().any(|name| context.principals.iter().any(|principal| name == "*" || name == principal));
        (is_named != negated).into()
    }
}

fn lists(listed: &Listed, text: &str, any_case: bool) -> bool {
    let fits = |pattern: &String| {
        if any_case {
            wildcard::matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
        } else {
            wildcard::matches(pattern, text)
        }
    };
    listed.patterns.iter().any(fits) != listed.negated
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    fn context() -> Context {
        let mut context = Context::new(
            "s3:GetObject",
            "arn:aws:s3:::b/k",
            vec!["arn:aws:iam::123456789012:role/r".to_owned(), "123456789012".to_owned()],
        );
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
        let body = r#""Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#;
        assert_eq!(matched(body), Match::Depends(vec!["aws:SourceVpce".to_owned()]));
    }
}
