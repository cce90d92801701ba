//! Claims that are lists, such as the caller's groups: gateways make texts of them, from which their names are read where that can be
//! done in one way only.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::value::RawValue;

pub type Claims = BTreeMap<String, String>;

pub type Lists = BTreeMap<String, Names>;

/// The names that a claim lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Names {
    Known(BTreeSet<String>),
    /// As the token of the header `Authorization` says, which counts only where that is what the gateway has checked.
    OfToken(BTreeSet<String>),
    /// They cannot be told apart.
    Unclear,
}

/// How API Gateway writes the claims of a token that it has checked itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// `["a", "b c"]` as `[a b c]`: an HTTP API's JWT authorizer.
    InBrackets,
    /// `["a", "b c"]` as `a,b c`: a REST API's Cognito authorizer.
    WithCommas,
}

impl Written {
    /// Whether a claim with this text may be a list of more than one name.
    fn may_list_many(self, text: &str) -> bool {
        match self {
            Self::InBrackets => inner(text).is_some_and(|names| names.contains([' ', ','])),
            Self::WithCommas => text.contains(','),
        }
    }

    fn of(self, names: &[String]) -> String {
        match self {
            Self::InBrackets => in_brackets(names),
            Self::WithCommas => names.join(","),
        }
    }
}

/// The lists among what API Gateway says of a token. Where more than one name may be meant, they are read in the token itself, if it is
/// what the header `authorization` has. It has to say of itself what the claims do.
pub fn of_api_gateway(claims: &Claims, written: Written, authorization: Option<&str>) -> Lists {
    let mut lists = Lists::new();
    let mut token = None;
    for (claim, text) in claims {
        if written.may_list_many(text) {
            let token = token.get_or_insert_with(|| Token::of(authorization?, claims)).as_ref();
            let names = token.and_then(|token| token.names(claim, written)).filter(|names| written.of(names) == *text);
            lists.insert(claim.clone(), names.map_or(Names::Unclear, |names| Names::OfToken(set(names))));
        } else if let Some(name) = inner(text).filter(|_| written == Written::InBrackets) {
            lists.insert(claim.clone(), Names::Known(set(vec![name.to_owned()])));
        }
    }
    lists
}

/// The lists among what a Lambda authorizer says: texts that are JSON. In the claims they stand as HTTP APIs write them, so that policies
/// are the same for both; and so does a text that is written as JSON since it begins as a list does.
pub fn of_lambda_authorizer(claims: &mut Claims) -> Lists {
    let mut lists = Lists::new();
    for (claim, text) in claims {
        if text.starts_with('[') {
            let names = serde_json::from_str::<Vec<String>>(text).ok().map(|names| {
                *text = in_brackets(&names);
                Names::Known(set(names))
            });
            lists.insert(claim.clone(), names.unwrap_or(Names::Unclear));
        } else if let Some(said) = Some(&*text).filter(|text| text.starts_with('"')) {
            *text = serde_json::from_str(said).unwrap_or_else(|_| said.clone());
        }
    }
    lists
}

fn inner(text: &str) -> Option<&str> {
    text.strip_prefix('[')?.strip_suffix(']')
}

fn in_brackets(names: &[String]) -> String {
    format!("[{}]", names.join(" "))
}

/// Nobody is in a group without a name.
fn set(names: Vec<String>) -> BTreeSet<String> {
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

/// What a JSON Web Token says, which API Gateway has checked.
struct Token(BTreeMap<String, Box<RawValue>>);

impl Token {
    /// None where it is not the one that the claims are of.
    fn of(authorization: &str, claims: &Claims) -> Option<Self> {
        let bearer = authorization.split_once(' ').filter(|(word, _)| word.eq_ignore_ascii_case("bearer"));
        let mut parts = bearer.map_or(authorization, |(_, token)| token).split('.');
        let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let token = Self(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?);
        let says = |claim: &str| {
            let said: String = serde_json::from_str(token.0.get(claim)?.get()).ok()?;
            claims.get(claim).map(|text| *text == said)
        };
        (says("sub") == Some(true) && says("iss") == Some(true)).then_some(token)
    }

    /// With commas, a text is one name: there it is written as a list is.
    fn names(&self, claim: &str, written: Written) -> Option<Vec<String>> {
        let said = self.0.get(claim)?.get();
        let text = || Some(vec![serde_json::from_str(said).ok().filter(|_| written == Written::WithCommas)?]);
        serde_json::from_str(said).ok().or_else(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://login.example.com/";

    fn bearer(payload: &Value) -> String {
        format!("Bearer e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload.to_string()))
    }

    fn token(groups: &Value) -> String {
        bearer(&json!({"iss": ISSUER, "sub": "alice", "groups": groups}))
    }

    fn read(text: &str, written: Written, authorization: Option<&str>) -> Lists {
        let claims = [("iss", ISSUER), ("sub", "alice"), ("groups", text)];
        let claims = claims.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        of_api_gateway(&claims, written, authorization)
    }

    fn names<const N: usize>(names: [&str; N]) -> Lists {
        Lists::from([("groups".to_owned(), Names::Known(names.map(str::to_owned).into()))])
    }

    fn of_token<const N: usize>(names: [&str; N]) -> Lists {
        Lists::from([("groups".to_owned(), Names::OfToken(names.map(str::to_owned).into()))])
    }

    fn unclear() -> Lists {
        Lists::from([("groups".to_owned(), Names::Unclear)])
    }

    fn a_text() -> Lists {
        Lists::new()
    }

    #[test]
    fn a_name_with_a_space_or_a_comma_is_one_name() {
        use Written::{InBrackets, WithCommas};
        for (written, text, of_token, expected) in [
            (InBrackets, "[night operators]", json!(["night operators"]), of_token(["night operators"])),
            (InBrackets, "[night operators]", json!(["night", "operators"]), of_token(["night", "operators"])),
            (InBrackets, "[night,operators]", json!(["night,operators"]), of_token(["night,operators"])),
            (InBrackets, "[ operators]", json!(["", "operators"]), of_token(["operators"])),
            (WithCommas, "night,operators", json!(["night,operators"]), of_token(["night,operators"])),
            (WithCommas, "night,operators", json!(["night", "operators"]), of_token(["night", "operators"])),
            (WithCommas, "night,operators", json!("night,operators"), of_token(["night,operators"])),
            (WithCommas, "night,operators", json!("night"), unclear()),
        ] {
            assert_eq!(read(text, written, Some(&token(&of_token))), expected, "{text} of {of_token}");
        }
    }

    #[test]
    fn names_that_cannot_be_told_apart_are_none() {
        let stranger = bearer(&json!({"iss": ISSUER, "sub": "bob", "groups": ["night", "operators"]}));
        let another =
            bearer(&json!({"iss": "https://evil.example/", "sub": "alice", "groups": ["night", "operators"]}));
        let nobody = bearer(&json!({"groups": ["night", "operators"]}));
        let more = format!("{}.e30", token(&json!(["night", "operators"])));
        let others = [json!(["operators"]), json!("[night operators]"), json!(["night", 7]), json!(null)];
        let others = others.iter().map(token);
        let unreadable = ["", "Bearer", "Bearer a.b.c", "Bearer e30.W10.c2ln", "Basic YTpi"].map(str::to_owned);
        for authorization in [stranger, another, nobody, more].into_iter().chain(others).chain(unreadable) {
            assert_eq!(
                read("[night operators]", Written::InBrackets, Some(&authorization)),
                unclear(),
                "{authorization}"
            );
        }
        assert_eq!(read("[night operators]", Written::InBrackets, None), unclear());
        assert_eq!(read("night,operators", Written::WithCommas, None), unclear());
    }

    #[test]
    fn one_name_needs_no_token() {
        assert_eq!(read("[operators]", Written::InBrackets, None), names(["operators"]));
        assert_eq!(read("[]", Written::InBrackets, None), names([]));
        for (text, written) in [
            ("operators", Written::InBrackets),
            ("night operators", Written::InBrackets),
            ("night,operators", Written::InBrackets),
            ("", Written::InBrackets),
            ("operators", Written::WithCommas),
            ("[operators]", Written::WithCommas),
        ] {
            assert_eq!(read(text, written, Some(&token(&json!(["other"])))), a_text(), "{text}");
        }
    }

    #[test]
    fn a_lambda_authorizer_lists_names_in_json() {
        let texts = [
            ("groups", r#"["night operators","a"]"#),
            ("none", "[]"),
            ("number", "[7]"),
            ("quoted", r#"a "b""#),
            ("text", r#""[a b]""#),
            ("unclear", "[a b]"),
            ("unended", r#""a"#),
        ];
        let mut claims = texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let lists = of_lambda_authorizer(&mut claims);
        let expected: Lists = [
            ("groups".to_owned(), Names::Known(["night operators".to_owned(), "a".to_owned()].into())),
            ("none".to_owned(), Names::Known(BTreeSet::new())),
            ("number".to_owned(), Names::Unclear),
            ("unclear".to_owned(), Names::Unclear),
        ]
        .into();
        assert_eq!(lists, expected);
        let told: Vec<_> = claims.values().map(String::as_str).collect();
        assert_eq!(told, ["[night operators a]", "[]", "[7]", r#"a "b""#, "[a b]", "[a b]", r#""a"#]);
    }
}
