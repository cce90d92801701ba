use axum::http::header;

/// Whether the gateway is known to have checked the token of a header. One that it has not checked anybody may have written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenHeader {
    #[default]
    Unknown,
    Authorization,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `PRESIGN_TOKEN_HEADER` has a mistake: `{0}` is neither `Authorization` nor empty")]
pub struct NoTokenHeader(String);

impl TokenHeader {
    /// As `PRESIGN_TOKEN_HEADER` says, which names the header where the gateway's own authorizer reads a token. Behind another it is empty.
    ///
    /// # Errors
    /// When it names a header in which no token is looked for.
    pub fn of_environment() -> Result<Self, NoTokenHeader> {
        Self::named(&std::env::var("PRESIGN_TOKEN_HEADER").unwrap_or_default())
    }

    fn named(name: &str) -> Result<Self, NoTokenHeader> {
        match name {
            "" => Ok(Self::Unknown),
            name if name.eq_ignore_ascii_case(header::AUTHORIZATION.as_str()) => Ok(Self::Authorization),
            name => Err(NoTokenHeader(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_looked_for_in_one_header_or_in_none() {
        assert_eq!(TokenHeader::named(""), Ok(TokenHeader::Unknown));
        for name in ["Authorization", "authorization"] {
            assert_eq!(TokenHeader::named(name), Ok(TokenHeader::Authorization));
        }
        for name in ["X-Token", " ", "true", "Authorization,X-Token"] {
            assert_eq!(TokenHeader::named(name), Err(NoTokenHeader(name.to_owned())));
        }
    }
}
