//! What is not current any more by the time at which it would be handed out.

use std::time::Duration;

use presign::cache::{LookUp, UrlCache};
use presign::signing_session::SigningSessions;
use tokio::time::Instant;

use crate::Issuer;
use crate::steps::{Origin, Settled, Terms};

/// When the generations were read by which an answer goes.
#[derive(Clone, Copy)]
pub(crate) struct ReadAt(Instant);

impl ReadAt {
    /// An answer that has waited for longer, for a session or a trial, reads its scopes again: a change may have been handled meanwhile.
    const LONG: Duration = Duration::from_secs(1);

    pub fn now() -> Self {
        Self(Instant::now())
    }

    pub fn is_long_ago(self) -> bool {
        self.0.elapsed() > Self::LONG
    }
}

/// Why a URL is to be signed anew: where its scopes stand by now, as far as the cache answers.
pub(crate) struct Overtaken(pub Option<LookUp>);

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Whether what is settled on is to be signed anew, after it has waited for long; none where it is still current. Without generations
    /// there is nothing to compare: those were not to be read in the first place.
    pub(crate) async fn overtaken(
        &self,
        terms: &Terms,
        found: Option<&LookUp>,
        settled: &Settled,
    ) -> Option<Overtaken> {
        found?;
        let by_now = self.look_up(&[], &terms.scopes.all).await;
        is_overtaken(terms, settled, by_now.as_ref()).then_some(Overtaken(by_now))
    }
}

/// While the cache does not answer, what comes of it is not known to be current, and what was signed for the request is as good as what
/// would be.
pub(crate) fn is_overtaken(terms: &Terms, settled: &Settled, by_now: Option<&LookUp>) -> bool {
    match by_now {
        Some(by_now) => settled.row.generations != by_now.generations(&terms.scopes.of_url),
        None => matches!(settled.origin, Origin::Cache),
    }
}
