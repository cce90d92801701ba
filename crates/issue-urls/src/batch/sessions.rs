use std::collections::HashMap;

use presign::attribution::Attributed;
use presign::cache::CacheKey;
use presign::generation::Scope;
use presign::lifetime::Asked;
use presign::names::BucketName;

use crate::steps::{Opened, Prepared};

/// The sessions that were opened for a batch's requests.
#[derive(Default)]
pub struct Sessions<'a> {
    /// What the first request of each row asks that is to be stored.
    pub first_asked: HashMap<&'a CacheKey, &'a Asked>,
    /// The last of them, and what it is for: mostly the next request's is the same, and to find it out takes longer than to see that.
    pub last: Option<(SessionFor<'a>, Opened)>,
}

/// What a request's session depends on, within a batch.
#[derive(PartialEq)]
pub struct SessionFor<'a> {
    bucket: &'a BucketName,
    policy: &'a str,
    terms: (&'a Attributed, &'a [Scope]),
    asked: &'a Asked,
    reading: Option<usize>,
    /// A session that was taken in a hold signs nothing after it.
    on_hold: bool,
}

impl<'a> SessionFor<'a> {
    pub fn new(Prepared { bound, terms }: &'a Prepared<'_>, reading: Option<usize>, on_hold: bool) -> Self {
        Self {
            bucket: bound.profile().bucket(),
            policy: bound.session_policy(),
            terms: (&terms.attributed, &terms.scopes.of_session),
            asked: bound.request().asked(),
            reading,
            on_hold,
        }
    }
}
