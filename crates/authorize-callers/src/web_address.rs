use std::net::Ipv4Addr;

use http::Uri;

/// Where keys may come from: whoever could change them on the way could admit anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(Uri);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` must be an https address; only one on this machine or in a private network, by its number, may be http")]
pub struct WebAddressError(String);

impl WebAddress {
    /// # Errors
    /// When keys may not come from there.
    pub fn parse(text: &str) -> Result<Self, WebAddressError> {
        let wrong = || WebAddressError(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?;
        let near = || host.parse().is_ok_and(|host: Ipv4Addr| host.is_loopback() || host.is_private());
        match uri.scheme_str() {
            Some("https") => Ok(Self(uri)),
            Some("http") if near() => Ok(Self(uri)),
            _ => Err(wrong()),
        }
    }

    /// The address that this one names: without TLS only if it was itself reached without.
    ///
    /// # Errors
    /// When keys may not come from there.
    pub fn next(&self, text: &str) -> Result<Self, WebAddressError> {
        let next = Self::parse(text)?;
        let gives_up_tls = self.0.scheme_str() == Some("https") && next.0.scheme_str() != Some("https");
        if gives_up_tls { Err(WebAddressError(text.to_owned())) } else { Ok(next) }
    }

    pub fn uri(&self) -> Uri {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_nearby() {
        for address in ["https://login.example.com/", "http://127.0.0.1:3000", "http://172.17.0.1:3000/keys"] {
            assert!(WebAddress::parse(address).is_ok(), "{address}");
        }
        for address in
            ["http://login.example.com/", "http://8.8.8.8/", "ftp://127.0.0.1/", "login.example.com", "/keys", ""]
        {
            assert_eq!(WebAddress::parse(address), Err(WebAddressError(address.to_owned())));
        }
    }

    #[test]
    fn what_came_over_tls_names_nothing_without() {
        let (far, near) = ("https://login.example.com/", "http://127.0.0.1:9001/");
        assert!(WebAddress::parse(far).unwrap().next(near).is_err());
        assert!(WebAddress::parse(far).unwrap().next(far).is_ok());
        assert!(WebAddress::parse(near).unwrap().next(near).is_ok());
        assert!(WebAddress::parse(near).unwrap().next(far).is_ok());
    }
}
