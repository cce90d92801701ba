use super::{DENIED, as_sure_as_the_signer, looked, request_context, when_found_or};
use crate::answers::{Denial, PolicyKind, Reason};
use crate::case::Case;
use crate::check::{Check, Outcome};
use crate::facts::Facts;
use crate::finding::{Certainty, Finding, Source};
use crate::further::On;
use crate::policy::{Condition, Context, Effect, Match, Policy, Principals, Statement};
use crate::text::{list, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked(
        "signature-age",
        "The bucket policy denies signatures older than the URL's is (`s3:signatureAge`).",
        &[DENIED],
        &["AccessDenied 5", "Expiry 4"],
        signature_age,
    ),
    looked(
        "second-factor",
        "The bucket policy denies signers without a second factor (MFA): the signing session must have been made with one.",
        &[DENIED],
        &["Policy change 4"],
        second_factor,
    ),
    looked(
        "bucket-policy-denies",
        "A Deny statement of the bucket policy matches: by TLS, VPC endpoint, address, header, principal or nothing at all.",
        &[DENIED],
        &["AccessDenied 5", "Policy change 4"],
        denies,
    ),
];

const AGE: &str = "s3:signatureAge";
const SECOND_FACTOR: [&str; 2] = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"];

fn is_about_age(statement: &Statement) -> bool {
    statement.is_about(AGE)
}

fn is_about_second_factor(statement: &Statement) -> bool {
    SECOND_FACTOR.iter().any(|key| statement.is_about(key))
}

fn is_about_signer(statement: &Statement) -> bool {
    statement.principals != Principals::Everyone || statement.is_about("aws:PrincipalArn")
}

/// Keys whose values depend on when the request was made.
const OF_TIME: [&str; 3] = [AGE, "aws:CurrentTime", "aws:EpochTime"];

/// What a policy saw of the request at the two ends of when it may have failed.
struct Ends {
    first: Vec<Context>,
    last: Vec<Context>,
}

impl Ends {
    fn of(case: &Case, facts: &Facts) -> Self {
        let (earliest, latest) = case.moments();
        let at = |moment| request_context::all(case, facts, moment);
        Self { first: at(earliest), last: at(latest) }
    }

    /// Whether it is known what S3 was asked to do, by any method at least.
    fn tell_the_action(&self) -> bool {
        self.last.iter().all(|context| !context.actions.is_empty())
    }

    /// Whether a statement matched when the request failed. It depends on the time if it does so at one end only, or between the
    /// two.
    fn matched(&self, statement: &Statement) -> Match {
        let (first, last) = (surest(statement, &self.first), surest(statement, &self.last));
        if first != last {
            return Match::Depends(of_time(statement).chain(keys(&[first, last])).collect());
        }
        if last != Match::No {
            return last;
        }
        // What has a beginning and an end: it had begun at the last, and was not over at the first.
        // What neither begins nor ends, such as `DateEquals`, is of one moment, which next to no request hits: either end will do.
        let begun = surest(&without(statement, |condition| is_about_time(condition) && !begins(condition)), &self.last);
        let not_over =
            surest(&without(statement, |condition| is_about_time(condition) && begins(condition)), &self.first);
        if begun == Match::No || not_over == Match::No {
            return Match::No;
        }
        Match::Depends(of_time(statement).chain(keys(&[begun, not_over])).collect())
    }
}

fn without(statement: &Statement, left_out: fn(&Condition) -> bool) -> Statement {
    let mut statement = statement.clone();
    statement.conditions.retain(|condition| !left_out(condition));
    statement
}

/// Whether a condition on the time holds from some time on.
fn begins(condition: &Condition) -> bool {
    condition.operator.contains("GreaterThan")
}

/// To deny one of the actions that a request needs is to deny the request.
fn surest(statement: &Statement, contexts: &[Context]) -> Match {
    Match::surest(contexts.iter().map(|context| statement.matches(context)))
}

fn is_about_time(condition: &Condition) -> bool {
    OF_TIME.iter().any(|key| condition.key.eq_ignore_ascii_case(key))
}

/// The keys of time that a statement speaks of.
fn of_time(statement: &Statement) -> impl Iterator<Item = String> {
    OF_TIME.iter().filter(|key| statement.is_about(key)).map(|key| (*key).to_owned())
}

/// The keys that the first of these depends on.
fn keys(matched: &[Match]) -> Vec<String> {
    let keys = matched.iter().find_map(|matched| match matched {
        Match::Depends(keys) => Some(keys.clone()),
        Match::Yes | Match::No => None,
    });
    keys.unwrap_or_default()
}

/// The Deny statements that fit and match, or might; the surest first.
fn deny_statements<'a>(ends: &Ends, policy: &'a Policy, fits: fn(&Statement) -> bool) -> Vec<(&'a Statement, Match)> {
    let told = ends.tell_the_action();
    let denies = policy.statements.iter().filter(|statement| statement.effect == Effect::Deny && fits(statement));
    let denies = denies.filter(|statement| told || statement.is_about_every_action());
    let mut found: Vec<_> = denies
        .map(|statement| (statement, ends.matched(statement)))
        .filter(|(_, matched)| *matched != Match::No)
        .collect();
    found.sort_by_key(|(_, m)| *m != Match::Yes);
    found
}

/// What S3's own reason is, where it is none of a Deny statement in the bucket's policy.
fn other_reason(denial: &Denial) -> Option<&'static str> {
    let of_bucket = !denial.action.starts_with("kms:") && matches!(denial.policy, None | Some(PolicyKind::Resource));
    match denial.reason {
        Reason::NoAllow => Some("S3 said that nothing allows it, and not that a statement denies it"),
        Reason::ExplicitDeny if !of_bucket => Some("S3 said that another policy than the bucket's denies it"),
        Reason::Untold if !of_bucket => Some("S3 named another reason than the bucket's policy"),
        Reason::ExplicitDeny | Reason::Untold => None,
    }
}

fn found(case: &Case, fits: fn(&Statement) -> bool, reason: &str, fix: &str) -> Outcome {
    let fine_unless = |unseen: Option<&str>| unseen.map_or(Outcome::Fine, |why| Outcome::CouldNotLook(why.to_owned()));
    when_found_or(
        case,
        |facts| &facts.bucket_policy,
        // Where there is none, it denies nothing of its own bucket.
        || fine_unless(request_context::unseen_elsewhere(case)),
        |policy, facts| {
            if case.is_form() {
                return Outcome::CouldNotLook(
                    "the key stands in the form's fields, and so it is not known which statements match".to_owned(),
                );
            }
            let matching = deny_statements(&Ends::of(case, facts), policy, fits);
            let Some((_, first)) = matching.first() else {
                return fine_unless(request_context::unseen(case));
            };
            let finding = match first {
                Match::Yes => Finding::certain(reason),
                _ => Finding::possible(format!("{reason}, under conditions that are not known here")),
            };
            let finding = matching.iter().fold(finding, |finding, (statement, matched)| {
                finding.seen(Source::Account, describe(statement, matched))
            });
            // What a statement denies to everyone, it denies whoever signed.
            let of_everyone = matching.iter().any(|(it, matched)| *matched == Match::Yes && !is_about_signer(it));
            let finding = if of_everyone { finding } else { as_sure_as_the_signer(facts, finding) };
            let finding = finding.fix(fix).paste(
            "aws s3api get-bucket-policy --bucket BUCKET --query Policy --output text | jq '.Statement[] | select(.Effect == \"Deny\")'",
        );
            // The policy may be newer than S3's answer.
            let said = case.denial();
            let mut finding = match said.as_ref().and_then(other_reason) {
                Some(reason) => finding.at_most(Certainty::Possible, Source::Error, reason),
                None => finding,
            };
            // A statement about one action, or of another bucket, is no reason of what S3 says of another.
            let of_this = |denial: &Denial| {
                let contexts = request_context::all(case, facts, case.moment());
                let mut asked = contexts.iter().filter(|context| context.actions.contains(&denial.action));
                case.denied_on(denial.resource.as_deref()) == On::Own
                    && asked.any(|context| matching.iter().any(|(it, _)| it.matches(context) == Match::Yes))
            };
            finding.explains =
                said.filter(of_this).and_then(|it| it.check_if(PolicyKind::Resource, Reason::ExplicitDeny));
            finding
                .rules_out_if_certain(&["signature and expiry: S3 looks at policies only when these are right"])
                .into()
        },
    )
}

fn describe(statement: &Statement, matched: &Match) -> String {
    let conditions: Vec<String> = statement
        .conditions
        .iter()
        .map(|condition| {
            format!("`{}` {} {}", quotable(&condition.key), quotable(&condition.operator), list(&condition.values))
        })
        .collect();
    let conditions = if conditions.is_empty() {
        "without a condition".to_owned()
    } else {
        format!("if {}", conditions.join(" and "))
    };
    let name = quotable(&statement.name());
    match matched {
        Match::Depends(keys) => format!("Deny `{name}`, {conditions}: not known is {}", list(keys)),
        _ => format!("Deny `{name}`, {conditions}"),
    }
}

fn signature_age(case: &Case) -> Outcome {
    found(
        case,
        is_about_age,
        "the bucket policy denies signatures of this age, which is shorter than the URL's life",
        "sign for no longer than the policy allows, and tell the service of it (`signatureAge` of the bucket's profile)",
    )
}

fn second_factor(case: &Case) -> Outcome {
    found(
        case,
        |statement| is_about_second_factor(statement) && !is_about_age(statement),
        "the bucket policy denies signers without a second factor",
        "sign with a session that was made with MFA: `aws sts get-session-token --serial-number … --token-code …`",
    )
}

fn denies(case: &Case) -> Outcome {
    found(
        case,
        |statement| !is_about_age(statement) && !is_about_second_factor(statement),
        "a Deny statement of the bucket policy matches this request",
        "meet its condition (TLS, VPC endpoint, address, header), or except the signer from it",
    )
}
