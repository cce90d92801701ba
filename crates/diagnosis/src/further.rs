//! What a request needs beside the action of its operation: for what its headers ask of S3, and for a copy's source.
//!
//! Source: Amazon S3 API reference, "Permissions" of `PutObject`, `CopyObject` and `GetObjectAttributes`.

use percent_encoding::percent_decode_str;

use crate::case::Case;

/// A further action that a request needs, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    pub action: String,
    pub on: On,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// What the URL names.
    Own,
    /// `BUCKET/KEY` of another object, or a `BUCKET`.
    Other(String),
    /// A copy's source that is not told.
    Untold,
}

impl Case {
    /// What the request needs beside its operation's action, and what S3 says that it missed.
    #[must_use]
    pub fn further(&self) -> Vec<Further> {
        let operation = self.operation();
        let mut further = Vec::new();
        let mut add = |action: &str, on| {
            let it = Further { action: action.to_owned(), on };
            let is_the_operations = it.on == On::Own && operation.action == Some(action);
            if !is_the_operations && !further.contains(&it) {
                further.push(it);
            }
        };
        match operation.action {
            Some("s3:PutObject") => {
                let begins_upload = self.url.query().find("uploadId").is_none();
                for action in self.stated_names().filter_map(|name| of_header(&name)).filter(|_| begins_upload) {
                    add(action, On::Own);
                }
                if self.states("x-amz-copy-source") {
                    let (action, on) = self.copy_source();
                    add(action, on);
                }
            }
            Some("s3:GetObjectAttributes") => add("s3:GetObject", On::Own),
            Some("s3:GetObjectVersionAttributes") => add("s3:GetObjectVersion", On::Own),
            _ => {}
        }
        // Of an object that is not there S3 says that it may not be listed, which nobody asked for.
        let denied = self.denial().filter(|denial| {
            denial.action.starts_with("s3:") && (denial.action != "s3:ListBucket" || self.url.place().key.is_empty())
        });
        if let Some(denied) = denied {
            let on = denied.resource.as_deref().and_then(|arn| arn.split_once(":s3:::")).map(|(_, on)| on.to_owned());
            add(&denied.action, on.filter(|on| *on != self.own()).map_or(On::Own, On::Other));
        }
        further
    }

    /// `BUCKET/KEY` of the URL, or its `BUCKET`.
    fn own(&self) -> String {
        let place = self.url.place();
        let bucket = place.bucket.as_deref().unwrap_or_default();
        if place.key.is_empty() { bucket.to_owned() } else { format!("{bucket}/{}", place.key) }
    }

    /// The names of headers that the request has: signed, sent, or in the query.
    fn stated_names(&self) -> impl Iterator<Item = String> {
        let signed = self.url.v4().into_iter().flat_map(|v4| v4.signed_headers.iter().cloned());
        let sent = self.request.iter().flat_map(|request| request.headers().iter().map(|header| header.name.clone()));
        let in_query = self.url.query().pairs().iter().map(|pair| pair.decoded_name().to_ascii_lowercase());
        signed.chain(sent).chain(in_query)
    }

    /// The action that reads a copy's source, and where that is: `/BUCKET/KEY?versionId=…`, encoded.
    fn copy_source(&self) -> (&'static str, On) {
        let source = self.stated("x-amz-copy-source");
        // What was cut short to be quoted names no object.
        let Some(source) = source.filter(|source| !source.ends_with('…')) else {
            return ("s3:GetObject", On::Untold);
        };
        let (object, version) = source.split_once("?versionId=").map_or((&*source, None), |(it, id)| (it, Some(id)));
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let object = percent_decode_str(object.trim_start_matches('/')).decode_utf8_lossy().into_owned();
        // An access point's ARN does not tell the bucket behind it.
        let told = object.contains('/') && !object.starts_with("arn:");
        (action, if told { On::Other(object) } else { On::Untold })
    }
}

/// The action of its own that what an upload asks for by a header has.
fn of_header(name: &str) -> Option<&'static str> {
    match name {
        "x-amz-tagging" => Some("s3:PutObjectTagging"),
        "x-amz-acl" => Some("s3:PutObjectAcl"),
        "x-amz-object-lock-legal-hold" => Some("s3:PutObjectLegalHold"),
        name if name.starts_with("x-amz-grant-") => Some("s3:PutObjectAcl"),
        name if name.starts_with("x-amz-object-lock-") => Some("s3:PutObjectRetention"),
        _ => None,
    }
}
