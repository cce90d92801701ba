//! What holds of whatever is signed.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::service::{HOST, PREFIX};

/// A URL for this object, and for nothing else, in plain ASCII.
pub fn check_url<N: AsRef<str>>(url: &str, key: &str, headers: &[(N, String)]) {
    assert!(key.starts_with(PREFIX), "`{key}` is not served");
    assert!(
        url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte)),
        "not a URL's characters"
    );
    let path = url.strip_prefix(HOST).expect("it is at the bucket's address");
    assert!(!path.contains('#'), "a fragment");
    let (path, query) = path.split_once('?').expect("it is signed");
    let decoded = percent_decode_str(path).decode_utf8().expect("UTF-8");
    assert_eq!(decoded, key, "it is for another object");
    let mut names = BTreeSet::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').expect("a name and a value");
        assert!(names.insert(name), "`{name}` stands there twice");
        if name == "X-Amz-SignedHeaders" {
            let signed = percent_decode_str(value).decode_utf8().expect("UTF-8");
            let signed: Vec<&str> = signed.split(';').collect();
            assert!(headers.iter().all(|(name, _)| signed.contains(&name.as_ref())), "a header is not signed");
            assert_eq!(signed.len(), headers.len() + 1, "another header than these and Host is signed");
        }
    }
    for (name, value) in headers {
        check_header(name.as_ref(), value);
    }
}

/// One header and no more, that each client sends in the same way.
pub fn check_header(name: &str, value: &str) {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(token), "`{name}` is no name of a header");
    assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "`{name}` can be read as more than one header");
    assert_eq!(value.trim(), value, "`{name}` is not sent as it is signed");
}

/// A command line that a POSIX shell reads no meaning into: all but words of ours is in single quotes.
pub fn check_command_line(line: &str) {
    let mut rest = line;
    while let Some((plain, quoted)) = rest.split_once('\'') {
        // Outside of quotes a quotation mark itself is written `\'`.
        let words = plain.strip_suffix('\\').unwrap_or(plain);
        assert!(words.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -=@._".contains(&byte)), "{plain}");
        rest = if words.len() == plain.len() {
            quoted.split_once('\'').expect("each quotation is closed").1
        } else {
            quoted
        };
    }
    assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -".contains(&byte)), "{rest}");
    assert!(!line.chars().any(char::is_control), "a line end");
}
