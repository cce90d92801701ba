//! What a request needs beside the action of its operation: for what its headers ask of S3, and for a copy's source.
//!
//! Source: Amazon S3 API reference, "Permissions" of `PutObject`, `CopyObject` and `GetObjectAttributes`, and `DeleteObject` on
//! `x-amz-bypass-governance-retention`.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::answers::as_quoted;
use crate::case::Case;
use crate::url::is_alias;

/// A further action that a request needs, and on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    pub action: String,
    pub on: On,
    /// Whether S3 surely looks for it; else it does so for some requests of the kind.
    pub sure: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// What the URL names.
    Own,
    /// `BUCKET/KEY` of another object, or a `BUCKET`.
    Other(String),
    /// It is not told, for the reason that is given.
    Untold(&'static str),
}

impl On {
    pub const SOURCE: Self = Self::Untold(
        "on what it is needed is not told: a copy's source stands in a header, whose value is not in the URL (give the request to \
         `--request`)",
    );
    pub const ACCESS_POINT: Self =
        Self::Untold("on what it is needed is not told: the bucket is not named, as behind an access point");
    pub const ELSEWHERE: Self = Self::Untold("S3's answer speaks of another bucket than the URL's");

    /// What `BUCKET/KEY` names, unless its bucket is an access point's alias.
    fn other(bucket_and_key: String) -> Self {
        if is_alias(bucket_of(&bucket_and_key)) { Self::ACCESS_POINT } else { Self::Other(bucket_and_key) }
    }
}

/// Of `BUCKET/KEY`.
pub(crate) fn bucket_of(bucket_and_key: &str) -> &str {
    bucket_and_key.split('/').next().unwrap_or_default()
}

pub(crate) const COPY_SOURCE: &str = "x-amz-copy-source";

/// What lets a delete, or a new retention, pass over one that is there.
pub(crate) const BYPASS: &str = "x-amz-bypass-governance-retention";
const BYPASS_ACTION: &str = "s3:BypassGovernanceRetention";

const ACL_ACTION: &str = "s3:PutObjectAcl";
const TAGGING_ACTION: &str = "s3:PutObjectTagging";
/// Source: Amazon S3 user guide, "Preventing object overwrites with conditional writes", and "Performing conditional deletes".
const COMPARES_ACTION: &str = "s3:GetObject";
const DELETES: [&str; 2] = ["s3:DeleteObject", "s3:DeleteObjectVersion"];

impl Case {
    /// What the request needs beside its operation's action, and what S3 says that it missed.
    #[must_use]
    pub fn further(&self) -> Vec<Further> {
        let operation = self.operation();
        let mut further = Vec::new();
        let mut add = |action: &str, on| {
            let it = Further { action: action.to_owned(), on, sure: self.surely_looked_for(action) };
            let is_the_operations = it.on == On::Own && operation.action == Some(action);
            if !is_the_operations && !further.contains(&it) {
                further.push(it);
            }
        };
        match operation.action {
            Some("s3:PutObject") => {
                let begins_upload = self.url().query().find("uploadId").is_none();
                let of_headers = self.stated_names().filter_map(|name| of_header(&name)).filter(|_| begins_upload);
                // A thousand headers may ask for the same.
                for action in of_headers.collect::<BTreeSet<_>>() {
                    add(action, On::Own);
                }
                if self.states(COPY_SOURCE) {
                    let (reads, reads_tags, on) = self.copy_source();
                    add(reads, on.clone());
                    // The source's tags are copied along, if it has any.
                    if begins_upload {
                        add(reads_tags, on);
                        add(TAGGING_ACTION, On::Own);
                    }
                }
                // What is completed is compared with what is there, and a part is not.
                if self.states("if-match") && self.url().query().find("partNumber").is_none() {
                    add(COMPARES_ACTION, On::Own);
                }
            }
            Some("s3:GetObjectAttributes") => add("s3:GetObject", On::Own),
            Some("s3:GetObjectVersionAttributes") => add("s3:GetObjectVersion", On::Own),
            Some(action) if DELETES.contains(&action) || action == "s3:PutObjectRetention" => {
                if self.states(BYPASS) {
                    add(BYPASS_ACTION, On::Own);
                }
                // With an entity tag what is there is looked at first; `*` only asks that something is.
                let any = self.stated("if-match").is_some_and(|value| value.trim() == "*");
                if DELETES.contains(&action) && self.states("if-match") && !any {
                    add(COMPARES_ACTION, On::Own);
                }
            }
            _ => {}
        }
        // Of an object that is not there S3 says that it may not be listed, which nobody asked for.
        let denied = self.denial().filter(|denial| {
            denial.action.starts_with("s3:") && (denial.action != "s3:ListBucket" || self.url().place().key.is_empty())
        });
        if let Some(denied) = denied {
            add(&denied.action, self.denied_on(denied.resource.as_deref()));
        }
        further
    }

    /// Whether S3 looks for a further action of every request of the kind, or said so of this one.
    fn surely_looked_for(&self, action: &str) -> bool {
        let said = self.denial().is_some_and(|denial| denial.action == action);
        said || match action {
            // These two give nobody else a right to the object.
            ACL_ACTION => self
                .stated("x-amz-acl")
                .is_some_and(|acl| !matches!(acl.as_str(), "private" | "bucket-owner-full-control")),
            // There may be no retention to pass over, and a copy's source may have no tags.
            BYPASS_ACTION | "s3:GetObjectTagging" | "s3:GetObjectVersionTagging" => false,
            TAGGING_ACTION => self.states("x-amz-tagging"),
            // Whether a delete's condition is an entity tag is not always told.
            COMPARES_ACTION if self.operation().action.is_some_and(|action| DELETES.contains(&action)) => {
                self.stated("if-match").is_some()
            }
            _ => true,
        }
    }

    /// On what S3 says that an action was denied. An answer that somebody made up is no reason to ask what the signer may do
    /// elsewhere: it must be of the URL's bucket, or the request a copy, which reads from any.
    pub(crate) fn denied_on(&self, resource: Option<&str>) -> On {
        let Some(arn) = resource else { return On::Own };
        let Some((_, named)) = arn.split_once(":s3:::") else { return On::ACCESS_POINT };
        // White space and more may have been lost to a message.
        if named == as_quoted(&self.own()) {
            return On::Own;
        }
        let place = self.url().place();
        match place.bucket.as_deref() {
            _ if self.states(COPY_SOURCE) => On::other(named.to_owned()),
            Some(bucket) if bucket == bucket_of(named) => On::other(named.to_owned()),
            Some(_) if !place.access_point => On::ELSEWHERE,
            _ => On::ACCESS_POINT,
        }
    }

    /// `BUCKET/KEY` of the URL, or its `BUCKET`.
    pub(crate) fn own(&self) -> String {
        let place = self.url().place();
        let bucket = place.bucket.as_deref().unwrap_or_default();
        if place.key.is_empty() { bucket.to_owned() } else { format!("{bucket}/{}", place.key) }
    }

    /// The names of headers that the request has: signed, sent, or in the query.
    fn stated_names(&self) -> impl Iterator<Item = String> {
        let signed = self.url().v4().into_iter().flat_map(|v4| v4.signed_headers.iter().cloned());
        let sent =
            self.request().into_iter().flat_map(|request| request.headers().iter().map(|header| header.name.clone()));
        let in_query = self.url().query().pairs().iter().map(|pair| pair.decoded_name().to_ascii_lowercase());
        signed.chain(sent).chain(in_query)
    }

    /// The actions that read a copy's source and its tags, and where that is: `/BUCKET/KEY?versionId=…`, encoded.
    fn copy_source(&self) -> (&'static str, &'static str, On) {
        let source = self.stated(COPY_SOURCE);
        // What was cut short to be quoted names no object.
        let Some(source) = source.filter(|source| !source.ends_with('…')) else {
            return ("s3:GetObject", "s3:GetObjectTagging", On::SOURCE);
        };
        let (object, version) = source.split_once("?versionId=").map_or((&*source, None), |(it, id)| (it, Some(id)));
        let (reads, reads_tags) = match version {
            Some(_) => ("s3:GetObjectVersion", "s3:GetObjectVersionTagging"),
            None => ("s3:GetObject", "s3:GetObjectTagging"),
        };
        // To S3, `+` is a space here.
        let object = object.trim_start_matches('/').replace('+', " ");
        let object = percent_decode_str(&object).decode_utf8_lossy().into_owned();
        let told = object.contains('/') && !object.starts_with("arn:");
        (reads, reads_tags, if told { On::other(object) } else { On::ACCESS_POINT })
    }
}

/// The action of its own that what an upload asks for by a header has.
fn of_header(name: &str) -> Option<&'static str> {
    match name {
        "x-amz-tagging" => Some(TAGGING_ACTION),
        "x-amz-acl" => Some(ACL_ACTION),
        "x-amz-object-lock-legal-hold" => Some("s3:PutObjectLegalHold"),
        name if name.starts_with("x-amz-grant-") => Some(ACL_ACTION),
        name if name.starts_with("x-amz-object-lock-") => Some("s3:PutObjectRetention"),
        _ => None,
    }
}
