use std::collections::HashMap;

use presign::cache::{CacheKey, MOST_READ, WantedRow};
use presign::generation::Scope;

use crate::IssueError;
use crate::steps::Prepared;

/// What one reading of the cache is about: some requests' rows, and the scopes of them all.
#[derive(Default)]
pub struct Reading<'a> {
    pub wanted: Vec<WantedRow<'a>>,
    pub scopes: Vec<Scope>,
}

impl<'a> Reading<'a> {
    /// Takes a request in, whose row is not wanted yet; not one that would make it more than one reading can be.
    fn take(&mut self, prepared: &'a Prepared<'a>) -> bool {
        let terms = &prepared.terms;
        let new_scopes: Vec<&Scope> = terms.scopes.all.iter().filter(|scope| !self.scopes.contains(scope)).collect();
        let size = self.wanted.len() + self.scopes.len() + usize::from(terms.key.is_some()) + new_scopes.len();
        let empty = self.wanted.is_empty() && self.scopes.is_empty();
        if size > MOST_READ && !empty {
            return false;
        }
        self.scopes.extend(new_scopes.into_iter().cloned());
        self.wanted.extend(terms.key.as_ref().map(|key| WantedRow { key, asked: prepared.bound.request().asked() }));
        true
    }
}

/// As few readings as it takes in order, and which of them is about each request: for those of one key the same.
pub fn readings<'a>(prepared: &'a [Result<Prepared<'a>, IssueError>]) -> (Vec<Reading<'a>>, Vec<Option<usize>>) {
    let mut readings: Vec<Reading<'a>> = vec![];
    let mut of_key: HashMap<&CacheKey, usize> = HashMap::new();
    let mut reading_of = vec![];
    for prepared in prepared {
        let Ok(prepared) = prepared else {
            reading_of.push(None);
            continue;
        };
        let key = prepared.terms.key.as_ref();
        if let Some(reading) = key.and_then(|key| of_key.get(key)) {
            reading_of.push(Some(*reading));
            continue;
        }
        if !readings.last_mut().is_some_and(|reading| reading.take(prepared)) {
            let mut reading = Reading::default();
            reading.take(prepared);
            readings.push(reading);
        }
        let last = readings.len() - 1;
        of_key.extend(key.map(|key| (key, last)));
        reading_of.push(Some(last));
    }
    (readings, reading_of)
}
