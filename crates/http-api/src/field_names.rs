//! What serde says of fields' names, for people.

/// The field that stands twice. Where it is one of the whole request, serde's path does not tell it.
pub fn field_twice(said: &str) -> Option<&str> {
    let (name, _) = said.strip_prefix("duplicate field `")?.split_once('`')?;
    Some(name)
}

/// Of a field that is not known: the one that is meant, most likely, or else the names that there are. serde says them all, of which
/// some stand for what is always refused.
pub fn told_of_unknown(said: &str) -> Option<String> {
    let (unknown, list) = said.strip_prefix("unknown field `")?.rsplit_once("`, expected one of `")?;
    let (list, _) = list.rsplit_once('`')?;
    let names: Vec<&str> = list.split("`, `").filter(|name| !is_of_customer_keys(name)).collect();
    Some(match nearest(unknown, &names) {
        Some(name) => format!("unknown field `{unknown}`: did you mean `{name}`?"),
        None => format!("unknown field `{unknown}`, expected one of `{}`", names.join("`, `")),
    })
}

/// Encryption with customer-provided keys.
fn is_of_customer_keys(name: &str) -> bool {
    name.to_ascii_lowercase().contains("ssecustomer")
}

/// More is no slip of the pen.
const MOST_SLIPS: usize = 2;
const LONGEST_NAME: usize = 50;

fn nearest<'a>(unknown: &str, names: &[&'a str]) -> Option<&'a str> {
    if unknown.len() > LONGEST_NAME {
        return None;
    }
    let unknown = letters(unknown);
    // What goes on where a name ends is another name: `expiresIn` where there is `expires` alone.
    let names = names
        .iter()
        .map(|name| (letters(name), *name))
        .filter(|(name, _)| name == &unknown || !unknown.starts_with(name));
    let slips = names.map(|(letters, name)| (strsim::levenshtein(&unknown, &letters), name));
    let (slips, name) = slips.min_by_key(|(slips, _)| *slips)?;
    (slips <= MOST_SLIPS && slips * 3 <= unknown.len()).then_some(name)
}

/// `expires_in` and `ExpiresIn` are the same but for their writing.
fn letters(name: &str) -> String {
    name.replace(['_', '-'], "").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "expected one of `bucket`, `expiresIn`, `sseCustomerKey`, `copySourceSSECustomerKeyMD5` at line 1 column 9";

    #[test]
    fn the_field_that_is_meant_is_named_and_not_fifty() {
        for unknown in ["expires_in", "ExpiresIn", "expires-in", "expiresin", "exipresIn", "expireIn"] {
            let told = told_of_unknown(&format!("unknown field `{unknown}`, {LIST}")).unwrap();
            assert_eq!(told, format!("unknown field `{unknown}`: did you mean `expiresIn`?"));
        }
        for unknown in ["expiry", "surprise", "", "sseCustomerKey", "`, expected one of `x", &"b".repeat(9_999)] {
            let told = told_of_unknown(&format!("unknown field `{unknown}`, {LIST}")).unwrap();
            assert_eq!(told, format!("unknown field `{unknown}`, expected one of `bucket`, `expiresIn`"));
        }
        let said = "unknown field `expiresIn`, expected one of `bucket`, `expires` at line 1 column 9";
        assert_eq!(told_of_unknown(said).unwrap(), "unknown field `expiresIn`, expected one of `bucket`, `expires`");
        for said in
            ["unknown field `a`, expected `b` or `c`", "missing field `a`", "unknown field `a`, there are no fields"]
        {
            assert_eq!(told_of_unknown(said), None);
        }
    }
}
