use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::StreamExt;
use futures_util::stream;
use lambda_runtime::Diagnostic;
use presign::clock::Clock;
use presign::generation::Scope;
use presign::names::AccountId;
use presign::profile::Profiles;
use presign::reconcile::{
    Judgement, Observer, Recalled, Sight, SightLedger, Subject, Unseen, compare, in_turn, subjects,
};
use settings::Config;
use tokio::time::{Instant, timeout};
use url_cache::UrlTable;

use crate::account::Account;
use crate::outcome::{Reconciled, UnseenPart};

/// The reconciler as it is deployed.
pub type App = Reconciler<UrlTable, Account>;

/// What a single call may take, of whichever service: a look that fails is made again at the next run.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long looking at one subject may take, whatever it holds.
const LOOK_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a run begins looks, and how long it tries again to write down what it has seen: with one more look, or one more try,
/// it ends before Lambda would end it, which grants two minutes. A run that is ended counts nothing, though its rows are written:
/// what it found missed would never be told.
const LOOKS_BEGIN: Duration = Duration::from_secs(80);
const TRIES_BEGIN: Duration = Duration::from_secs(100);
/// Few enough that IAM, whose rate limits are low, is not throttled.
const AT_ONCE: usize = 4;
/// Tries against an invalidator, or another run, that writes the same rows.
const TRIES: usize = 4;

/// Makes the clients, which connect at first use. The only place of the reconciler that does.
#[must_use]
pub fn connect(config: Config, aws: &SdkConfig, clock: Clock) -> App {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(CALL_TIMEOUT)
        .operation_attempt_timeout(CALL_ATTEMPT_TIMEOUT)
        .build();
    let aws = aws.to_builder().timeout_config(timeouts).build();
    let table = UrlTable::new(aws_sdk_dynamodb::Client::new(&aws), config.table);
    Reconciler::new(config.settings.profiles, table, Account::new(&aws), config.settings.cache.hold, clock)
}

/// Compares how everything looks with how it looked at the last run, and advances what has changed.
pub struct Reconciler<L, O> {
    profiles: Profiles,
    ledger: L,
    observer: O,
    hold: Duration,
    clock: Clock,
}

/// The table does not answer for some scopes: the others have been reconciled, and these will be at the next run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of the scopes could not be reconciled, the first of them `{first}`: {reason}", .count)]
pub struct ReconcileError {
    pub count: usize,
    pub first: String,
    pub reason: String,
}

impl From<ReconcileError> for Diagnostic {
    fn from(error: ReconcileError) -> Self {
        Self { error_type: "LedgerUnavailable".to_owned(), error_message: error.to_string() }
    }
}

impl<L: SightLedger, O: Observer> Reconciler<L, O> {
    /// After a change, caching pauses for `hold`.
    pub fn new(profiles: Profiles, ledger: L, observer: O, hold: Duration, clock: Clock) -> Self {
        Self { profiles, ledger, observer, hold, clock }
    }

    /// Looks at everything once, as far as there is time. `home` is the account that this runs in, as far as it is known: a role's name means another
    /// role in another account.
    ///
    /// # Errors
    /// When the table does not answer. What was seen by then has been acted on.
    pub async fn reconcile(&self, home: Option<&AccountId>) -> Result<Reconciled, ReconcileError> {
        let began = Instant::now();
        let observer = &self.observer.afresh();
        let subjects = in_turn(subjects(&self.profiles), (self.clock)());
        let looks = subjects.iter().map(|subject| async move {
            if began.elapsed() >= LOOKS_BEGIN {
                return (subject, None);
            }
            let sight = look(observer, subject, home).await;
            let judged = self.judge(subject, &sight, began).await;
            (subject, Some((sight, judged)))
        });
        let looks: Vec<_> = looks.collect();
        let mut looks: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        looks.sort_by_cached_key(|(subject, _)| subject.scope());

        let mut outcome = Reconciled { subjects: subjects.len(), ..Reconciled::default() };
        let mut failed = vec![];
        let mut late_parts = 0;
        for (subject, looked) in looks {
            let scope = subject.scope();
            let Some((sight, judged)) = looked else {
                outcome.late += 1;
                late_parts += subject.parts().len();
                continue;
            };
            outcome.unseen.extend(unseen(&scope, sight));
            match judged {
                Ok(judgement) => note(&mut outcome, &scope, &judgement),
                Err(reason) => {
                    tracing::error!(%scope, reason, "a scope could not be reconciled");
                    failed.push((scope, reason));
                }
            }
        }
        if outcome.late > 0 {
            tracing::warn!(
                late = outcome.late,
                "there are more roles, buckets and keys than there was time to look at"
            );
        }
        count(&outcome, late_parts, failed.len());
        tracing::info!(
            subjects = outcome.subjects,
            changed = outcome.changed.len(),
            missed = outcome.missed.len(),
            corrected = outcome.corrected.len(),
            unseen = outcome.unseen.len(),
            late = outcome.late,
            failed = failed.len(),
            "reconciled"
        );
        let count = failed.len();
        match failed.into_iter().next() {
            Some((first, reason)) => Err(ReconcileError { count, first: first.to_string(), reason }),
            None => Ok(outcome),
        }
    }

    /// Compares a sight with what is kept, and keeps it; again where another has meanwhile written.
    async fn judge(&self, subject: &Subject, sight: &Sight, began: Instant) -> Result<Judgement, String> {
        let (scope, wider) = (subject.scope(), subject.wider_scope());
        let failed = |error: L::Error| error.to_string();
        for _ in 0..TRIES {
            if began.elapsed() >= TRIES_BEGIN {
                break;
            }
            let before = self.ledger.recall(&scope, wider.as_ref()).await.map_err(failed)?;
            let judgement = compare(&scope, &before, sight, (self.clock)() + self.hold);
            if !is_news(&before, &judgement)
                || self.ledger.renew(&scope, &before, &judgement.renewal).await.map_err(failed)?
            {
                return Ok(judgement);
            }
        }
        Err("its rows are written by too many at once".to_owned())
    }
}

async fn look(observer: &impl Observer, subject: &Subject, home: Option<&AccountId>) -> Sight {
    if let Subject::Permissions(role) | Subject::Sessions(role) = subject
        && home != Some(role.principal().account())
    {
        return Sight::unseen(subject.parts(), "the role is in another account than this function");
    }
    let too_slow = || Sight::unseen(subject.parts(), "AWS does not answer in time");
    timeout(LOOK_TIMEOUT, observer.look(subject)).await.unwrap_or_else(|_| too_slow())
}

/// Whether there is anything to write down.
fn is_news(before: &Recalled, judgement: &Judgement) -> bool {
    let renewal = &judgement.renewal;
    let same_record = before.record.as_ref().is_some_and(|kept| {
        let now = &renewal.record;
        kept.parts == now.parts && kept.generations == now.generations && kept.unexplained == now.unexplained
    });
    !same_record || renewal.advance.is_some() || judgement.corrected
}

/// What there was no time to look at is as unseen as what cannot be looked at.
fn count(outcome: &Reconciled, late_parts: usize, failed: usize) {
    let counts = [
        ("ChangeSeen", outcome.changed.len()),
        ("ChangeMissed", outcome.missed.len()),
        ("CeilingCorrected", outcome.corrected.len()),
        ("PartUnseen", outcome.unseen.len() + late_parts),
        ("ScopeFailed", failed),
    ];
    for (name, count) in counts {
        metrics::counter!(name).increment(count as u64);
    }
}

fn unseen(scope: &Scope, sight: Sight) -> Vec<UnseenPart> {
    let mut unseen = vec![];
    for (part, seen) in sight.parts {
        if let Err(Unseen(reason)) = seen {
            let part = part.as_str();
            tracing::warn!(%scope, part, reason, "it is not known whether this has changed: it could not be looked at");
            unseen.push(UnseenPart { scope: scope.to_string(), part, reason });
        }
    }
    unseen
}

fn note(outcome: &mut Reconciled, scope: &Scope, judgement: &Judgement) {
    if !judgement.changed.is_empty() {
        let parts: Vec<_> = judgement.changed.iter().map(|part| part.as_str()).collect();
        tracing::info!(%scope, parts = parts.join(", "), "invalidated what was signed before a change that was seen");
        outcome.changed.push(scope.to_string());
    }
    if judgement.missed {
        tracing::error!(%scope, "a policy change was missed: no event has told of it");
        outcome.missed.push(scope.to_string());
    }
    if judgement.corrected {
        let longest = judgement.renewal.ceiling.map(presign::lifetime::ExpiresIn::seconds);
        tracing::info!(%scope, longest, "corrected the longest that AWS grants");
        outcome.corrected.push(scope.to_string());
    }
}
