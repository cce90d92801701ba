use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::StreamExt;
use futures_util::stream;
use lambda_runtime::Diagnostic;
use presign::clock::Clock;
use presign::generation::Scope;
use presign::names::{AccountId, RoleArn};
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

/// The schedule of `template.yaml`.
const INTERVAL: Duration = Duration::from_mins(15);
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
        let all = in_turn(subjects(&self.profiles), (self.clock)(), INTERVAL);
        let subjects_in_all = all.len();
        let (elsewhere, subjects): (Vec<_>, Vec<_>) = all.into_iter().partition(|subject| is_elsewhere(subject, home));

        // Before anything is looked at, since a look may show what another has shown earlier in the run: else the generation of a
        // change would be kept with how things were before it, and the change would seem to be one of which no event has told.
        let recalled = self.recall_all(&subjects, began).await;
        let looks = self.look_at_all(&subjects, recalled, began, home).await;

        let Tally { mut outcome, late, failed } = Tally::of(looks);
        outcome.subjects = subjects_in_all;
        for subject in &elsewhere {
            tracing::info!(scope = %subject.scope(), "not looked at: the role is in another account than this function");
        }
        outcome.elsewhere = elsewhere.iter().map(|subject| subject.scope().to_string()).collect();
        outcome.elsewhere.sort_unstable();
        count(&outcome, parts(late), parts(&elsewhere), failed.len());
        tracing::info!(
            subjects = outcome.subjects,
            changed = outcome.changed.len(),
            missed = outcome.missed.len(),
            corrected = outcome.corrected.len(),
            unseen = outcome.unseen.len(),
            elsewhere = outcome.elsewhere.len(),
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

    /// What was kept of each subject; none of those for which there is no time.
    async fn recall_all(&self, subjects: &[Subject], began: Instant) -> Vec<Option<Result<Recalled, String>>> {
        let recalls = subjects.iter().map(|subject| async move {
            if began.elapsed() >= LOOKS_BEGIN { None } else { Some(self.recall(subject).await) }
        });
        let recalls: Vec<_> = recalls.collect();
        stream::iter(recalls).buffered(AT_ONCE).collect().await
    }

    /// Looks at each subject and judges what is seen; in the order of their scopes.
    async fn look_at_all<'a>(
        &self,
        subjects: &'a [Subject],
        recalled: Vec<Option<Result<Recalled, String>>>,
        began: Instant,
        home: Option<&AccountId>,
    ) -> Vec<(&'a Subject, Looked)> {
        let observer = &self.observer.afresh();
        let looks = subjects.iter().zip(recalled).map(|(subject, before)| async move {
            let before = match before {
                Some(Err(reason)) => return (subject, Looked::Unrecalled(reason)),
                Some(Ok(before)) if began.elapsed() < LOOKS_BEGIN => before,
                Some(Ok(_)) | None => return (subject, Looked::Late),
            };
            let sight = look(observer, subject, home).await;
            let judged = self.judge(subject, before, &sight, began).await;
            (subject, Looked::Seen(sight, judged))
        });
        let looks: Vec<_> = looks.collect();
        let mut looks: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        looks.sort_by_cached_key(|(subject, _)| subject.scope());
        looks
    }

    async fn recall(&self, subject: &Subject) -> Result<Recalled, String> {
        let recalled = self.ledger.recall(&subject.scope(), subject.wider_scope().as_ref()).await;
        recalled.map_err(|error| error.to_string())
    }

    /// Compares a sight with what was kept before it, and keeps it; again where another has meanwhile written.
    async fn judge(
        &self,
        subject: &Subject,
        mut before: Recalled,
        sight: &Sight,
        began: Instant,
    ) -> Result<Judgement, String> {
        let scope = subject.scope();
        for tried in 1..=TRIES {
            let judgement = compare(&scope, &before, sight, (self.clock)() + self.hold);
            let renewed = !is_news(&before, &judgement)
                || self.ledger.renew(&scope, &before, &judgement.renewal).await.map_err(|error| error.to_string())?;
            if renewed {
                return Ok(judgement);
            }
            if tried < TRIES {
                if began.elapsed() >= TRIES_BEGIN {
                    return Err("there was no time to write its rows again, which another had written".to_owned());
                }
                // The sight is still of the generations before it.
                before = Recalled { generations: before.generations, ..self.recall(subject).await? };
            }
        }
        Err("its rows are written by too many at once".to_owned())
    }
}

/// What came of one subject.
enum Looked {
    /// There was no time for it.
    Late,
    /// It was not looked at, since what was kept of it could not be read.
    Unrecalled(String),
    Seen(Sight, Result<Judgement, String>),
}

/// What came of all that was to be looked at.
#[derive(Default)]
struct Tally<'a> {
    outcome: Reconciled,
    late: Vec<&'a Subject>,
    failed: Vec<(Scope, String)>,
}

impl<'a> Tally<'a> {
    fn of(looks: Vec<(&'a Subject, Looked)>) -> Self {
        let mut tally = Self::default();
        for (subject, looked) in looks {
            let scope = subject.scope();
            match looked {
                Looked::Late => tally.late.push(subject),
                Looked::Unrecalled(reason) => tally.fail(scope, reason),
                Looked::Seen(sight, judged) => {
                    tally.outcome.unseen.extend(unseen(&scope, sight));
                    match judged {
                        Ok(judgement) => note(&mut tally.outcome, &scope, &judgement),
                        Err(reason) => tally.fail(scope, reason),
                    }
                }
            }
        }
        tally.outcome.late = tally.late.len();
        if tally.outcome.late > 0 {
            tracing::warn!(
                late = tally.outcome.late,
                "there are more roles, buckets and keys than there was time to look at"
            );
        }
        tally
    }

    fn fail(&mut self, scope: Scope, reason: String) {
        tracing::error!(%scope, reason, "a scope could not be reconciled");
        self.failed.push((scope, reason));
    }
}

fn parts<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> usize {
    subjects.into_iter().map(|subject| subject.parts().len()).sum()
}

/// Whether it is out of this function's reach, whatever its policy grants: IAM shows a role to its own account alone.
fn is_elsewhere(subject: &Subject, home: Option<&AccountId>) -> bool {
    role_of(subject).zip(home).is_some_and(|(role, home)| role.principal().account() != home)
}

fn role_of(subject: &Subject) -> Option<&RoleArn> {
    match subject {
        Subject::Permissions(role) | Subject::Sessions(role) => Some(role),
        Subject::Bucket { .. } | Subject::Key(_) => None,
    }
}

async fn look(observer: &impl Observer, subject: &Subject, home: Option<&AccountId>) -> Sight {
    if home.is_none() && role_of(subject).is_some() {
        return Sight::unseen(subject.parts(), "it is not known whether the role is in this function's account");
    }
    let too_slow = || Sight::unseen(subject.parts(), "AWS does not answer in time");
    timeout(LOOK_TIMEOUT, observer.look(subject)).await.unwrap_or_else(|_| too_slow())
}

/// Whether there is anything to write down.
fn is_news(before: &Recalled, judgement: &Judgement) -> bool {
    let renewal = &judgement.renewal;
    before.record.as_ref() != Some(&renewal.record) || renewal.advance.is_some() || judgement.corrected
}

/// What there was no time to look at is as unseen as what cannot be looked at.
fn count(outcome: &Reconciled, late_parts: usize, parts_elsewhere: usize, failed: usize) {
    let counts = [
        ("ChangeSeen", outcome.changed.len()),
        ("ChangeMissed", outcome.missed.len()),
        ("CeilingCorrected", outcome.corrected.len()),
        ("PartUnseen", outcome.unseen.len() + late_parts),
        ("PartElsewhere", parts_elsewhere),
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
