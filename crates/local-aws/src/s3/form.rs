//! POST forms: their fields, which the access hook needs and `s3s` does not show, and what they are answered.

use std::collections::BTreeMap;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG, LOCATION};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use s3s::dto::Tagging;
use s3s::xml::{Deserialize, Deserializer};
use s3s::{S3Result, s3_error};

use super::error::Refusal;
use crate::xml::Xml;

/// More than any development upload; S3 itself takes 5 GB.
const LARGEST: usize = 1 << 30;

/// What S3 replaces with the file's name, in all fields and before it looks at the policy.
/// Source: Amazon S3 API reference, "POST Policy", "Condition matching".
const FILENAME: &str = "${filename}";

/// The fields before the file, by lower-case name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostForm {
    fields: BTreeMap<String, String>,
}

/// An object that a form has made.
#[derive(Debug, Clone)]
pub struct Posted {
    pub location: String,
    pub bucket: String,
    pub key: String,
    /// Without its quotes.
    pub e_tag: String,
}

impl Posted {
    /// Completes the answer as S3 gives it: with a whole URL, and with the entity tag in its quotes wherever it stands.
    pub fn complete(&self, mut response: Response<Body>) -> Response<Body> {
        let e_tag = format!("\"{}\"", self.e_tag);
        let headers = response.headers_mut();
        if let Some(redirect) = headers.get_mut(LOCATION) {
            let quoted = redirect.to_str().ok().and_then(|to| to.strip_suffix(&self.e_tag));
            let quoted = quoted.and_then(|to| HeaderValue::try_from(format!("{to}%22{}%22", self.e_tag)).ok());
            if let Some(quoted) = quoted {
                *redirect = quoted;
            }
            return response;
        }
        for (name, value) in [(ETAG, &e_tag), (LOCATION, &self.location)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        if response.status() == StatusCode::CREATED {
            let document = Xml::document().element("PostResponse", |xml| {
                let xml = xml.text("Location", &self.location).text("Bucket", &self.bucket);
                xml.text("Key", &self.key).text("ETag", &e_tag)
            });
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = Body::from(document.finish());
        }
        response
    }
}

/// The boundary, if the request is a form upload.
pub fn boundary(parts: &Parts) -> Option<String> {
    if parts.method != Method::POST {
        return None;
    }
    let content_type = parts.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"').to_owned())
    })
}

impl PostForm {
    /// Takes a body in, and reads its fields; the body comes back whole, with the file's name in its fields where they ask for
    /// it.
    pub async fn read(body: Body, boundary: &str) -> Result<(Self, Bytes), Refusal> {
        let body = Limited::new(body, LARGEST).collect().await.map_err(|_| {
            Refusal::new(StatusCode::BAD_REQUEST, "EntityTooLarge", "The form is broken off or larger than a gigabyte.")
        })?;
        Ok(Self::parse(body.to_bytes(), boundary))
    }

    /// A field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// The tags, which a form has in a field of XML, as a header would have them.
    pub fn tagging(&self) -> S3Result<Option<String>> {
        let Some(field) = self.get("tagging") else { return Ok(None) };
        let tagging = Tagging::deserialize(&mut Deserializer::new(field.as_bytes()))
            .map_err(|_| s3_error!(MalformedXML, "The XML of the tagging field is not well-formed."))?;
        let pairs = tagging.tag_set.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
        serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).map(Some).map_err(s3s::S3Error::internal_error)
    }

    /// Reads up to the file. What cannot be read is left out: `s3s` reads the same form, and refuses it.
    fn parse(body: Bytes, boundary: &str) -> (Self, Bytes) {
        let mut form = Self::default();
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        let mut rest = body.strip_prefix(format!("--{boundary}").as_bytes()).unwrap_or_default();
        let mut file_name = None;
        while let Some((head, content)) = rest.strip_prefix(b"\r\n").and_then(|part| split_once(part, b"\r\n\r\n")) {
            let head = String::from_utf8_lossy(head);
            let Some(name) = parameter(&head, "name") else { break };
            if name == "file" {
                file_name = parameter(&head, "filename");
                break;
            }
            let Some((value, after)) = split_once(content, &delimiter) else { break };
            let Ok(value) = std::str::from_utf8(value) else { break };
            form.fields.entry(name.to_ascii_lowercase()).or_insert_with(|| value.to_owned());
            rest = after;
        }
        // Of a path, S3 takes what follows its last slash.
        let file_name = file_name.as_deref().and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default();
        for value in form.fields.values_mut() {
            *value = value.replace(FILENAME, file_name);
        }
        let fields = body.get(..body.len() - rest.len()).and_then(|fields| std::str::from_utf8(fields).ok());
        let filled_in = fields.filter(|fields| fields.contains(FILENAME)).map(|fields| {
            let fields = fields.replace(FILENAME, file_name);
            Bytes::from([fields.as_bytes(), rest].concat())
        });
        (form, filled_in.unwrap_or(body))
    }
}

/// A parameter of the `Content-Disposition` line among a part's header lines.
fn parameter(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    line.split(';').find_map(|parameter| {
        let (found, value) = parameter.trim().split_once('=')?;
        (found == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn split_once<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(separator.len()).position(|window| window == separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_before_the_file_are_read() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nup/${filename}\r\n\
            --x\r\nContent-Disposition: form-data; name=\"X-Amz-Security-Token\"\r\n\r\ntoken==\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
            ${filename} --x bytes\r\n--x--\r\n";
        let (form, filled_in) = PostForm::parse(Bytes::from(body), "x");
        assert_eq!(form.get("x-amz-security-token"), Some("token=="));
        assert_eq!(form.get("key"), Some("up/a.txt"));
        assert_eq!(filled_in, body.replacen("${filename}", "a.txt", 1), "the file stays as it is");
    }

    #[test]
    fn a_broken_form_has_no_fields() {
        for body in ["--y\r\nnonsense", ""] {
            assert_eq!(PostForm::parse(Bytes::from(body), "x"), (PostForm::default(), Bytes::from(body)));
        }
    }
}
