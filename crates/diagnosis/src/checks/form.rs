//! Whether it is a presigned URL at all, with all that one needs.

use super::{HOST_NOT_SIGNED, SIGNATURE, checked};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::text::{list, quotable};
use crate::url::{Endpoint, Signing, SuspectUrl, V4Parameters};

const MALFORMED: Symptom = Symptom::code("AuthorizationQueryParametersError");
const ANONYMOUS: Symptom = Symptom::said("AccessDenied", "Access Denied");

pub(super) const CHECKS: &[Check] = &[
    checked(
        "not-presigned",
        "The URL has no signature, or one of another product: S3 takes the request for an anonymous one.",
        &[ANONYMOUS, Symptom::said("AccessDenied", "anonymous"), Symptom::code("MissingSecurityHeader")],
        not_presigned,
    ),
    Check {
        checklist: &["SSE-KMS 3"],
        ..checked(
            "signature-version-2",
            "It is signed under Signature Version 2: no KMS, no region opened since 2014.",
            &[
                Symptom::said("InvalidArgument", "Signature Version 4"),
                Symptom::said("InvalidRequest", "authorization mechanism"),
            ],
            signature_version_2,
        )
    },
    checked(
        "unknown-algorithm",
        "`X-Amz-Algorithm` is none that S3 knows.",
        &[MALFORMED, SIGNATURE],
        unknown_algorithm,
    ),
    checked(
        "form-in-query",
        "A form's fields are in the URL's query: the form was sent by GET.",
        &[MALFORMED, ANONYMOUS, Symptom::said("AccessDenied", "Query-string authentication requires")],
        form_in_query,
    ),
    checked(
        PARAMETER_MISSING,
        "A parameter that S3 needs is missing.",
        &[MALFORMED, ANONYMOUS, Symptom::said("AccessDenied", "not signed")],
        parameter_missing,
    ),
    checked(
        "parameter-malformed",
        "A parameter is not of the form that S3 reads: date, lifetime or credential.",
        &[MALFORMED, Symptom::said("AccessDenied", "Invalid date"), Symptom::code("MalformedDate")],
        parameter_malformed,
    ),
    checked(
        HOST_NOT_SIGNED,
        "`host` is not among the signed headers.",
        &[MALFORMED, Symptom::said("AccessDenied", "not signed")],
        host_not_signed,
    ),
];

fn not_presigned(case: &Case) -> Outcome {
    let finding = match case.url().signing() {
        Signing::V4(_) | Signing::V2(_) => return Outcome::Fine,
        Signing::Azure => Finding::certain("it has a shared access signature, which is Azure Storage's")
            .seen(Source::Url, "`sig` and `sv` in the query")
            .fix("send it to the storage account that it was signed for, or presign an S3 URL"),
        // S3 saw a signature, in a header.
        Signing::None if case.is_form() || super::cloudfront::signs_headers(case) => return Outcome::NotApplicable,
        Signing::CloudFront(_) if matches!(case.url().place().endpoint, Endpoint::CloudFront | Endpoint::Other) => {
            return Finding::hint("it is a CloudFront signed URL: CloudFront checks it, and asks S3 in its own name")
                .seen(Source::Url, "`Key-Pair-Id` in the query")
                .fix("look at the distribution's trusted key groups, and at what its origin access may do in the bucket")
                .into();
        }
        Signing::CloudFront(_) => {
            Finding::certain("it is a CloudFront signed URL: S3 takes no notice of CloudFront's signature")
                .seen(Source::Url, "`Key-Pair-Id` in the query")
                .fix("send it to the CloudFront distribution that it was signed for, or presign an S3 URL")
        }
        Signing::Google => Finding::certain("it is signed for Google Cloud Storage")
            .seen(Source::Url, "`X-Goog-…` or `GoogleAccessId` in the query")
            .fix("send it to storage.googleapis.com, or presign an S3 URL"),
        Signing::None if has_encoded_query(case.url()) => Finding::certain(
            "the `?` before the query is encoded: all that follows is taken for a part of the key, and S3 sees no signature",
        )
        .seen(Source::Url, "`%3F` before `X-Amz-…`, and no `?`")
        .fix("give the client the URL as one string; let nothing encode it that joins host and path"),
        Signing::None => Finding::certain(
            "the URL is not presigned: it has no signature, so S3 takes the request for an anonymous one",
        )
        .seen(
            Source::Url,
            if case.url().query().pairs().is_empty() { "no query at all" } else { "no `X-Amz-…` parameter" },
        )
        .fix("take the whole URL, from `?` on; if this is all there is, presign one")
        .paste("aws s3 presign s3://BUCKET/KEY --expires-in 3600"),
    };
    finding.rules_out(&["the signer's permissions: no signer is named"]).into()
}

/// `…/key%3FX-Amz-Algorithm=…`
fn has_encoded_query(url: &SuspectUrl) -> bool {
    let path = url.path().to_ascii_lowercase();
    ["%3fx-amz-", "%253fx-amz-"].iter().any(|start| path.contains(start))
}

fn signature_version_2(case: &Case) -> Outcome {
    let Signing::V2(v2) = case.url().signing() else { return Outcome::Fine };
    let refused =
        case.said("InvalidArgument", "Signature Version 4") || case.said("InvalidRequest", "authorization mechanism");
    let reason = "the URL is signed under Signature Version 2, which S3 refuses for KMS-encrypted objects and in every region opened since 2014";
    let finding = if refused { Finding::certain(reason) } else { Finding::likely(reason) };
    let expires = v2.expires.map(|at| format!(", `Expires` {at}")).unwrap_or_default();
    finding
        .seen(Source::Url, format!("`AWSAccessKeyId` and `Signature` in the query{expires}"))
        .fix("sign under Signature Version 4, with the bucket's region; older boto3 does so only when told")
        .paste("boto3.client('s3', region_name='REGION', config=botocore.config.Config(signature_version='s3v4'))")
        .into()
}

fn unknown_algorithm(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    let algorithm = v4.algorithm.as_deref().unwrap_or("AWS4-HMAC-SHA256");
    let finding = match algorithm {
        "AWS4-HMAC-SHA256" => return Outcome::Fine,
        "AWS4-ECDSA-P256-SHA256" => Finding::hint(
            "it is signed under Signature Version 4A, as multi-region access points want it: for the regions in `X-Amz-Region-Set`, and not for one",
        )
        .fix("for a multi-region access point nothing; for a bucket sign with `AWS4-HMAC-SHA256`, which every client knows"),
        _ => Finding::certain("S3 does not know the algorithm").fix("sign with `AWS4-HMAC-SHA256`"),
    };
    finding.seen(Source::Url, format!("`X-Amz-Algorithm` is `{}`", quotable(algorithm))).into()
}

/// Whether what a form has for its fields stands in the query: its policy is signed, and no presigned URL has one.
///
/// Source: <https://github.com/kaliber-scala/play-s3/issues/73>.
pub(super) fn is_form_in_query(url: &SuspectUrl) -> bool {
    let has = |name: &str| url.query().find(name).is_some_and(|pair| !pair.is_empty());
    let signed = url.v4().is_some_and(|v4| v4.missing.contains(&"X-Amz-SignedHeaders"));
    signed && url.place().key.is_empty() && has("policy") && has("key")
}

fn form_in_query(case: &Case) -> Outcome {
    let sent = is_form_in_query(case.url()).then(|| {
        Finding::certain(
            "it is a form that was sent by GET: its fields are in the query, and S3 takes a form by POST only",
        )
        .seen(Source::Url, "`policy` and `key` in the query, and no `X-Amz-SignedHeaders`")
        .explaining(Some(PARAMETER_MISSING))
        .fix("give the form `method=\"post\"` and `enctype=\"multipart/form-data\"`, and put `file` last")
        .rules_out(&["permissions and policies: S3 did not get to them"])
    });
    sent.into()
}

const PARAMETER_MISSING: &str = "parameter-missing";

fn parameter_missing(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    // Without a signature it is cut off; that is another check's, and so is a form.
    if is_form_in_query(case.url()) || v4.missing.is_empty() || v4.missing.contains(&"X-Amz-Signature") {
        return Outcome::Fine;
    }
    Finding::certain("parameters that S3 needs are missing")
        .seen(Source::Url, list(&v4.missing))
        .explaining(v4.missing.contains(&"X-Amz-SignedHeaders").then_some(HOST_NOT_SIGNED))
        .fix("take the URL as the signer made it, in which each of them has a value; proxies and link trackers must leave its query alone")
        .rules_out(&["permissions and policies: S3 did not get to them"])
        .into()
}

fn parameter_malformed(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4() else { return Outcome::NotApplicable };
    let malformed = malformed(v4);
    if malformed.is_empty() {
        return Outcome::Fine;
    }
    malformed
        .into_iter()
        .fold(Finding::certain("a parameter is not of the form that S3 reads"), |finding, text| {
            finding.seen(Source::Url, text)
        })
        .fix("let an SDK sign; or write them as `YYYYMMDDTHHMMSSZ`, whole seconds, and `KEYID/YYYYMMDD/REGION/s3/aws4_request`")
        .rules_out(&["permissions and policies: S3 did not get to them"])
        .into()
}

fn malformed(v4: &V4Parameters) -> Vec<String> {
    let mut found = Vec::new();
    if let (Some(text), None) = (&v4.date_text, v4.date)
        && !text.is_empty()
    {
        found.push(format!("`X-Amz-Date` is `{}`", quotable(text)));
    }
    match (&v4.expires_text, v4.expires) {
        (Some(text), None) if !text.is_empty() => found.push(format!("`X-Amz-Expires` is `{}`", quotable(text))),
        (_, Some(seconds)) if seconds < 1 => found.push(format!("`X-Amz-Expires` is {seconds}")),
        _ => {}
    }
    if let Some(credential) = v4.credential.as_ref().filter(|_| !v4.missing.contains(&"X-Amz-Credential")) {
        if !credential.well_formed {
            let parts = if v4.is_4a() {
                "four parts KEYID/YYYYMMDD/SERVICE/aws4_request"
            } else {
                "five parts KEYID/YYYYMMDD/REGION/SERVICE/aws4_request"
            };
            found.push(format!("`X-Amz-Credential` has not the {parts}"));
        } else if v4.date_text.as_deref().is_some_and(|date| v4.date.is_some() && !date.starts_with(&credential.date)) {
            let date = v4.date_text.as_deref().unwrap_or_default();
            found.push(format!("`X-Amz-Credential` is of {}, `X-Amz-Date` is {}", credential.date, quotable(date)));
        }
    }
    found
}

fn host_not_signed(case: &Case) -> Outcome {
    let Some(v4) = case.url().v4().filter(|v4| !v4.missing.contains(&"X-Amz-SignedHeaders")) else {
        return Outcome::NotApplicable;
    };
    let unsigned = !v4.signed_headers.iter().any(|name| name == "host");
    let unsigned = unsigned.then(|| {
        Finding::certain("`host` is not among the signed headers, and S3 demands it")
            .seen(Source::Url, format!("`X-Amz-SignedHeaders`: {}", list(&v4.signed_headers)))
            .fix("sign `host`; every SDK does")
    });
    unsigned.into()
}
