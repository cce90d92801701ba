//! The cache of issued URLs: what a row is, when it may be served, and the port that a store implements.

mod cached_url;
mod key;
mod ledger;
mod port;
mod verdict;

pub use cached_url::{CachedUrl, IssuedFor};
pub use key::CacheKey;
pub use ledger::{Advance, Advanced, EVENT_MEMORY, GenerationLedger};
pub use port::{LookUp, MOST_READ, MOST_WRITTEN, ScopeState, UrlCache, WantedRow};
pub use verdict::{Verdict, judge};
