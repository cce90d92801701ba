//! What no answer may say.

/// No problem that is told quotes the signature of a URL that was sent, in whichever place.
pub fn check_problem(asked: &str, problem: &str) {
    // What stands without its name as well cannot be told from any other text.
    let named = signatures(asked)
        .filter(|signature| asked.matches(signature).count() == asked.matches(&format!("{NAME}{signature}")).count());
    check_unsaid(named, problem);
}

/// An answer that is about a URL has its signature in no place.
pub fn check_diagnosis(asked: &str, body: &str) {
    check_unsaid(signatures(asked), body);
}

/// What stands before a signature in a URL.
pub const NAME: &str = "X-Amz-Signature=";

/// Those that are whole: of less, what looks like one may be anything.
fn signatures(asked: &str) -> impl Iterator<Item = &str> {
    let values = asked.split(NAME).skip(1).filter_map(|rest| rest.get(..64));
    values.filter(|value| value.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn check_unsaid<'a>(mut signatures: impl Iterator<Item = &'a str>, body: &str) {
    assert!(!signatures.any(|signature| body.contains(signature)), "a signature is in the answer");
}
