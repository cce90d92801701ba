//! What mails, shells, documents and programs do to a URL on its way.

use std::collections::BTreeSet;

use super::headers::NOT_SIGNED;
use super::{HOST_NOT_SIGNED, SIGNATURE, checked};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::text::{list, quotable};
use crate::url::{Damage, SIGNATURE_LENGTH, Signing, SuspectUrl};

/// What S3 may answer to a URL of which a part was changed or lost.
const ANY: &[Symptom] = OF_NAMES.split_at(1).1;

/// The same, where what was changed may be the list of signed headers, which S3 then misses `host` in.
const OF_NAMES: &[Symptom] = &[
    NOT_SIGNED,
    SIGNATURE,
    Symptom::code("AuthorizationQueryParametersError"),
    Symptom::said("AccessDenied", "Access Denied"),
    Symptom::said("AccessDenied", "Invalid date"),
    Symptom::code("InvalidToken"),
    Symptom::code("InvalidAccessKeyId"),
    Symptom::code("InvalidArgument"),
    Symptom::code("InvalidRequest"),
    Symptom::code("InvalidURI"),
    Symptom::code("NoSuchKey"),
    Symptom::code("NoSuchBucket"),
];

/// The same, where what was changed is behind the `?`: S3 looks for bucket and key only once the signature holds, so that the
/// last two are none of them.
const OF_QUERY: &[Symptom] = ANY.split_at(ANY.len() - 2).0;

pub(super) const CHECKS: &[Check] = &[
    checked("line-break", "The URL was broken into lines, or has white space where it was folded.", ANY, line_break),
    checked("html-escaped", "`&` became `&amp;` on its way through HTML.", OF_QUERY, html_escaped),
    checked(
        "json-escaped",
        "`&` became `\\u0026`, or `/` became `\\/`, on its way through JSON.",
        OF_QUERY,
        json_escaped,
    ),
    checked(
        "shell-escaped",
        "A shell put backslashes before `?`, `&` and `=`; or `^` before `&`, or `%` twice, as Windows' wants it.",
        OF_QUERY,
        shell_escaped,
    ),
    checked(
        "format-string",
        "The URL went through a format string, which took its `%` for verbs.",
        OF_QUERY,
        format_string,
    ),
    checked("quoted-printable", "`=` became `=3D` in a mail's source.", OF_QUERY, quoted_printable),
    checked(
        "wrapped-link",
        "The URL is encoded as a whole within another link, such as a mail filter's.",
        OF_QUERY,
        wrapped_link,
    ),
    checked(
        "look-alike-character",
        "A character that only looks like the right one, or like none, is in it.",
        ANY,
        look_alike,
    ),
    checked(
        "trailing-punctuation",
        "A full stop, bracket or quote was taken for a part of it.",
        OF_QUERY,
        trailing_punctuation,
    ),
    checked(
        "signature-altered",
        "The signature is not the 64 hexadecimal digits that it should be; what follows it is named.",
        OF_QUERY,
        signature_altered,
    ),
    checked(
        "added-parameter",
        "A parameter that S3 does not know is in it, as link trackers add them: whatever was not signed breaks the signature.",
        &[SIGNATURE],
        super::added_parameter::run,
    ),
    checked(
        "cut-at-ampersand",
        "Only what is before the first `&` is left: a shell ran the rest as commands.",
        OF_QUERY,
        cut_at_ampersand,
    ),
    checked("truncated", "Its end is missing.", OF_QUERY, truncated),
    checked("double-encoded", "It was percent-encoded twice.", OF_NAMES, double_encoded),
    checked("plus-for-space", "`+` and `%2B`, or `+` and space, were taken for each other.", ANY, plus_for_space),
    checked(
        "signer-encoding",
        "It has characters as they are that Signature Version 4 encodes: its signer may not have signed them so.",
        &[SIGNATURE],
        signer_encoding,
    ),
    checked("letter-case", "It was changed to lower or upper case.", OF_NAMES, letter_case),
    checked("fragment", "A `#` that is not encoded cuts it: clients do not send what is behind.", ANY, fragment),
    checked("space-in-path", "The key has a space that is not encoded as `%20`.", ANY, space_in_path),
    checked("repeated-parameter", "A parameter stands in it twice.", OF_QUERY, repeated_parameter),
    checked("quoted", "It was given with quotes, brackets or words around it, which are no part of it.", ANY, quoted),
];

fn has(case: &Case, damage: Damage) -> bool {
    case.url().damages().contains(&damage)
}

fn line_break(case: &Case) -> Outcome {
    let broken = has(case, Damage::LineBreak).then(|| {
        Finding::certain("the URL is broken into lines, or has spaces where it was folded: what is behind the break is lost or wrong")
            .seen(Source::Url, "white space within the URL")
            .fix("take it as one line; send it as a link or an attachment, not as wrapped text")
    });
    broken.into()
}

fn html_escaped(case: &Case) -> Outcome {
    let escaped = has(case, Damage::HtmlEscape).then(|| {
        Finding::certain("the URL is HTML-escaped: S3 sees parameters named `amp;X-Amz-…`, and misses those it needs")
            .seen(Source::Url, "`&amp;` where `&` should be")
            .fix("replace `&amp;` by `&`; where a template writes the URL as text, unescape it, and escape it only once in an attribute")
    });
    escaped.into()
}

fn json_escaped(case: &Case) -> Outcome {
    let escaped = has(case, Damage::JsonEscape).then(|| {
        Finding::certain("the URL was copied out of JSON as it is written there")
            .seen(Source::Url, "`\\u0026` for `&`, or `\\/` for `/`")
            .fix("read it with a JSON parser")
            .paste("jq -r .url answer.json")
    });
    escaped.into()
}

fn shell_escaped(case: &Case) -> Outcome {
    let escaped = has(case, Damage::ShellEscape).then(|| {
        Finding::certain(
            "the URL has what a shell or a batch file wants before its special characters, and it is within quotes, or was copied from there",
        )
        .seen(Source::Url, "`\\` before `?`, `&` or `=`; `^` before `&`; or `%` doubled")
        .fix("take it out, or the quotes around")
    });
    escaped.into()
}

/// Source: the documentation of Go's package `fmt`, "Format errors".
fn format_string(case: &Case) -> Outcome {
    let formatted = has(case, Damage::FormatString).then(|| {
        Finding::certain(
            "the URL was printed as a format string, and each `%` in it was taken for a verb without a value",
        )
        .seen(Source::Url, "`%!F(MISSING)` or the like, where `%2F` should be")
        .explaining(Some("invalid-uri"))
        .fix("print it with `Print` or `\"%s\"`, and not as the format of `Printf` or of a logger")
    });
    formatted.into()
}

fn quoted_printable(case: &Case) -> Outcome {
    let encoded = has(case, Damage::QuotedPrintable).then(|| {
        Finding::certain("the URL was copied out of a mail's source, which is quoted-printable")
            .seen(Source::Url, "`=3D` for `=`")
            .fix("copy it from the mail as it is shown, or decode the source first")
            .paste("python3 -c 'import quopri,sys; quopri.decode(sys.stdin.buffer, sys.stdout.buffer)' < mail.txt")
    });
    encoded.into()
}

fn wrapped_link(case: &Case) -> Outcome {
    let whole = has(case, Damage::EncodedWhole);
    let rewritten = has(case, Damage::RewrittenLink);
    let wrapped = (whole || rewritten).then(|| {
        let seen = if whole { "it begins with `https%3A%2F%2F`" } else { "another server's link leads to it" };
        Finding::certain("the URL is encoded as a whole within another link, as mail filters, redirects and forms do")
            .seen(Source::Url, seen)
            .fix("use the inner URL, decoded once; exempt S3's hosts from link rewriting, or send the URL another way")
    });
    wrapped.into()
}

fn look_alike(case: &Case) -> Outcome {
    let found = case.url().damages().iter().find_map(|damage| match damage {
        Damage::LookAlike(c) => Some(*c),
        _ => None,
    });
    let found = found.map(|c| {
        Finding::certain("a word processor or a chat replaced or slipped in a character")
            .seen(Source::Url, format!("U+{:04X} where only ASCII can be", u32::from(c)))
            .fix("copy the URL from where it was made; send it as code, without automatic correction")
    });
    found.into()
}

fn trailing_punctuation(case: &Case) -> Outcome {
    let found = case.url().damages().iter().find_map(|damage| match damage {
        Damage::TrailingPunctuation(c) => Some(*c),
        _ => None,
    });
    let found = found.map(|c| {
        Finding::certain("the punctuation of the sentence around it was taken for a part of the URL")
            .seen(Source::Url, format!("it ends with `{c}`"))
            .fix("leave it out; put URLs between `<` and `>` in running text")
    });
    found.into()
}

fn signature_altered(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    let Some(signature) = case.url().query().find("X-Amz-Signature").filter(|signature| !signature.is_empty()) else {
        return Outcome::NotApplicable;
    };
    // Another algorithm's signature has no length of its own.
    if v4.algorithm.as_deref() != Some("AWS4-HMAC-SHA256") {
        return Outcome::NotApplicable;
    }
    if signature.is_masked() {
        return Finding::hint(
            "the signature is masked, as logs and careful people do: whether it is right is not told here",
        )
        .seen(Source::Url, "other characters stand in the signature's place")
        .fix("if this is what the client sends, take the URL as the signer made it")
        .into();
    }
    let seen = match (signature.behind_signature(), signature.hexadecimal_length()) {
        (None, Some(_)) => return Outcome::Fine,
        (Some(c), _) if c.is_ascii_graphic() => format!("`{c}` follows the 64 digits of the signature"),
        (Some(c), _) => format!("U+{:04X} follows the 64 digits of the signature", u32::from(c)),
        (None, None) => "the signature has characters that are no hexadecimal digits".to_owned(),
    };
    Finding::certain("the signature is not the one that was made: something was added to it, or put into it")
        .seen(Source::Url, seen)
        .fix("take the URL as the signer made it: without what follows it in a text or a file, and with nothing appended")
        .into()
}

fn cut_at_ampersand(case: &Case) -> Outcome {
    let Signing::V4(v4) = case.url().signing() else { return Outcome::Fine };
    let cut = case.url().query().pairs().len() == 1 && v4.missing.len() >= 4;
    let cut = cut.then(|| {
        Finding::certain(
            "only the first parameter is left: the URL was given to a shell without quotes, which took `&` for its own",
        )
        .seen(Source::Url, format!("missing: {}", list(&v4.missing)))
        .fix("put the URL in single quotes")
        .paste("curl -sS 'https://…'")
    });
    cut.into()
}

fn truncated(case: &Case) -> Outcome {
    let url = case.url();
    let Signing::V4(v4) = url.signing() else { return Outcome::Fine };
    if url.query().pairs().len() == 1 && v4.missing.len() >= 4 {
        return Outcome::NotApplicable;
    }
    let signature = url.query().find("X-Amz-Signature");
    let short = signature
        .filter(|s| !s.is_empty())
        .and_then(crate::url::Pair::hexadecimal_length)
        .filter(|length| *length < SIGNATURE_LENGTH);
    let last_is_cut = url.query().pairs().last().is_some_and(|pair| pair.ends_in_half_an_escape() || pair.is_empty());
    let seen = if has(case, Damage::Ellipsis) {
        "it ends with dots".to_owned()
    } else if let Some(length) = short {
        format!("the signature has {length} characters, and should have 64")
    } else if v4.missing.contains(&"X-Amz-Signature") && (last_is_cut || v4.missing.len() < 6) {
        format!("it ends before {}", list(&v4.missing))
    } else {
        return Outcome::Fine;
    };
    Finding::certain(
        "the URL's end was cut off, as mail clients, spreadsheets, log lines and columns of limited width do",
    )
    .seen(Source::Url, seen)
    .fix("take the whole URL from where it was made; with a session token it has well over 1,000 characters")
    .into()
}

fn double_encoded(case: &Case) -> Outcome {
    let url = case.url();
    let mut names = url.v4().map(|v4| v4.doubly_encoded.clone()).unwrap_or_default();
    // Under Signature Version 2 it is base64, which has no percent sign.
    if matches!(url.signing(), Signing::V2(_))
        && url.query().find("Signature").is_some_and(|it| it.value_contains("%25"))
    {
        names.push("Signature");
    }
    let path_twice = has_double_escape(url.path());
    if names.is_empty() && !path_twice {
        return Outcome::Fine;
    }
    let finding = if names.is_empty() {
        // A key may have a percent sign; but then S3 would not answer this.
        let blamed = case.said("SignatureDoesNotMatch", "") || case.said("NoSuchKey", "");
        let reason = "the key is percent-encoded twice, unless it really has `%` and two digits in its name";
        let finding = if blamed { Finding::likely(reason) } else { Finding::possible(reason) };
        finding.seen(Source::Url, "the path has `%25` before two hexadecimal digits")
    } else {
        Finding::certain("the URL's parameters are percent-encoded twice, and S3 decodes them once")
            .seen(Source::Url, format!("{} with `%25`", list(&names)))
            .explaining(names.contains(&SIGNED_HEADERS).then_some(HOST_NOT_SIGNED))
    };
    finding
        .fix("give the HTTP client the URL as it is, in the form that does not encode again; or decode it once before")
        .into()
}

/// `%25` followed by what an encoded character looks like.
fn has_double_escape(text: &str) -> bool {
    text.match_indices("%25").any(|(at, _)| {
        let digits = text.get(at + 3..at + 5).unwrap_or_default();
        digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn plus_for_space(case: &Case) -> Outcome {
    let url = case.url();
    let token = url.query().find("X-Amz-Security-Token");
    let token_broken = token.is_some_and(|token| token.value_contains("+") || token.value_contains("%20"));
    if token_broken {
        return Finding::certain(
            "the session token has a `+` that is not encoded: S3 takes it for a space, and the token is another one",
        )
        .seen(Source::Url, "`+` or a space in `X-Amz-Security-Token`, where `%2B` should be")
        .fix("do not decode the URL before it is used; encode `+` as `%2B`")
        .into();
    }
    let in_values = url.query().pairs().iter().filter(|pair| pair.value_contains("+"));
    let names: Vec<String> = in_values.map(crate::url::Pair::decoded_name).collect();
    let blamed = case.said("SignatureDoesNotMatch", "") || case.said("NoSuchKey", "");
    let as_sure_as_s3 = |reason: &str| if blamed { Finding::likely(reason) } else { Finding::possible(reason) };
    if !names.is_empty() {
        return as_sure_as_s3(
            "a parameter has `+` for a space, as forms write it: Signature Version 4 knows only `%20`",
        )
        .seen(Source::Url, format!("`+` in {}", list(&names)))
        .fix("encode a space as `%20` and a plus sign as `%2B`, when signing too")
        .into();
    }
    if url.path().contains('+') {
        return as_sure_as_s3("the key has `+` in the path: a signer encodes it as `%2B`, and a space as `%20`")
            .seen(Source::Url, "`+` in the path")
            .fix("encode keys as paths, not as forms: a space is `%20`, a plus sign `%2B`")
            .into();
    }
    Outcome::Fine
}

/// S3 encodes every character but letters, digits and `-._~` before it hashes, whatever the URL has.
///
/// Source: Amazon S3 API reference, "Signature Calculations for the Authorization Header", on `UriEncode`.
pub(super) fn signer_encoding(case: &Case) -> Outcome {
    // Where S3 saw something else than the URL, that explains it.
    let changed = case.differences().is_some_and(|differences| !differences.is_empty());
    if case.url().v4().is_none() || changed || !case.said("SignatureDoesNotMatch", "") {
        return Outcome::NotApplicable;
    }
    let bare = |text: &str| {
        // More than one stands for what is not to be seen.
        let hidden = text.contains("**");
        let found: BTreeSet<char> = text.chars().filter(|c| ENCODED.contains(*c) && !(hidden && *c == '*')).collect();
        found.into_iter().map(String::from).collect::<Vec<_>>()
    };
    let in_path = Some(bare(case.url().path())).filter(|found| !found.is_empty());
    let mut seen: Vec<String> = in_path.map(|found| format!("{} in the path", list(&found))).into_iter().collect();
    for pair in case.url().query().pairs() {
        let found = pair.raw_value().map(bare).unwrap_or_default();
        if !found.is_empty() {
            let name = Some(pair.decoded_name()).filter(|name| super::added_parameter::may_be_shown(name));
            let named = name.map(|name| format!(" of `{}`", quotable(&name))).unwrap_or_default();
            seen.push(format!("{} in a parameter's value{named}", list(&found)));
        }
    }
    if seen.is_empty() {
        return Outcome::Fine;
    }
    let reason = "the URL has characters that are not encoded, and S3 encodes them before it compares: a signer that does not, signs something else";
    seen.into_iter()
        .fold(Finding::likely(reason), |finding, text| finding.seen(Source::Url, text))
        .fix("let an SDK sign; or let the signer encode every character but `A-Z a-z 0-9 - . _ ~` in its canonical request, and of the path `/` neither")
        .rules_out(&["permissions and policies: S3 looks at the signature first"])
        .into()
}

/// What a URL may have as it is, and a canonical request never has. `+` is another check's, and a bare `/` in the credential is
/// what many signers write and S3 reads.
const ENCODED: &str = "!$'()*,:;=@";

fn letter_case(case: &Case) -> Outcome {
    let url = case.url();
    // Under Signature Version 2 the token's name is in lower case, as SDKs write it.
    if url.v4().is_none() {
        return Outcome::NotApplicable;
    }
    let misspelt = url.query().pairs().iter().map(crate::url::Pair::decoded_name).filter(|name| {
        let lower = name.to_ascii_lowercase();
        PARAMETERS.iter().any(|right| right.eq_ignore_ascii_case(&lower) && right != name)
    });
    let misspelt: Vec<String> = misspelt.collect();
    let signature = url.query().find("X-Amz-Signature");
    let upper = signature.is_some_and(|s| s.hexadecimal_length() == Some(64) && s.has_upper_case());
    let key_lowered = url
        .access_key_id()
        .is_some_and(|id| id.len() >= 16 && id.starts_with('a') && !id.bytes().any(|b| b.is_ascii_uppercase()));
    if misspelt.is_empty() && !upper && !key_lowered {
        return Outcome::Fine;
    }
    let seen = if !misspelt.is_empty() {
        format!("{}: the names have capitals of their own", list(&misspelt))
    } else if upper {
        "the signature is in upper case".to_owned()
    } else {
        "the access key id is in lower case".to_owned()
    };
    let of_headers = misspelt.iter().any(|name| name.eq_ignore_ascii_case(SIGNED_HEADERS));
    Finding::certain("the URL's letters were changed to one case, and S3 tells cases apart")
        .seen(Source::Url, seen)
        .explaining(of_headers.then_some(HOST_NOT_SIGNED))
        .fix("keep the URL as it was made: no `lower()`, no search index, no normalizing database column")
        .into()
}

const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";

const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    SIGNED_HEADERS,
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

fn fragment(case: &Case) -> Outcome {
    let url: &SuspectUrl = case.url();
    let cut = url.has_fragment().then(|| {
        let unsigned = matches!(url.signing(), Signing::None);
        let reason = "a `#` in the URL is not encoded: clients keep what is behind it to themselves";
        let finding = if unsigned { Finding::certain(reason) } else { Finding::possible(reason) };
        finding.seen(Source::Url, "`#` in the URL").fix("encode `#` in keys and values as `%23`")
    });
    cut.into()
}

fn space_in_path(case: &Case) -> Outcome {
    let spaced = has(case, Damage::SpaceInPath).then(|| {
        Finding::likely("the path has a space: clients refuse it, cut the URL there, or encode it in their own way")
            .seen(Source::Url, "a space in the path")
            .fix("encode a space in a key as `%20`")
    });
    spaced.into()
}

fn repeated_parameter(case: &Case) -> Outcome {
    let repeated = case.url().query().repeated();
    let amz = repeated.iter().any(|name| name.to_ascii_lowercase().starts_with("x-amz-"));
    let repeated = (!repeated.is_empty()).then(|| {
        let reason = "a parameter stands in the URL twice: it was signed twice, or something was added to a signed URL";
        let finding = if amz { Finding::certain(reason) } else { Finding::possible(reason) };
        finding
            .seen(Source::Url, list(&repeated))
            .fix("sign the request once, with all of its parameters; add none afterwards")
    });
    repeated.into()
}

fn quoted(case: &Case) -> Outcome {
    let around = has(case, Damage::Quotes) || has(case, Damage::TextAround);
    let around = around.then(|| {
        Finding::possible("the URL was given with quotes, brackets or words around it; it was read without them")
            .seen(Source::Url, "characters before or behind the URL")
            .fix("if the client was given them too, leave them out")
    });
    around.into()
}
