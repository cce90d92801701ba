use percent_encoding::percent_decode_str;

use super::{Damage, Query, SIGNATURE_LENGTH, is_masked};

/// A URL that can be read, and what had to be undone for it.
#[derive(Debug)]
pub(super) struct Mended {
    pub text: String,
    pub damages: Vec<Damage>,
}

/// Undoes what mails, shells and documents do to a URL, from the outside inwards.
pub(super) fn mend(text: &str) -> Mended {
    let mut mended = Mended { text: text.trim_start_matches('\u{feff}').trim().to_owned(), damages: Vec::new() };
    mended.unwrap_whole();
    mended.cut_surroundings();
    mended.cut_behind_signature();
    mended.unwrap_link();
    mended.undo_quoted_printable();
    mended.undo_line_breaks();
    mended.undo_escapes();
    mended.undo_format_string();
    mended.undo_look_alikes();
    mended.cut_end();
    mended
}

const SCHEMES: [&str; 2] = ["https://", "http://"];
const OPENING: [char; 10] = ['"', '\'', '`', '<', '(', '[', '{', '“', '‘', '«'];
const CLOSING: [char; 10] = ['"', '\'', '`', '>', ')', ']', '}', '”', '’', '»'];
const PUNCTUATION: [char; 16] = ['.', ',', ';', ':', '!', '?', ')', ']', '}', '>', '"', '\'', '`', '*', '”', '’'];

/// What follows a URL in the shell's line: an option, a pipe, a redirection.
const NEXT_WORDS: [&str; 5] = [" -", " |", " >", " \\", " #"];

impl Mended {
    fn became(&mut self, damage: Damage, text: String) {
        if text != self.text {
            self.text = text;
            if !self.damages.contains(&damage) {
                self.damages.push(damage);
            }
        }
    }

    fn unwrap_whole(&mut self) {
        for _ in 0..2 {
            let lower = self.text.to_ascii_lowercase();
            if !lower.starts_with("https%3a%2f%2f") && !lower.starts_with("http%3a%2f%2f") {
                return;
            }
            let decoded = percent_decode_str(&self.text).decode_utf8_lossy().into_owned();
            self.became(Damage::EncodedWhole, decoded);
        }
    }

    fn cut_surroundings(&mut self) {
        let lower = self.text.to_ascii_lowercase();
        let Some(start) = SCHEMES.iter().filter_map(|scheme| lower.find(scheme)).min() else { return };
        let before = self.text.get(..start).unwrap_or_default();
        // What has a host and a path before it is a link that leads here, and is unwrapped as one.
        if before.contains('/') && !before.contains(char::is_whitespace) {
            return;
        }
        let url = self.text.get(start..).unwrap_or_default().to_owned();
        let opened = before.chars().next_back().and_then(|c| OPENING.iter().position(|opening| *opening == c));
        let closed = opened.and_then(|at| CLOSING.get(at)).and_then(|closing| url.split(*closing).next());
        let quoted_only = before.chars().all(|c| OPENING.contains(&c));
        if let Some(inner) = closed {
            let damage = if quoted_only { Damage::Quotes } else { Damage::TextAround };
            // `<URL|label>`, as chats write links; a `|` of a key or value is encoded.
            let labelled = before.ends_with('<');
            let inner = inner.split('|').next().filter(|_| labelled).unwrap_or(inner).to_owned();
            self.became(damage, inner);
        } else if !before.is_empty() {
            let end = NEXT_WORDS.iter().filter_map(|next| url.find(next)).min().unwrap_or(url.len());
            let inner = url.get(..end).unwrap_or(&url);
            let inner = before_the_words_behind(inner).unwrap_or(inner).to_owned();
            self.became(Damage::TextAround, inner);
        }
    }

    /// What follows a whole signature and white space is no part of the URL, unless parameters go on there.
    fn cut_behind_signature(&mut self) {
        const NAME: &str = "x-amz-signature=";
        let lower = self.text.to_ascii_lowercase();
        let Some(at) = lower.rfind(NAME).map(|at| at + NAME.len()) else { return };
        let Some((signature, behind)) = self.text.get(at..).and_then(|rest| rest.split_at_checked(SIGNATURE_LENGTH))
        else {
            return;
        };
        let whole = signature.bytes().all(|byte| byte.is_ascii_hexdigit());
        let goes_on = behind.trim_start_matches(|c: char| c.is_whitespace() || c == '>').starts_with(['&', '\\']);
        if whole && behind.starts_with(char::is_whitespace) && !goes_on {
            let url = self.text.get(..at + SIGNATURE_LENGTH).unwrap_or(&self.text).to_owned();
            self.became(Damage::TextAround, url);
        }
    }

    fn unwrap_link(&mut self) {
        let lower = self.text.to_ascii_lowercase();
        let plain = lower.match_indices("http").skip(1).find(|(at, _)| {
            let rest = lower.get(*at..).unwrap_or_default();
            ["https://", "http://", "https:/", "https%3a%2f%2f", "http%3a%2f%2f"].iter().any(|s| rest.starts_with(s))
        });
        let Some((at, _)) = plain else { return };
        let inner = self.text.get(at..).unwrap_or_default();
        let signed_outside = lower.get(..at).is_none_or(|outer| outer.contains("x-amz-"));
        if signed_outside || !inner.to_ascii_lowercase().contains("x-amz-") {
            return;
        }
        let encoded = !inner.contains("://") || inner.to_ascii_lowercase().starts_with("https%3a");
        let inner = if encoded {
            let parameter = inner.split('&').next().unwrap_or_default();
            percent_decode_str(parameter).decode_utf8_lossy().into_owned()
        } else {
            inner.to_owned()
        };
        self.became(Damage::RewrittenLink, inner);
    }

    fn undo_quoted_printable(&mut self) {
        let Some((_, query)) = self.text.split_once('?') else { return };
        if !query.contains("=3D") {
            return;
        }
        let joined = self.text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
        self.became(Damage::QuotedPrintable, joined);
    }

    fn undo_line_breaks(&mut self) {
        let lines: Vec<&str> =
            self.text.lines().map(|line| line.trim().trim_start_matches("> ").trim_start()).collect();
        let joined = lines.concat().replace('\t', "");
        self.became(Damage::LineBreak, joined);
        let (path, query) = match self.text.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (self.text.clone(), None),
        };
        if let Some(query) = query {
            // A space in the query is where a line was folded; nothing that S3 or a signer makes has one there.
            self.became(Damage::LineBreak, format!("{path}?{}", query.replace(' ', "")));
        }
        let (path, rest) = self.text.split_at_checked(path.len()).unwrap_or_default();
        let encoded = format!("{}{rest}", path.replace(' ', "%20"));
        self.became(Damage::SpaceInPath, encoded);
    }

    fn undo_escapes(&mut self) {
        let mut text = self.text.clone();
        for _ in 0..3 {
            text = text.replace("&amp;", "&").replace("&#38;", "&").replace("&#x26;", "&");
        }
        self.became(Damage::HtmlEscape, text);
        let text =
            self.text.replace("\\u0026", "&").replace("\\u003d", "=").replace("\\u003D", "=").replace("\\/", "/");
        self.became(Damage::JsonEscape, text);
        let mut text = self.text.replace("\\&", "&").replace("\\?", "?").replace("\\=", "=").replace("\\%", "%");
        // A key or value may well have one.
        if text.matches("^&").count() == text.matches('&').count() {
            text = text.replace("^&", "&");
        }
        // A batch file wants every percent sign twice, that of the credential too.
        if text.contains("%%2Faws4_request") {
            text = text.replace("%%", "%");
        }
        self.became(Damage::ShellEscape, text);
    }

    /// Go's `fmt` keeps the last digit only, which was the verb; the first is the one that a signed URL has before it.
    fn undo_format_string(&mut self) {
        const VERBS: [(char, &str); 6] =
            [('A', "%3A"), ('B', "%3B"), ('C', "%2C"), ('D', "%3D"), ('E', "%2E"), ('F', "%2F")];
        let text = VERBS.iter().fold(self.text.clone(), |text, (verb, meant)| {
            let lower = verb.to_ascii_lowercase();
            text.replace(&format!("%!{verb}(MISSING)"), meant).replace(&format!("%!{lower}(MISSING)"), meant)
        });
        self.became(Damage::FormatString, text);
    }

    fn undo_look_alikes(&mut self) {
        // A path may well have such characters; host and query of a presigned URL have none.
        let after_host = self.text.find("://").map_or(0, |at| at + 3);
        let path_start = self.text.get(after_host..).and_then(|rest| rest.find('/')).map_or(0, |at| after_host + at);
        let path_end = self.text.find('?').unwrap_or(self.text.len());
        let mut first = None;
        let text = self
            .text
            .char_indices()
            .filter_map(|(at, c)| {
                if (path_start..path_end).contains(&at) && !is_invisible(c) {
                    return Some(c);
                }
                let meant = meant(c);
                if meant != Some(c) {
                    first = first.or(Some(c));
                }
                meant
            })
            .collect();
        if let Some(c) = first {
            self.became(Damage::LookAlike(c), text);
        }
    }

    fn cut_end(&mut self) {
        // What stands for a value that is not to be seen is neither a shortened text's end nor a sentence's.
        let last = self.text.rsplit(['?', '&']).next().and_then(|pair| pair.split_once('='));
        if last.is_some_and(|(_, value)| is_masked(value)) {
            return;
        }
        for dots in ["...", "…", "[…]", "[...]"] {
            if let Some(rest) = self.text.strip_suffix(dots) {
                let rest = rest.to_owned();
                self.became(Damage::Ellipsis, rest);
                return;
            }
        }
        let Some((_, query)) = self.text.split_once('?') else { return };
        let last = query.rsplit('&').next().unwrap_or_default().to_ascii_lowercase();
        let named =
            ["x-amz-", "x-id", "signature", "expires", "awsaccesskeyid"].iter().any(|name| last.starts_with(name));
        let Some(end) = self.text.chars().next_back().filter(|c| named && PUNCTUATION.contains(c)) else { return };
        let trimmed = self.text.trim_end_matches(PUNCTUATION).to_owned();
        self.became(Damage::TrailingPunctuation(end), trimmed);
    }
}

/// The URL in a line of words, if nothing is missing that a signed URL needs: `PUT URL 403 (Forbidden)`, `… at URL. (Reason: …)`
fn before_the_words_behind(line: &str) -> Option<&str> {
    let end = line.find(char::is_whitespace)?;
    let (url, behind) = line.split_at_checked(end)?;
    // At the end of a line the URL itself may go on, but not in words.
    let below = behind.trim_start_matches(|c: char| c.is_whitespace() || c == '>').lines().next().unwrap_or_default();
    if !behind.starts_with(' ') && below.split_whitespace().count() < 2 {
        return None;
    }
    let url = url.trim_end_matches(PUNCTUATION);
    let goes_on = behind.split_whitespace().next().is_some_and(|word| word.contains(['&', '=', '%']));
    (!goes_on && is_whole(url)).then_some(url)
}

/// Whether a URL has every parameter of one of the signatures, and Signature Version 4's to the last digit.
fn is_whole(url: &str) -> bool {
    let Some((_, query)) = url.split_once('?') else { return false };
    let query = Query::new(query);
    let has = |names: &[&str]| names.iter().all(|name| query.find(name).is_some_and(|pair| !pair.is_empty()));
    let v4 = has(&["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"])
        && query.find("X-Amz-Signature").is_some_and(|it| it.hexadecimal_length() == Some(SIGNATURE_LENGTH));
    let cloudfront = has(&["Signature", "Key-Pair-Id"]) && (has(&["Expires"]) || has(&["Policy"]));
    v4 || has(&["AWSAccessKeyId", "Expires", "Signature"]) || cloudfront
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// The ASCII character that one meant who wrote `c` in a URL; none if it should not be there.
fn meant(c: char) -> Option<char> {
    match c {
        c if is_invisible(c) => None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => Some('-'),
        '\u{a0}' | '\u{2028}' | '\u{2029}' | '“' | '”' | '‘' | '’' => None,
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32),
        '\u{2024}' => Some('.'),
        '\u{2044}' | '\u{2215}' => Some('/'),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://b.s3.us-east-1.amazonaws.com/k%20k?X-Amz-Date=1&X-Amz-Signature=ab-c";

    #[test]
    fn a_sound_url_is_left_as_it_is() {
        for url in [URL, "http://127.0.0.1:3000/b/k?X-Amz-Date=1", "https://b.s3.amazonaws.com/it's%20(1).txt,?x=1"] {
            let mended = mend(url);
            assert_eq!((mended.text.as_str(), mended.damages.as_slice()), (url, [].as_slice()));
        }
    }

    /// <https://github.com/moby/moby/issues/50065>, <https://github.com/aws/aws-sdk-js/issues/4467>
    #[test]
    fn the_words_around_a_whole_url_in_a_line_are_no_damage_of_it() {
        let v4 = format!(
            "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A&X-Amz-Date=1&X-Amz-Expires=60\
             &X-Amz-Signature={}&X-Amz-SignedHeaders=host",
            "ab".repeat(32)
        );
        let v2 = "https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires=1&Signature=abc%3D";
        let cloudfront = "https://d.cloudfront.net/k?Expires=1&Signature=abc__&Key-Pair-Id=K";
        for url in [v4.as_str(), &format!("{v4}&x-id=PutObject"), v2, cloudfront] {
            for line in [
                format!("PUT {url} 403 (Forbidden)"),
                format!("unexpected status from HEAD request to {url}: 403 Forbidden"),
                format!(
                    "Blocked: the remote resource at {url}. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing)."
                ),
                format!("Hello,\n\nplease fetch\n{url}\nwithin the hour.\n\nBest regards\n"),
            ] {
                let mended = mend(&line);
                assert_eq!(
                    (mended.text.as_str(), mended.damages.as_slice()),
                    (url, [Damage::TextAround].as_slice()),
                    "{line}"
                );
            }
            let cut = url.replace("Signature=ab", "Signature=ab ");
            assert!(mend(&format!("see {cut}")).damages.contains(&Damage::LineBreak), "{cut}");
        }
    }

    #[test]
    fn each_damage_is_named_and_undone() {
        for (text, damage) in [
            (format!("\"{URL}\""), Damage::Quotes),
            (format!("“{URL}”"), Damage::Quotes),
            (format!("<{URL}>"), Damage::Quotes),
            (format!("<{URL}|report>"), Damage::Quotes),
            (format!("curl -sS '{URL}' -o x"), Damage::TextAround),
            (format!("see {URL} -v"), Damage::TextAround),
            (URL.replace('&', "&amp;"), Damage::HtmlEscape),
            (URL.replace('&', "&amp;amp;"), Damage::HtmlEscape),
            (URL.replace('&', "\\u0026"), Damage::JsonEscape),
            (URL.replace('/', "\\/"), Damage::JsonEscape),
            (URL.replace('&', "\\&").replace('?', "\\?").replace('=', "\\="), Damage::ShellEscape),
            (URL.replace('&', "^&"), Damage::ShellEscape),
            (URL.replace("&X", "&\n  X"), Damage::LineBreak),
            (URL.replace("&X", "&\r\n> X"), Damage::LineBreak),
            (URL.replace("Signature", "Signa ture"), Damage::LineBreak),
            (URL.replace("%20", " "), Damage::SpaceInPath),
            (URL.replace('=', "=3D").replace("Sig", "=\nSig"), Damage::QuotedPrintable),
            (URL.replace("X-Amz-Date", "X\u{2011}Amz\u{2013}Date"), Damage::LookAlike('\u{2011}')),
            (URL.replace("X-Amz-Date", "X-Amz-\u{200b}Date"), Damage::LookAlike('\u{200b}')),
            (format!("{URL}."), Damage::TrailingPunctuation('.')),
            (format!("{URL})."), Damage::TrailingPunctuation('.')),
            (format!("{URL}..."), Damage::Ellipsis),
            (URL.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace('&', "%26"), Damage::EncodedWhole),
            (
                format!(
                    "https://eur01.safelinks.protection.outlook.com/?url={}&data=05%7C01",
                    URL.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace('&', "%26")
                ),
                Damage::RewrittenLink,
            ),
            (format!("https://urldefense.com/v3/__{URL}"), Damage::RewrittenLink),
        ] {
            let mended = mend(&text);
            assert_eq!((mended.text.as_str(), mended.damages.as_slice()), (URL, [damage].as_slice()), "{text}");
        }
    }
}
