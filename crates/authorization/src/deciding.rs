use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use cedar_policy::{
    Context, Decision as CedarDecision, Diagnostics, Entities, PolicySet, Request, RestrictedExpression,
};

use crate::named::stated;
use crate::terms::{Terms, Unaskable, text};
use crate::{Action, Asking, Decision, Denied, Policies, Question};

impl Policies {
    /// # Errors
    /// When a policy forbids it, none permits it, or one could not be evaluated.
    pub fn decide(&self, question: &Question<'_>) -> Result<Decision, Denied> {
        self.remembered.or_else(question, self.terms.vocabulary(), || self.evaluate(question))
    }

    fn evaluate(&self, question: &Question<'_>) -> Result<Decision, Denied> {
        let denied = |policies, errors| Denied {
            action: question.action.as_str(),
            resource: question.resource.to_string(),
            policies,
            errors,
            besides: "",
        };
        let (request, entities) = self.ask(question).map_err(|error| denied(vec![], vec![error.to_string()]))?;
        let (mut permitting, mut forbidding, mut errors) = (vec![], vec![], vec![]);
        for policies in self.rules.about(&self.terms.names(question)) {
            let policies = match policies {
                Ok(policies) => policies,
                Err(error) => {
                    errors.push(error.to_string());
                    continue;
                }
            };
            let response = self.authorizer.is_authorized(&request, policies, &entities);
            let names = names(policies, response.diagnostics());
            match response.decision() {
                CedarDecision::Allow => permitting.extend(names),
                CedarDecision::Deny => forbidding.extend(names),
            }
            errors.extend(response.diagnostics().errors().map(ToString::to_string));
        }
        permitting.sort_unstable();
        forbidding.sort_unstable();
        // Cedar passes over a policy that fails, also over one that would have forbidden.
        if !forbidding.is_empty() || !errors.is_empty() || permitting.is_empty() {
            Err(denied(forbidding, errors))
        } else {
            Ok(Decision { policies: permitting })
        }
    }

    fn ask(&self, question: &Question<'_>) -> Result<(Request, Cow<'_, Entities>), Unaskable> {
        let terms = &self.terms;
        let (principal, action) = (terms.caller_uid(question.caller), terms.action_uid(question.action));
        let resource = terms.resource_uid(question.resource);
        let context = context(terms, question.action, &question.asking)?;
        // They fit the schema by the way they are made, which the tests prove, but for what no policy speaks of.
        let request = Request::new(principal, action, resource, context, None).map_err(Unaskable::because)?;
        Ok((request, terms.entities(question)?))
    }
}

/// What the policies call themselves that have decided.
fn names(policies: &PolicySet, diagnostics: &Diagnostics) -> Vec<String> {
    let name = |id| policies.policy(id).and_then(stated).map_or_else(|| id.to_string(), str::to_owned);
    diagnostics.reason().map(name).collect()
}

fn context(terms: &Terms, action: Action, asking: &Asking<'_>) -> Result<Context, Unaskable> {
    let time = terms.told("time", || datetime(asking.time)).map(|(name, time)| Ok((name, time?))).transpose()?;
    let ip = |ip: IpAddr| terms.told("sourceIp", || RestrictedExpression::new_ip(ip.to_string()));
    let mut pairs: Vec<_> = time.into_iter().chain(asking.source_ip.and_then(ip)).collect();
    if let (Action::Url(_) | Action::PostObjects, Some(url)) = (action, &asking.url) {
        let long = RestrictedExpression::new_long;
        // More than Cedar can count is more than any limit that a policy can state.
        let length = |bytes: u64| terms.told("contentLength", || long(i64::try_from(bytes).unwrap_or(i64::MAX)));
        pairs.extend(terms.told("expiresIn", || long(url.expires_in.into())));
        pairs.extend(url.content_type.and_then(|value| terms.told("contentType", || text(value))));
        pairs.extend(url.content_length.and_then(length));
        pairs.extend(url.server_side_encryption.and_then(|value| terms.told("serverSideEncryption", || text(value))));
    }
    Context::from_pairs(pairs).map_err(Unaskable::because)
}

fn datetime(time: SystemTime) -> Result<RestrictedExpression, Unaskable> {
    let since_1970 = time.duration_since(UNIX_EPOCH).map_err(Unaskable::because)?;
    let milliseconds = i64::try_from(since_1970.as_millis()).map_err(Unaskable::because)?;
    let time = jiff::Timestamp::from_millisecond(milliseconds).map_err(Unaskable::because)?;
    Ok(RestrictedExpression::new_datetime(time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use cedar_policy::{Authorizer, PolicyId, Schema};
    use presign::operation::Operation;

    use super::*;
    use crate::schema::SCHEMA;
    use crate::vocabulary::Vocabulary;
    use crate::{CallerIdentity, Resource, UrlAsking};

    /// A policy of each head that there is, with a condition that holds and one that fails.
    fn every_head() -> String {
        let principals = [
            "principal",
            "principal is Presign::Caller",
            "principal == Presign::Caller::\"alice\"",
            "principal == Presign::Caller::\"bob\"",
            "principal in Presign::Caller::\"alice\"",
            "principal in Presign::Group::\"ours\"",
            "principal in Presign::Group::\"others\"",
            "principal is Presign::Caller in Presign::Group::\"ours\"",
        ];
        let resources = [
            "resource",
            "resource is Presign::Object",
            "resource == Presign::Object::\"demo/a/b\"",
            "resource == Presign::Object::\"demo/a/c\"",
            "resource in Presign::Bucket::\"demo\"",
            "resource in Presign::Bucket::\"other\"",
            "resource is Presign::Object in Presign::Bucket::\"demo\"",
        ];
        let mut text = String::new();
        for principal in principals {
            for resource in resources {
                for (effect, sum) in [("permit", 1), ("forbid", i64::MAX)] {
                    let head = format!("{effect} ({principal}, action == Presign::Action::\"getObject\", {resource})");
                    text.extend([head, format!(" when {{ context.expiresIn + {sum} > 0 }};\n")]);
                }
            }
        }
        text
    }

    /// Of which each decides by what one word says, and by nothing else.
    const BY_ONE_WORD: [&str; 20] = [
        "resource == Presign::Object::\"demo/a/b\"",
        "[resource].contains(Presign :: Object // one\n :: \"demo/a/b\")",
        "principal in Presign::Caller::\"alice\"",
        "resource in Presign::Bucket::\"demo\"",
        "principal in Presign::Group::\"ours\"",
        "[Presign::Bucket::\"demo\"].contains(Presign::Bucket::\"demo\") && resource in [Presign::Bucket::\"demo\"]",
        "resource.bucket == \"demo\"",
        "resource.key like \"a/*\"",
        "resource.folders.contains(\"a\")",
        "principal.name == \"alice\"",
        "principal has tenant && principal.tenant == \"acme\"",
        "principal.hasTag(\"department\")",
        "principal.hasTag(\"department\") && principal.getTag(\"department\") == \"research\"",
        "context.time > datetime(\"1969-01-01\")",
        "context has sourceIp && context.sourceIp.isInRange(ip(\"203.0.113.0/24\"))",
        "context.expiresIn <= 60",
        "context[\"expiresIn\"] <= 60",
        "context[\"expires\\u{49}n\"] <= 60",
        "context has contentType && context.contentType like \"image/*\"",
        "context has contentLength && context.contentLength < 10 && context has serverSideEncryption",
    ];

    #[test]
    fn what_policies_do_not_speak_of_changes_no_decision() {
        let (bucket, another) = ("demo".parse().unwrap(), "another".parse().unwrap());
        let alice = CallerIdentity {
            tenant: Some("acme".to_owned()),
            groups: ["ours".to_owned()].into(),
            claims: [("department".to_owned(), "research".to_owned())].into(),
            ..CallerIdentity::named("alice")
        };
        let image = UrlAsking {
            expires_in: 60,
            content_type: Some("image/png"),
            content_length: Some(7),
            server_side_encryption: Some("AES256"),
        };
        let text = UrlAsking { expires_in: 61, content_type: None, content_length: None, server_side_encryption: None };
        let here = Asking { time: UNIX_EPOCH, source_ip: Some([203, 0, 113, 7].into()), url: Some(image) };
        let there = Asking { time: UNIX_EPOCH, source_ip: None, url: Some(text) };
        let (mut permitted, mut denied) = (0, 0);
        for condition in BY_ONE_WORD {
            let policy = format!("permit (principal, action, resource is Presign::Object) when {{ {condition} }};");
            // `action` alone would speak to operators' questions too, which have no object.
            let policy = policy.replace("action,", "action in [Presign::Action::\"writing\"],");
            let told = Policies::telling(Vocabulary::of_everything(), &policy).unwrap();
            let policies = Policies::parse(&policy).unwrap();
            for (caller, bucket, asking) in [(&alice, &bucket, here), (&CallerIdentity::named("bob"), &another, there)]
            {
                let resource = Resource::Object { bucket, key: if caller.name == "alice" { "a/b" } else { "b" } };
                let question = Question { caller, action: Action::Url(Operation::PutObject), resource, asking };
                let decided = policies.decide(&question);
                assert_eq!(decided, told.decide(&question), "{condition}");
                if decided.is_ok() { permitted += 1 } else { denied += 1 }
            }
        }
        // The time is the same in both questions.
        assert_eq!((permitted, denied), (BY_ONE_WORD.len() + 1, BY_ONE_WORD.len() - 1));
    }

    #[test]
    fn what_was_decided_about_one_question_is_not_said_about_another() {
        let (bucket, another) = ("demo".parse().unwrap(), "another".parse().unwrap());
        let base = CallerIdentity { groups: ["others".to_owned()].into(), ..CallerIdentity::named("bob") };
        let callers = [
            base.clone(),
            CallerIdentity { name: "alice".to_owned(), ..base.clone() },
            CallerIdentity { groups: ["ours".to_owned()].into(), ..base.clone() },
            CallerIdentity { tenant: Some("acme".to_owned()), ..base.clone() },
            CallerIdentity { claims: [("department".to_owned(), "research".to_owned())].into(), ..base.clone() },
        ];
        let text =
            UrlAsking { expires_in: 61, content_type: None, content_length: Some(10), server_side_encryption: None };
        let urls = [
            text,
            UrlAsking { expires_in: 60, ..text },
            UrlAsking { content_type: Some("image/png"), ..text },
            UrlAsking { content_length: Some(7), server_side_encryption: Some("AES256"), ..text },
            UrlAsking { content_length: Some(7), ..text },
            UrlAsking { server_side_encryption: Some("AES256"), ..text },
        ];
        let there = Asking { time: UNIX_EPOCH, source_ip: None, url: Some(text) };
        let mut questions = vec![];
        for (bucket, key) in [(&another, "b"), (&bucket, "b"), (&another, "a/b"), (&bucket, "a/b"), (&bucket, "a/c")] {
            let resource = Resource::Object { bucket, key };
            for action in [Operation::GetObject, Operation::PutObject].map(Action::Url) {
                questions.extend(callers.iter().map(|caller| Question { caller, action, resource, asking: there }));
                let here = Asking { source_ip: Some([203, 0, 113, 7].into()), ..there };
                let askings = urls.map(|url| Asking { url: Some(url), ..there }).into_iter().chain([here]);
                questions.extend(askings.map(|asking| Question { caller: &base, action, resource, asking }));
            }
        }
        let mut decisions = vec![];
        let of_all = |condition| {
            let head = "principal, action == Presign::Action::\"putObject\", resource is Presign::Object";
            format!("permit ({head}) when {{ {condition} }};")
        };
        for policy in BY_ONE_WORD.into_iter().map(of_all).chain([every_head()]) {
            let (told, policies) =
                (Policies::telling(Vocabulary::of_everything(), &policy).unwrap(), Policies::parse(&policy).unwrap());
            for question in questions.iter().chain(questions.iter().rev()) {
                let decided = policies.decide(question);
                assert_eq!(decided, told.evaluate(question), "{policy}: {question:?}");
                decisions.push(decided.is_ok());
            }
        }
        assert!(decisions.contains(&true) && decisions.contains(&false));
    }

    #[test]
    fn a_question_is_decided_once_unless_policies_speak_of_the_time() {
        let bucket = "demo".parse().unwrap();
        let (caller, resource) = (CallerIdentity::named("alice"), Resource::Object { bucket: &bucket, key: "a/b" });
        for (condition, evaluated) in [("context.expiresIn <= 60", 1), ("context.time > datetime(\"1969-01-01\")", 2)] {
            let text = format!(
                "permit (principal, action in [Presign::Action::\"reading\"], resource is Presign::Object) when {{ {condition} }};"
            );
            let policies = Policies::parse(&text).unwrap();
            let url =
                UrlAsking { expires_in: 60, content_type: None, content_length: None, server_side_encryption: None };
            let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: Some(url) };
            let question = Question { caller: &caller, action: Action::Url(Operation::GetObject), resource, asking };
            let mut evaluations = 0;
            for _ in 0..2 {
                let decided = policies.remembered.or_else(&question, policies.terms.vocabulary(), || {
                    evaluations += 1;
                    policies.evaluate(&question)
                });
                assert!(decided.is_ok(), "{condition}");
            }
            assert_eq!(evaluations, evaluated, "{condition}");
        }
    }

    #[test]
    fn what_policies_do_not_tell_apart_is_decided_about_once_and_refused_by_its_own_name() {
        let bucket = "demo".parse().unwrap();
        let evaluated = |condition: &str, asked: [(&str, &str); 2]| {
            let action = "action == Presign::Action::\"getObject\"";
            let policies = format!("permit (principal, {action}, resource is Presign::Object) when {{ {condition} }};");
            let policies = Policies::parse(&policies).unwrap();
            let mut evaluated = 0;
            for (caller, key) in asked {
                let caller = CallerIdentity::named(caller);
                let resource = Resource::Object { bucket: &bucket, key };
                let asking = Asking { time: UNIX_EPOCH, source_ip: None, url: None };
                let question =
                    Question { caller: &caller, action: Action::Url(Operation::GetObject), resource, asking };
                let decided = policies.remembered.or_else(&question, policies.terms.vocabulary(), || {
                    evaluated += 1;
                    policies.evaluate(&question)
                });
                let denied = decided.unwrap_err();
                assert_eq!((denied.action, denied.resource), ("getObject", format!("demo/{key}")));
            }
            evaluated
        };
        let of_alice = |keys: [&'static str; 2]| keys.map(|key| ("alice", key));
        let of_two = [("alice", "a/b"), ("bob", "a/b")];
        for (condition, asked, times) in [
            ("resource.bucket == \"none\"", of_alice(["a/b", "c/d"]), 1),
            ("resource.folders.contains(\"none\")", of_alice(["a/b", "a/c"]), 1),
            ("resource.folders.contains(\"none\")", of_alice(["a/b", "b/c"]), 2),
            ("resource.folders.contains(\"none\")", of_alice(["a/b", "a"]), 2),
            ("resource.key == \"none\"", of_alice(["a/b", "a/c"]), 2),
            ("resource == Presign::Object::\"demo/none\"", of_alice(["a/b", "a/c"]), 2),
            ("resource.bucket == \"none\"", of_two, 1),
            ("principal.name == \"none\"", of_two, 2),
            ("principal == Presign::Caller::\"none\"", of_two, 2),
        ] {
            assert_eq!(evaluated(condition, asked), times, "{condition}: {asked:?}");
        }
    }

    #[test]
    fn questions_fit_the_schema() {
        let schema = Schema::from_json_str(SCHEMA).unwrap();
        let vocabulary = Vocabulary::of_everything();
        let policies = Policies::telling(vocabulary, "permit (principal, action, resource);").unwrap();
        let (bucket, role) = ("demo".parse().unwrap(), "arn:aws:iam::123456789012:role/signer".parse().unwrap());
        let object = Resource::Object { bucket: &bucket, key: "a/b" };
        let caller = CallerIdentity::named("alice");
        let url = UrlAsking {
            expires_in: 60,
            content_type: Some("image/png"),
            content_length: Some(7),
            server_side_encryption: Some("AES256"),
        };
        let source_ip = Some([203, 0, 113, 7].into());
        let operations = [
            Operation::GetObject,
            Operation::HeadObject,
            Operation::PutObject,
            Operation::CopyObject,
            Operation::DeleteObject,
            Operation::PostObject,
            Operation::MultipartUpload,
        ];
        let urls = operations.into_iter().map(|operation| (Action::Url(operation), object));
        let others = [
            (Action::PostObjects, object),
            (Action::Revoke, Resource::SigningRole(&role)),
            (Action::ListIssued, Resource::Bucket(&bucket)),
            (Action::ListIssued, Resource::SigningRole(&role)),
            (Action::Diagnose, Resource::Bucket(&bucket)),
        ];
        for (action, resource) in urls.chain(others) {
            let asking = Asking { time: UNIX_EPOCH, source_ip, url: Some(url) };
            let (request, _) = policies.ask(&Question { caller: &caller, action, resource, asking }).unwrap();
            let uid = |uid: Option<&cedar_policy::EntityUid>| uid.unwrap().clone();
            let (principal, asked) = (uid(request.principal()), uid(request.action()));
            let context = request.context().unwrap().clone();
            let fits = Request::new(principal, asked, uid(request.resource()), context, Some(&schema));
            assert!(fits.is_ok(), "{action:?}: {fits:?}");
        }
    }

    #[test]
    fn a_policy_that_is_not_asked_has_nothing_to_say() {
        let text = every_head();
        let (all, policies): (PolicySet, _) = (text.parse().unwrap(), Policies::parse(&text).unwrap());
        let caller = CallerIdentity { groups: ["ours".to_owned()].into(), ..CallerIdentity::named("alice") };
        let bucket = "demo".parse().unwrap();
        let url = UrlAsking { expires_in: 60, content_type: None, content_length: None, server_side_encryption: None };
        let question = Question {
            caller: &caller,
            action: Action::Url(Operation::GetObject),
            resource: Resource::Object { bucket: &bucket, key: "a/b" },
            asking: Asking { time: UNIX_EPOCH, source_ip: None, url: Some(url) },
        };
        let (request, entities) = policies.ask(&question).unwrap();
        let names = policies.terms.names(&question);
        let asked: Vec<&PolicyId> = policies
            .rules
            .about(&names)
            .flat_map(|set| set.unwrap().policies().map(cedar_policy::Policy::id))
            .collect();
        let once: HashSet<&PolicyId> = asked.iter().copied().collect();
        assert_eq!(asked.len(), once.len(), "each is asked once");
        let mut speaking = 0;
        for policy in all.policies() {
            let alone = PolicySet::from_policies([policy.clone()]).unwrap();
            let response = Authorizer::new().is_authorized(&request, &alone, &entities);
            let diagnostics = response.diagnostics();
            if diagnostics.reason().next().is_some() || diagnostics.errors().next().is_some() {
                assert!(once.contains(policy.id()), "{policy}");
                speaking += 1;
            }
        }
        assert!(speaking > 0 && asked.len() < all.policies().count());
    }
}
