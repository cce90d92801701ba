use std::collections::BTreeSet;
use std::fmt;

use percent_encoding::percent_decode_str;

/// Keeps secrets out of what is said of a text that others wrote: whatever repeats a dozen characters of a signature or token
/// that was read is masked, wherever it stands.
#[derive(Clone, Default)]
pub struct Redactor {
    windows: BTreeSet<[u8; WINDOW]>,
    /// How many windows were learnt, each as often as it came.
    learnt: usize,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Characters in a row that are taken for a piece of a secret. No name that findings print has so many in common with one.
const WINDOW: usize = 12;

/// What a secret's name ends in, before its value.
const MARKERS: [&str; 8] =
    ["signature", "security-token", "securitytoken", "token-0", "session-token", "authorization", "secret", "cookie"];

/// How far behind its name a secret's value may begin.
const REACH: usize = 16;

/// The most windows that are learnt: a quarter of a second's work. A session's token in all its forms has some ten thousand.
const MOST: usize = 1 << 20;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// A message with the secrets masked that it names itself, such as those of a presigned URL: what it quotes stands between
/// `` ` ``, and goes no further.
#[must_use]
pub fn masked(message: &str) -> String {
    let mut redactor = Redactor::default();
    message.split('`').for_each(|part| redactor.learn_from(part));
    redactor.clean(message)
}

impl Redactor {
    /// Remembers a secret. Who has told it more than [`MOST`] windows is told nothing back: [`Self::clean`] masks everything then.
    pub fn learn(&mut self, secret: &str) {
        if self.knows_too_much() {
            return;
        }
        for form in forms(secret) {
            let room = (MOST + 1).saturating_sub(self.learnt);
            for window in form.as_bytes().windows(WINDOW).take(room) {
                if let Ok(window) = <[u8; WINDOW]>::try_from(window) {
                    self.windows.insert(window);
                    self.learnt += 1;
                }
            }
        }
    }

    fn knows_too_much(&self) -> bool {
        self.learnt > MOST
    }

    /// Remembers the secrets in a text of any kind: what follows a name such as `X-Amz-Signature`.
    pub fn learn_from(&mut self, text: &str) {
        for form in forms(text) {
            if self.knows_too_much() {
                return;
            }
            for marker in MARKERS {
                // What is within a value already learnt is not learnt again: a text of nothing but markers costs no more.
                let mut learnt = 0;
                for (at, _) in form.match_indices(marker) {
                    let behind = at + marker.len();
                    let found = form.get(behind..).filter(|_| at >= learnt).and_then(value_behind);
                    if let Some((start, value)) = found {
                        self.learn(value);
                        learnt = behind + start + value.len();
                    }
                }
            }
        }
    }

    /// `text` with every piece of a secret masked.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        if self.knows_too_much() && text.len() >= WINDOW {
            return MASK.to_owned();
        }
        let lower = text.to_ascii_lowercase();
        let mut secret = vec![false; lower.len()];
        for (at, window) in lower.as_bytes().windows(WINDOW).enumerate() {
            let known = <[u8; WINDOW]>::try_from(window).is_ok_and(|window| self.windows.contains(&window));
            if known {
                secret.iter_mut().skip(at).take(WINDOW).for_each(|byte| *byte = true);
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut masking = false;
        for (at, c) in text.char_indices() {
            let masked = secret.get(at).copied().unwrap_or(false);
            if !masked {
                out.push(c);
            } else if !masking {
                out.push_str(MASK);
            }
            masking = masked;
        }
        out
    }
}

/// The ways in which one text may be written: as it is, without white space, and with percent-encoding undone.
fn forms(text: &str) -> Vec<String> {
    let raw = text.to_ascii_lowercase();
    let mut form: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
    let mut forms = vec![raw, form.clone()];
    for _ in 0..3 {
        let decoded = percent_decode_str(&form).decode_utf8_lossy().into_owned();
        if decoded == form {
            break;
        }
        forms.push(decoded.clone());
        form = decoded;
    }
    forms
}

/// A secret's value and where it begins, behind the secret's name.
fn value_behind(rest: &str) -> Option<(usize, &str)> {
    let start = rest
        .char_indices()
        .take(REACH)
        .take_while(|(_, c)| c.is_ascii_alphanumeric() || "-_\"' \\,%=:>".contains(*c))
        .find_map(|(at, c)| matches!(c, '=' | ':' | '>').then_some(at + 1))
        .or_else(|| rest.starts_with("%3d").then_some("%3d".len()))
        .or_else(|| rest.starts_with("%253d").then_some("%253d".len()))?;
    let quoted = rest.get(start..)?;
    let value = quoted.trim_start_matches(['"', '\'', ' ', '=']);
    let start = start + quoted.len() - value.len();
    Some((start, value.split(['&', '<', '\n', '\r', '"', '\'']).next()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "IQoJb3JpZ2luX2VjEDcaWCXVzLXdlc3QtMiJHMEUC/IQDQ17z9n+EZ==";

    fn cleaned(source: &str, text: &str) -> String {
        let mut redactor = Redactor::default();
        redactor.learn_from(source);
        redactor.clean(text)
    }

    #[test]
    fn a_token_is_found_behind_its_name_however_it_is_written() {
        for source in [
            format!("X-Amz-Security-Token={TOKEN}&X-Amz-Date=1"),
            format!("x-amz-security-token:{TOKEN}\nhost:h"),
            format!("<Token-0>{TOKEN}</Token-0>"),
            format!("\"name\":\"X-Amz-Security-Token\",\"value\":\"{TOKEN}\""),
            format!("X-Amz-Security-Token%3D{}%26X", TOKEN.replace('/', "%2F").replace('=', "%3D")),
            format!("X-Amz-Security-Token={}", TOKEN.replace('/', "%252F").replace('=', "%253D")),
            format!("X-Amz-Security-To\n ken={}", TOKEN.replace("WC", "W\n C")),
        ] {
            let shown = cleaned(&source, &format!("it said {TOKEN} here"));
            assert_eq!(shown, "it said *** here", "{source}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "X-Amz-SignedHeaders=content-type%3Bhost, the signature you provided";
        assert_eq!(cleaned(&format!("X-Amz-Signature={TOKEN}&{text}"), text), text);
    }

    /// What strangers send is learnt from before anybody has permitted them anything.
    #[test]
    fn what_holds_endless_secrets_is_masked_as_a_whole_and_costs_no_more_than_so_much() {
        let noise = |n: usize| -> String {
            (0..n).map(|i| char::from(b'a' + u8::try_from((i * i / 7 + i) % 26).unwrap())).collect()
        };
        let many: Vec<_> = (0..40_000).map(|i| format!("signature=%41{i}%2541{}", noise(90))).collect();
        for source in [format!("signature={}", noise(4_000_000)), many.join("&")] {
            let mut redactor = Redactor::default();
            redactor.learn_from(&source);
            assert!(redactor.learnt <= MOST + 1, "{}", redactor.learnt);
            assert_eq!(redactor.clean("nothing of it, yet unknown"), MASK);
            assert_eq!(redactor.clean("too short"), "too short");
        }
    }

    proptest! {
        #[test]
        fn no_dozen_characters_of_a_learnt_secret_come_out(secret in "[A-Za-z0-9+/=]{12,80}", before in ".{0,20}", after in ".{0,20}") {
            let mut redactor = Redactor::default();
            redactor.learn(&secret);
            let shown = redactor.clean(&format!("{before}{secret}{after}")).to_ascii_lowercase();
            for window in secret.to_ascii_lowercase().as_bytes().windows(WINDOW) {
                let window = std::str::from_utf8(window).unwrap();
                prop_assert!(!shown.contains(window));
            }
        }
    }
}
