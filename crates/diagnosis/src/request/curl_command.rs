use super::{Recording, RequestError, SentRequest};

/// Options that are followed by what is no URL, though it may look like one.
const WITH_VALUE: [&str; 12] =
    ["-A", "-b", "-c", "-e", "-m", "-o", "-x", "--connect-timeout", "--max-time", "--output", "--proxy", "--referer"];

const DATA: [&str; 7] = ["-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json"];

/// Reads `curl 'URL' -X METHOD -H 'NAME: VALUE' …`, as browsers copy a request.
pub(super) fn read(text: &str) -> Result<Recording, RequestError> {
    let mut words = words(text).into_iter().skip(1);
    let (mut method, mut target, mut headers) = (None, None, Vec::new());
    let mut implied = "GET";
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" | "--request" => method = words.next(),
            "-H" | "--header" => headers.extend(
                words
                    .next()
                    .and_then(|header| header.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()))),
            ),
            "-I" | "--head" => implied = "HEAD",
            "-T" | "--upload-file" => {
                implied = "PUT";
                words.next();
            }
            "-F" | "--form" => {
                implied = "POST";
                headers.push(("content-type".to_owned(), "multipart/form-data".to_owned()));
                words.next();
            }
            "-u" | "--user" => {
                // Its value is a secret, and tells nothing.
                words.next();
                headers.push(("authorization".to_owned(), "Basic".to_owned()));
            }
            option if DATA.contains(&option) => {
                implied = "POST";
                words.next();
            }
            option if WITH_VALUE.contains(&option) => {
                words.next();
            }
            url if url.contains("://") && target.is_none() => target = Some(word),
            _ => {}
        }
    }
    let target = target.ok_or(RequestError::NoRequest)?;
    let request = SentRequest::new(method.as_deref().unwrap_or(implied), &target, headers);
    Ok(Recording { request, answer: None, redirects: 0, blocked: None })
}

/// A line's words, by the quotes of a POSIX shell. Of `$'…'` the escapes are left as they are.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
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
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
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
        assert_eq!(read("curl -v").unwrap_err(), RequestError::NoRequest);
    }
}
