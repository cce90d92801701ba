use std::fmt;

/// A presigned URL: a bearer token for one request. It prints itself with its signature and session token masked.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    const MASKED: [&str; 2] = ["X-Amz-Signature=", "X-Amz-Security-Token="];

    /// Takes a URL that is already signed, such as one read back from the cache.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// The usable URL. Only the answer to the caller and the encrypted cache take it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        f.write_str(address)?;
        for (i, pair) in query.split('&').enumerate() {
            f.write_str(if i == 0 { "?" } else { "&" })?;
            match Self::MASKED.into_iter().find(|name| pair.starts_with(name)) {
                Some(name) => write!(f, "{name}***")?,
                None => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_and_token_are_masked_when_printed() {
        let url = PresignedUrl::new("https://h/k?X-Amz-Date=1&X-Amz-Security-Token=t0k&X-Amz-Signature=5ec".to_owned());
        let masked = "https://h/k?X-Amz-Date=1&X-Amz-Security-Token=***&X-Amz-Signature=***";
        assert_eq!((url.to_string(), format!("{url:?}")), (masked.to_owned(), masked.to_owned()));
    }
}
