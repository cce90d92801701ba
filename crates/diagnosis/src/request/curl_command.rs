use super::{Recording, RequestError, SentRequest};

/// Letters of options that are followed by a value, at once or as the next word.
const WITH_VALUE: &str = "AbCcDdEeFHKmoPQrTtUuwXxYyz";

/// Long options that are followed by what is no URL, though it may look like one.
const LONG_WITH_VALUE: [&str; 11] = [
    "--connect-timeout",
    "--connect-to",
    "--cookie",
    "--cookie-jar",
    "--max-time",
    "--output",
    "--preproxy",
    "--proxy",
    "--referer",
    "--user-agent",
    "--write-out",
];

/// Reads `curl 'URL' -X METHOD -H 'NAME: VALUE' …`, as browsers copy a request.
pub(super) fn read(text: &str) -> Result<Recording, RequestError> {
    // Windows' shell has a caret before whatever it would take for its own, the quotes too.
    let unescaped = text.contains(" ^\"").then(|| without_carets(text));
    let (words, behind) = words(unescaped.as_deref().unwrap_or(text));
    let mut words = words.into_iter().skip(1);
    let (mut method, mut target, mut headers) = (None, None, Vec::new());
    let mut implied = "GET";
    let mut of_data = None;
    let mut in_query = false;
    while let Some(word) = words.next() {
        let (flags, option, mut value) = parted(&word);
        if flags.contains('I') {
            implied = "HEAD";
        }
        in_query |= flags.contains('G');
        let mut value = || value.take().map(str::to_owned).or_else(|| words.next());
        match option {
            "-X" | "--request" => method = value(),
            "-H" | "--header" => headers
                .extend(value().and_then(|header| {
                    header.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()))
                })),
            "--head" => implied = "HEAD",
            "--get" => in_query = true,
            "-T" | "--upload-file" => {
                implied = "PUT";
                value();
            }
            "-F" | "--form" => {
                implied = "POST";
                headers.push(("content-type".to_owned(), "multipart/form-data".to_owned()));
                value();
            }
            "-u" | "--user" => {
                // Its value is a secret, and tells nothing.
                value();
                headers.push(("authorization".to_owned(), "Basic".to_owned()));
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--data-raw" | "--data-urlencode" => {
                implied = "POST";
                of_data = of_data.or(Some("application/x-www-form-urlencoded"));
                value();
            }
            "--json" => {
                implied = "POST";
                of_data = Some("application/json");
                value();
            }
            option if LONG_WITH_VALUE.contains(&option) || option == OTHER => {
                value();
            }
            url if url.contains("://") && !url.starts_with('-') && target.is_none() => target = Some(word),
            _ => {}
        }
    }
    let target = target.ok_or(RequestError::NoRequest)?;
    if in_query {
        (implied, of_data) = ("GET", None);
    }
    let has =
        |headers: &[(String, String)], name: &str| headers.iter().any(|it| it.0.trim().eq_ignore_ascii_case(name));
    if let Some(content_type) = of_data.filter(|_| !has(&headers, "content-type")) {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    // `-H 'NAME:'` takes a header away.
    headers.retain(|(_, value)| !value.trim().is_empty());
    // Name and password before the host are sent as a header.
    if target.split(['/', '?', '#']).nth(2).is_some_and(|authority| authority.contains('@')) {
        headers.push(("authorization".to_owned(), "Basic".to_owned()));
    }
    let request = SentRequest::new(method.as_deref().unwrap_or(implied), &target, headers);
    let answer = super::transcript::answer(&behind);
    let printed = Some(behind).filter(|_| answer.is_none());
    Ok(Recording { request, answer, redirects: 0, blocked: None, printed })
}

/// A word's flags, its option that takes a value, and the value if it is in the same word: `-sXPUT`. A long option, or what is
/// none, is whole.
fn parted(word: &str) -> (&str, &str, Option<&str>) {
    let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.starts_with('-')) else {
        return ("", word, None);
    };
    let Some(at) = letters.find(|c| WITH_VALUE.contains(c)) else { return (letters, "", None) };
    let (flags, rest) = letters.split_at_checked(at).unwrap_or((letters, ""));
    let (letter, value) = rest.split_at_checked(1).unwrap_or((rest, ""));
    let option = LETTERS.iter().find(|option| option.ends_with(letter)).copied().unwrap_or(OTHER);
    (flags, option, Some(value).filter(|value| !value.is_empty()))
}

/// Letters' options that tell something.
const LETTERS: [&str; 6] = ["-X", "-H", "-T", "-F", "-u", "-d"];

/// And one for all that are passed over with their values.
const OTHER: &str = "-o";

/// As Windows' shell reads it: a caret is taken away, and what follows it is kept, but for the end of a line.
fn without_carets(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str()) {
            ('^', rest) if rest.starts_with(['\r', '\n']) => {
                chars = rest.strip_prefix('\r').unwrap_or(rest).strip_prefix('\n').unwrap_or_default().chars();
                plain.push(' ');
            }
            ('^', _) => plain.extend(chars.next()),
            (c, _) => plain.push(c),
        }
    }
    plain
}

/// A command's words, by the quotes of a POSIX shell, and what stands behind its end. Of `$'…'` the escapes are left as they are.
fn words(text: &str) -> (Vec<String>, String) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => match chars.next() {
                Some('\n') | None => {}
                Some('\r') => {
                    chars.next();
                }
                Some(c) => word.get_or_insert_default().push(c),
            },
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            // Whoever breaks a command before an option means it to go on.
            (None, '\n') if !chars.as_str().trim_start().starts_with('-') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (words, chars.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_a_browser_copies_as_curl_is_read() {
        let command = "curl 'https://b.s3.amazonaws.com/k?X-Amz-Date=1' \\\n  -X 'PUT' \\\n  -H 'Authorization: Bearer abc' \\\n  \
                       -H \"Content-Type: image/png\" \\\n  -e https://app.example.com/ --data-raw $'x\\'y'";
        let request = read(command).unwrap().request;
        assert_eq!((request.method(), request.path()), ("PUT", "/k"));
        assert_eq!(request.header("host").unwrap().shown(), "b.s3.amazonaws.com");
        assert_eq!(request.header("content-type").unwrap().shown(), "image/png");
        assert!(request.header("authorization").unwrap().is_secret());
        for (options, method) in [("", "GET"), ("-I", "HEAD"), ("-T f", "PUT"), ("--data-raw x", "POST")] {
            let read = read(&format!("curl {options} 'https://b.s3.amazonaws.com/k'")).unwrap();
            assert_eq!(read.request.method(), method, "{options}");
        }
        for (options, method, content_type) in [
            ("-XPUT --data-binary @f", "PUT", Some("application/x-www-form-urlencoded")),
            ("-sSX PUT", "PUT", None),
            ("-sXPUT -T f -HContent-Type:text/plain", "PUT", Some("text/plain")),
            ("-G -d a=b", "GET", None),
            ("-d a=b -H 'Content-Type:'", "POST", None),
            ("--json '{}'", "POST", Some("application/json")),
            ("--user-agent 'Mozilla/5.0 (+http://example.com)' -sSI", "HEAD", None),
            ("-xhttp://proxy.example.com", "GET", None),
        ] {
            let request = read(&format!("curl {options} 'https://b.s3.amazonaws.com/k'")).unwrap().request;
            assert_eq!(request.header("host").unwrap().shown(), "b.s3.amazonaws.com", "{options}");
            let sent = request.header("content-type").map(|it| it.shown().to_owned());
            assert_eq!((request.method(), sent.as_deref()), (method, content_type), "{options}");
        }
        assert_eq!(read("curl -v").unwrap_err(), RequestError::NoRequest);
    }
}
