use std::fmt;

/// A form that is signed: a bearer token for one upload. It prints itself with its signature, token and policy masked.
#[derive(Clone, PartialEq, Eq)]
pub struct PostForm {
    url: String,
    fields: Vec<(String, String)>,
}

impl PostForm {
    /// The policy has the token in it.
    const MASKED: [&str; 3] = ["policy", "x-amz-security-token", "x-amz-signature"];

    pub(super) fn new(url: String, fields: Vec<(String, String)>) -> Self {
        Self { url, fields }
    }

    /// Where the form is posted to; no secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The usable fields, which come before the file. Only the answer to the caller takes them.
    #[must_use]
    pub fn expose_fields(&self) -> &[(String, String)] {
        &self.fields
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.fields.iter().map(|(name, value)| {
            let masked = Self::MASKED.contains(&name.as_str());
            (name, if masked { "***" } else { value.as_str() })
        });
        f.debug_struct("PostForm").field("url", &self.url).field("fields", &shown.collect::<Vec<_>>()).finish()
    }
}
