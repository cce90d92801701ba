use std::collections::BTreeMap;
use std::fmt;

use percent_encoding::percent_decode_str;
use presign::credentials::Secret;
use presign::sigv4::encode;

use crate::guarded::stands_for_a_guarded_header;

/// A query string, pair by pair, as it stands in the URL.
#[derive(Debug, Clone)]
pub struct Query {
    text: Secret,
    pairs: Vec<Pair>,
}

/// One `name=value`, not decoded.
#[derive(Clone)]
pub struct Pair {
    name: String,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Plain(String),
    Secret(Secret),
}

/// Whether what stands in a pair, in lower case, makes its value secret, in its name or in itself.
pub(crate) fn is_secret(pair: &str) -> bool {
    ["signature", "token", "secret"].iter().any(|marker| pair.contains(marker))
}

/// Whether a value, not decoded, is what people and logs put in a secret's place.
pub(crate) fn is_masked(value: &str) -> bool {
    const WORDS: [&str; 6] = ["hidden", "masked", "redacted", "removed", "secret", "signature"];
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    let letters: String = decoded.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    decoded.len() >= 3 && letters.chars().all(|c| c == 'x') || WORDS.contains(&letters.as_str())
}

/// The hexadecimal digits of a signature of Signature Version 4.
pub(crate) const SIGNATURE_LENGTH: usize = 64;

impl Query {
    /// Pairs that are read. S3 takes no request line that has room for so many.
    const MOST: usize = 1000;

    pub(crate) fn new(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(Self::MOST).map(Pair::new).collect();
        Self { text: Secret::new(text), pairs }
    }

    #[must_use]
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Whether it has a signature, of S3's or of CloudFront's.
    pub(crate) fn is_signed(&self) -> bool {
        self.pairs.iter().any(|pair| {
            let name = pair.decoded_name().to_ascii_lowercase();
            name.starts_with("x-amz-") || name == "signature"
        })
    }

    /// The first pair of this name, whatever its letters' case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Pair> {
        let exactly = self.pairs.iter().find(|pair| pair.decoded_name() == name);
        exactly.or_else(|| self.pairs.iter().find(|pair| pair.decoded_name().eq_ignore_ascii_case(name)))
    }

    /// The decoded value of a parameter that is not secret.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.find(name).and_then(Pair::decoded_value)
    }

    /// Names that stand more than once.
    #[must_use]
    pub fn repeated(&self) -> Vec<String> {
        let mut repeated: Vec<String> = Vec::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            let name = pair.decoded_name();
            let earlier = self.pairs.iter().take(at).any(|other| other.decoded_name() == name);
            if earlier && !repeated.contains(&name) {
                repeated.push(name);
            }
        }
        repeated
    }

    /// The text without these parameters, to the byte: to be compared only.
    pub(super) fn without(&self, names: &[&str]) -> String {
        let others = self.text.expose().split('&').filter(|pair| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            !names.contains(&percent_decode_str(name).decode_utf8_lossy().as_ref())
        });
        others.collect::<Vec<_>>().join("&")
    }

    /// The value of one parameter as it is signed: to be compared only.
    pub(crate) fn canonical_of(&self, name: &str) -> Option<String> {
        self.find(name).map(|pair| encoded(&decoded_bytes(pair.exposed())))
    }

    /// The same of all parameters, by their names as they are signed; those of one name in order.
    pub(crate) fn by_canonical_name(&self) -> BTreeMap<String, Vec<String>> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in &self.pairs {
            values
                .entry(encoded(&decoded_bytes(&pair.name)))
                .or_default()
                .push(encoded(&decoded_bytes(pair.exposed())));
        }
        for of_name in values.values_mut() {
            of_name.sort();
        }
        values
    }

    /// As Signature Version 4 signs it, secrets written out: to be hashed and compared only. S3 takes `+` in a query for a
    /// space.
    pub(crate) fn canonical(&self) -> String {
        let mut pairs: Vec<(String, String)> = self
            .pairs
            .iter()
            .filter(|pair| pair.decoded_name() != "X-Amz-Signature")
            .map(|pair| (encoded(&decoded_bytes(&pair.name)), encoded(&decoded_bytes(pair.exposed()))))
            .collect();
        pairs.sort();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

impl Pair {
    fn new(text: &str) -> Self {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let known_by = format!("{name}={value}").to_ascii_lowercase();
        let decoded = percent_decode_str(&known_by).decode_utf8_lossy().into_owned();
        let names_headers = decoded.starts_with("x-amz-signedheaders=") && decoded.matches('=').count() == 1;
        let marked = is_secret(&known_by) || is_secret(&decoded);
        let decoded_name = percent_decode_str(name).decode_utf8_lossy();
        // Azure's signature has a name that is too short to be looked for anywhere.
        let marked = marked || decoded_name.eq_ignore_ascii_case("sig");
        let secret = marked && !names_headers || stands_for_a_guarded_header(&decoded_name);
        let value = if secret { Value::Secret(Secret::new(value)) } else { Value::Plain(value.to_owned()) };
        Self { name: name.to_owned(), value }
    }

    #[must_use]
    pub fn decoded_name(&self) -> String {
        percent_decode_str(&self.name).decode_utf8_lossy().into_owned()
    }

    /// The value as it stands in the URL, unless it is secret.
    pub(crate) fn raw_value(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(value) => Some(value),
            Value::Secret(_) => None,
        }
    }

    /// The value as it is meant, unless it is secret.
    #[must_use]
    pub fn decoded_value(&self) -> Option<String> {
        self.raw_value().map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exposed().is_empty()
    }

    /// A value that is secret: to be remembered by what keeps it from being printed.
    pub(crate) fn secret(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(_) => None,
            Value::Secret(value) => Some(value.expose()),
        }
    }

    /// Whether the value, secret or not, has this in it.
    #[must_use]
    pub fn value_contains(&self, part: &str) -> bool {
        self.exposed().contains(part)
    }

    /// Whether something stands in its value's place, to keep it from being seen.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        is_masked(self.exposed())
    }

    /// The length of a signature, if it is nothing but hexadecimal digits.
    #[must_use]
    pub fn hexadecimal_length(&self) -> Option<usize> {
        let value = self.exposed();
        value.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(value.len())
    }

    /// What follows a signature of Signature Version 4 in its own value: its first character.
    #[must_use]
    pub fn behind_signature(&self) -> Option<char> {
        let decoded = percent_decode_str(self.exposed()).decode_utf8_lossy();
        let (signature, behind) = decoded.split_at_checked(SIGNATURE_LENGTH)?;
        behind.chars().next().filter(|_| signature.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    #[must_use]
    pub fn has_upper_case(&self) -> bool {
        self.exposed().bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// Whether the value breaks off within an encoded character.
    #[must_use]
    pub fn ends_in_half_an_escape(&self) -> bool {
        let value = self.exposed();
        value.ends_with('%') || value.get(value.len().saturating_sub(2)..).is_some_and(|end| end.starts_with('%'))
    }

    /// The value as it is meant, secret or not: to be read, and not to be given out as a whole.
    pub(super) fn decoded(&self) -> String {
        percent_decode_str(self.exposed()).decode_utf8_lossy().into_owned()
    }

    fn exposed(&self) -> &str {
        match &self.value {
            Value::Plain(value) => value,
            Value::Secret(value) => value.expose(),
        }
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Plain(_) => write!(f, "{}=…", self.name.chars().take(40).collect::<String>()),
            Value::Secret(_) => f.write_str("a secret"),
        }
    }
}

fn decoded_bytes(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    encode::push_component_bytes(&mut out, bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_query_is_decoded_once_encoded_again_sorted_and_without_the_signature() {
        let query = Query::new("b=1%2f2&a=x+y&X-Amz-Signature=abc&c&X-Amz-Security-Token=t%2Bk");
        assert_eq!(query.canonical(), "X-Amz-Security-Token=t%2Bk&a=x%20y&b=1%2F2&c=");
    }

    #[test]
    fn what_stands_for_a_secret_is_told_from_a_damaged_one() {
        for masked in ["***", "...", "…", "xxxx", "REDACTED", "<redacted>", "%2A%2A%2A", "[signature]"] {
            assert!(is_masked(masked), "{masked}");
        }
        for value in ["", ".", "abc", "0123*", "ab...", "host..."] {
            assert!(!is_masked(value), "{value}");
        }
    }

    #[test]
    fn a_secret_is_not_given_out_wherever_it_stands() {
        let query = Query::new(
            "X-Amz-Date=1%26X-Amz-Signature%3Dabcdef&x%2Damz-signature=abcdef&Signature=abcdef\
             &x-amz-server-side-encryption-customer-key=abcdef",
        );
        assert!(query.pairs().iter().all(|pair| pair.raw_value().is_none()), "{query:?}");
        assert!(!format!("{query:?}").contains("abcdef"), "{query:?}");
    }
}
