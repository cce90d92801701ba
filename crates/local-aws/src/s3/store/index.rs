//! What is in each bucket, by key: in memory, for listing.

use std::collections::BTreeMap;
use std::ops::Bound;

use s3s::dto::{ETag, StorageClass, Timestamp};

/// What a listing says about an object.
#[derive(Debug, Clone)]
pub struct Listed {
    pub size: i64,
    pub e_tag: Option<ETag>,
    pub last_modified: Option<Timestamp>,
    /// None for the standard one.
    pub storage_class: Option<StorageClass>,
}

/// The objects of one bucket, in the byte order of their keys, as S3 lists them.
pub type Objects = BTreeMap<String, Listed>;

/// What to list.
#[derive(Debug, Default)]
pub struct Selection<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    /// Only what comes after this key or common prefix.
    pub after: Option<&'a str>,
    pub limit: usize,
}

/// One page of a listing.
#[derive(Debug, Default)]
pub struct Page {
    pub objects: Vec<(String, Listed)>,
    pub prefixes: Vec<String>,
    /// The last key or common prefix, if there is more after it.
    pub next: Option<String>,
}

/// Lists one page.
#[must_use]
pub fn list(objects: &Objects, selection: &Selection<'_>) -> Page {
    let Selection { prefix, delimiter, after, limit } = *selection;
    let mut page = Page::default();
    if limit == 0 {
        return page;
    }
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    let mut last = String::new();
    for (key, listed) in objects.range::<str, _>((start, Bound::Unbounded)) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let common = delimiter
            .and_then(|delimiter| rest.split_once(delimiter).map(|(first, _)| format!("{prefix}{first}{delimiter}")));
        if let Some(common) = &common
            && (page.prefixes.last() == Some(common) || after == Some(common.as_str()))
        {
            continue;
        }
        if page.objects.len() + page.prefixes.len() == limit {
            page.next = Some(last);
            break;
        }
        if let Some(common) = common {
            last.clone_from(&common);
            page.prefixes.push(common);
        } else {
            last.clone_from(key);
            page.objects.push((key.clone(), listed.clone()));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn objects(keys: &[&str]) -> Objects {
        let listed = || Listed { size: 0, e_tag: None, last_modified: None, storage_class: None };
        keys.iter().map(|key| ((*key).to_owned(), listed())).collect()
    }

    /// All pages of a listing, as keys and prefixes in their order.
    fn all(objects: &Objects, prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<String> {
        let mut after: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let page = list(objects, &Selection { prefix, delimiter, after: after.as_deref(), limit });
            let mut entries: Vec<String> = page.objects.into_iter().map(|(key, _)| key).collect();
            entries.extend(page.prefixes);
            entries.sort_unstable();
            assert!(entries.len() <= limit);
            found.extend(entries);
            match page.next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
    }

    #[test]
    fn keys_below_a_delimiter_are_folded_into_one_prefix() {
        let objects = objects(&["a", "a/b", "a/c/d", "a//e", "b/", "/x", "../y"]);
        assert_eq!(all(&objects, "", Some("/"), 1000), ["../", "/", "a", "a/", "b/"]);
        assert_eq!(all(&objects, "a/", Some("/"), 1000), ["a//", "a/b", "a/c/"]);
        assert_eq!(all(&objects, "b/", Some("/"), 1000), ["b/"]);
        assert_eq!(all(&objects, "zzz", None, 1000), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn pages_put_together_are_the_whole_listing(
            keys in prop::collection::btree_set("[a-c/]{1,5}", 0..40),
            prefix in "[a-c/]{0,2}",
            folded: bool,
            limit in 1_usize..5,
        ) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let objects = objects(&keys);
            let delimiter = folded.then_some("/");
            prop_assert_eq!(all(&objects, &prefix, delimiter, limit), all(&objects, &prefix, delimiter, 1000));
        }
    }
}
