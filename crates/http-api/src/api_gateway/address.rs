use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// How a gateway hands over what stands behind the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// HTTP APIs do.
    Decoded,
    /// REST APIs, and function URLs, which have the events of HTTP APIs otherwise.
    AsTheyCame,
}

/// The address as the client has asked for it: without the stage that the gateway may have put before it, with its dot segments, and
/// percent-encoded. What can be none has the path `/`, where nothing is.
pub fn address(path: &str, query: &str, stage: Option<&str>, paths: Paths) -> Uri {
    let path = stage.and_then(|stage| without_stage(path, stage)).unwrap_or(path);
    let set = match paths {
        Paths::Decoded => ENCODED_BY_CLIENTS,
        Paths::AsTheyCame => NEVER_IN_A_PATH,
    };
    let mut text = String::with_capacity(path.len() + query.len() + 1);
    if path.starts_with('/') && path.len() <= LONGEST && query.len() <= LONGEST {
        text.extend(utf8_percent_encode(path, set));
    } else {
        text.push('/');
    }
    if !query.is_empty() && query.len() <= LONGEST {
        text.push('?');
        text.extend(utf8_percent_encode(query, NEVER_IN_A_QUERY));
    }
    PathAndQuery::try_from(text).map(Uri::from).unwrap_or_default()
}

fn without_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    path.strip_prefix('/')?.strip_prefix(stage).filter(|path| path.starts_with('/'))
}

/// The most bytes of a path, and of a query. API Gateway takes 10,240 in all of a request's line and headers; `http` takes 65,534
/// of an address, in which each byte may have become three.
/// Source: Amazon API Gateway developer guide, "Quotas".
const LONGEST: usize = 10 * 1024;

/// All that a path may have encoded.
const ENCODED_BY_CLIENTS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What no path has, and so a gateway must have made of what the client sent.
const NEVER_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What a client has sent as it is although it must not, and a gateway has handed on.
const NEVER_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_is_no_part_of_the_path() {
        for (stage, path, seen) in [
            ("$default", "/urls", "/urls"),
            ("v1", "/v1/urls", "/urls"),
            ("v1", "/urls", "/urls"),
            ("v1", "/v1urls", "/v1urls"),
            ("urls", "/urls/urls", "/urls"),
        ] {
            assert_eq!(address(path, "", Some(stage), Paths::Decoded), seen, "{stage} {path}");
        }
    }

    #[test]
    fn what_the_gateway_decoded_is_encoded_again() {
        for (path, decoded, as_it_came) in [
            ("/a b/../é#?", "/a%20b/../%C3%A9%23%3F", "/a%20b/../%C3%A9%23%3F"),
            ("/a%2Fb+c", "/a%252Fb%2Bc", "/a%2Fb+c"),
            ("//", "//", "//"),
            ("/\\\u{0}\u{7f}", "/%5C%00%7F", "/%5C%00%7F"),
        ] {
            assert_eq!(address(path, "", None, Paths::Decoded), decoded);
            assert_eq!(address(path, "", None, Paths::AsTheyCame), as_it_came);
        }
    }

    #[test]
    fn no_path_and_no_query_is_none() {
        let (longest, longer) = ("é".repeat(LONGEST / 2), "é".repeat(LONGEST / 2 + 1));
        for paths in [Paths::Decoded, Paths::AsTheyCame] {
            for path in ["", "@x:99999/", "x", "https://other/", &format!("/{longest}")] {
                assert_eq!(address(path, "", None, paths), "/", "{path:.9}");
            }
            let slash = format!("/{}", "é".repeat(LONGEST / 2 - 1));
            let address_of_longest = address(&slash, &longest, None, paths);
            assert_eq!(address_of_longest.path().len(), 1 + 3 * (LONGEST - 2));
            assert_eq!(address_of_longest.query().map(str::len), Some(3 * LONGEST));
            assert_eq!(address("/urls", &longer, None, paths), "/");
            assert_eq!(address("/urls", "a=<b>&c=\" \"\n#", None, paths), "/urls?a=%3Cb%3E&c=%22%20%22%0A%23");
        }
    }
}
