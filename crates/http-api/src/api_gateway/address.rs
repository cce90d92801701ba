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
    text.extend(utf8_percent_encode(path, set));
    if !query.is_empty() {
        text.push('?');
        text.extend(utf8_percent_encode(query, NEVER_IN_A_QUERY));
    }
    let good = text.starts_with('/') && text.len() <= LONGEST;
    good.then(|| PathAndQuery::try_from(text).ok()).flatten().map(Uri::from).unwrap_or_default()
}

fn without_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    path.strip_prefix('/')?.strip_prefix(stage).filter(|path| path.starts_with('/'))
}

/// The most bytes that `http` takes. API Gateway takes 10,240 of a request's line and headers, of which each may have become three.
/// Source: Amazon API Gateway developer guide, "Quotas".
const LONGEST: usize = 65_534;

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
    fn what_can_be_no_address_is_where_nothing_is() {
        // Each of the letter's two bytes becomes three.
        let [path, query] = [format!("/{}", "é".repeat(5_000)), "é".repeat(5_922)];
        for paths in [Paths::Decoded, Paths::AsTheyCame] {
            for path in ["", "?", "@x:99999/", "x", "https://other/", &format!("/{query}{query}")] {
                assert_eq!(address(path, "", None, paths), "/", "{path:.9}");
            }
            let longest = address(&path, &query, None, paths);
            assert_eq!((longest.path().len(), longest.query().map(str::len)), (30_001, Some(35_532)));
            assert_eq!(address(&path, &format!("{query}aa"), None, paths), "/");
            assert_eq!(address("/urls", "a=<b>&c=\" \"\n#", None, paths), "/urls?a=%3Cb%3E&c=%22%20%22%0A%23");
        }
    }
}
