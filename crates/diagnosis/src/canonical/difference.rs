use percent_encoding::percent_decode_str;

use super::{Canonical, Rebuilt, ScopeToSign};
use crate::guarded::Guarded;
use crate::url::{Query, V4Parameters};

/// One thing that S3 saw otherwise than the URL and the request say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    Method {
        ours: String,
        seen: String,
    },
    Path {
        ours: String,
        seen: String,
        how: &'static str,
    },
    /// The URL has it, S3 did not see it.
    ParameterLost(String),
    /// S3 saw it, the URL does not have it.
    ParameterAdded(String),
    ParameterValue {
        name: String,
        ours: Guarded,
        seen: Guarded,
    },
    Header {
        name: String,
        ours: Guarded,
        seen: Guarded,
    },
    /// The request is said to send it, S3 saw none.
    HeaderLost(String),
    SignedHeaders {
        ours: String,
        seen: String,
    },
    Payload {
        ours: String,
        seen: String,
    },
    Date {
        ours: String,
        seen: String,
    },
    Scope {
        ours: String,
        seen: String,
    },
    Algorithm {
        ours: String,
        seen: String,
    },
    /// Another signature came to S3. Neither is shown.
    Signature,
}

/// Where what S3 saw differs from what the URL and the request make, the likeliest to explain the rest first.
#[must_use]
pub fn differences(ours: &Rebuilt, seen: &Canonical) -> Vec<Difference> {
    let mut found = Vec::new();
    let canonical = &ours.canonical;
    if ours.method_known && canonical.method != seen.method {
        found.push(Difference::Method { ours: canonical.method.clone(), seen: seen.method.clone() });
    }
    if canonical.path != seen.path {
        let how = how_paths_differ(&canonical.path, &seen.path);
        found.push(Difference::Path { ours: canonical.path.clone(), seen: seen.path.clone(), how });
    }
    parameters(canonical, seen, &mut found);
    if canonical.signed_headers != seen.signed_headers {
        found.push(Difference::SignedHeaders {
            ours: canonical.signed_headers.clone(),
            seen: seen.signed_headers.clone(),
        });
    }
    for (name, value) in &canonical.headers {
        if ours.unknown_headers.contains(name) {
            continue;
        }
        match seen.header(name) {
            Some(other) if other == value => {}
            Some(other) => {
                found.push(Difference::Header { name: name.clone(), ours: value.clone(), seen: other.clone() });
            }
            None => found.push(Difference::HeaderLost(name.clone())),
        }
    }
    if canonical.payload != seen.payload {
        found.push(Difference::Payload { ours: canonical.payload.clone(), seen: seen.payload.clone() });
    }
    found
}

/// Where S3's string to sign differs from what the URL's parameters make.
#[must_use]
pub fn of_string_to_sign(v4: &V4Parameters, seen: &ScopeToSign) -> Vec<Difference> {
    let mut found = Vec::new();
    if let Some(ours) = v4.algorithm.clone().filter(|ours| *ours != seen.algorithm) {
        found.push(Difference::Algorithm { ours, seen: seen.algorithm.clone() });
    }
    if let Some(ours) = v4.date_text.clone().filter(|ours| *ours != seen.date) {
        found.push(Difference::Date { ours, seen: seen.date.clone() });
    }
    let scope = v4.credential.as_ref().map(|c| match c.region.as_str() {
        "" if v4.is_4a() => format!("{}/{}/{}", c.date, c.service, c.terminal),
        region => format!("{}/{region}/{}/{}", c.date, c.service, c.terminal),
    });
    if let Some(ours) = scope.filter(|ours| *ours != seen.scope) {
        found.push(Difference::Scope { ours, seen: seen.scope.clone() });
    }
    found
}

/// Whether another signature than the URL's came to S3. What somebody has put in its place in the URL tells nothing.
#[must_use]
pub fn of_signature(query: &Query, seen: &Guarded) -> Option<Difference> {
    query.find("X-Amz-Signature")?.hexadecimal_length()?;
    let ours = Guarded::secret(&query.canonical_of("X-Amz-Signature")?);
    (ours != *seen).then_some(Difference::Signature)
}

fn parameters(ours: &Canonical, seen: &Canonical, found: &mut Vec<Difference>) {
    for (name, value) in &ours.query {
        match seen.query.iter().find(|(other, _)| other == name) {
            Some((_, other)) if other == value => {}
            Some((_, other)) => {
                found.push(Difference::ParameterValue { name: name.clone(), ours: value.clone(), seen: other.clone() });
            }
            None => found.push(Difference::ParameterLost(name.clone())),
        }
    }
    for (name, _) in &seen.query {
        if !ours.query.iter().any(|(other, _)| other == name) {
            found.push(Difference::ParameterAdded(name.clone()));
        }
    }
}

fn how_paths_differ(ours: &str, seen: &str) -> &'static str {
    let once = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    let without_dots = |path: &str| path.split('/').filter(|part| !matches!(*part, "." | ".." | "")).count();
    if once(seen) == ours {
        "it is percent-encoded once more than the URL has it"
    } else if once(ours) == seen {
        "it is percent-encoded once less than the URL has it"
    } else if once(ours).replace('+', " ") == once(seen).replace('+', " ") {
        "a `+` stands for a space in one of them"
    } else if once(ours).to_lowercase() == once(seen).to_lowercase() {
        "letters differ in their case"
    } else if ours.contains("/.") || ours.contains("//") && without_dots(ours) >= without_dots(seen) {
        "the client has normalized `.`, `..` or `//` in it"
    } else if ours.trim_end_matches('/') == seen.trim_end_matches('/') {
        "one of them ends with a slash"
    } else if ours.ends_with(seen) || seen.ends_with(ours) {
        "a part at its beginning was put before it or taken away, as proxies and gateways do"
    } else {
        "they are different paths"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_two_paths_differ_is_said() {
        for (ours, seen, how) in [
            ("/a%20b", "/a%2520b", "once more"),
            ("/a%2520b", "/a%20b", "once less"),
            ("/a%2Bb", "/a%20b", "stands for a space"),
            ("/A", "/a", "case"),
            ("/a/../b", "/b", "normalized"),
            ("/a//b", "/a/b", "normalized"),
            ("/a/", "/a", "slash"),
            ("/stage/a", "/a", "gateways"),
            ("/a", "/b", "different"),
        ] {
            assert!(how_paths_differ(ours, seen).contains(how), "{ours} {seen}: {}", how_paths_differ(ours, seen));
        }
    }
}
