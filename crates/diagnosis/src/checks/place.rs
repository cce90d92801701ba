//! Whether the URL leads where it was signed for: region, endpoint, bucket and key.

use super::damage::signer_encoding;
use super::form::is_form_in_query;
use super::region::{
    OF_ONE_REGION, REGIONAL_SIGNATURE, WRONG_REGION, global_endpoint, partition_mismatch, region_mismatch,
    regional_signature,
};
use super::{SIGNATURE, checked};
use crate::answers::RECORD;
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::finding::{Finding, Source};
use crate::text::quotable;
use crate::url::Endpoint;

/// What S3 says to a signature in the query and another in a header.
const SIGNED_TWICE: Symptom = Symptom::said("InvalidArgument", "Only one auth mechanism allowed");

pub(super) const CHECKS: &[Check] = &[
    checked("website-endpoint", "The host is a website endpoint, which knows no signatures.", &[], website_endpoint),
    checked("control-endpoint", "The host is the account API's, which has no objects.", &[], control_endpoint),
    Check {
        checklist: &["AccessDenied 3", "Policy change 6"],
        ..checked(
            "region-mismatch",
            "It is signed for another region than its host, or than S3 says the bucket is in.",
            WRONG_REGION,
            region_mismatch,
        )
    },
    checked(
        REGIONAL_SIGNATURE,
        "A multi-region access point is asked with a signature for one region.",
        OF_ONE_REGION,
        regional_signature,
    ),
    checked(
        "service-mismatch",
        "It is signed for another service than its host's.",
        &[Symptom::said("AuthorizationQueryParametersError", "service"), SIGNATURE],
        service_mismatch,
    ),
    Check {
        checklist: &["AccessDenied 3", "Policy change 6"],
        ..checked(
            "global-endpoint",
            "The host is the global endpoint, which redirects to the bucket's region.",
            WRONG_REGION,
            global_endpoint,
        )
    },
    checked(
        "partition-mismatch",
        "The region is of another partition than the host, such as China's.",
        WRONG_REGION,
        partition_mismatch,
    ),
    Check {
        checklist: &["AccessDenied 2"],
        ..checked(
            "bucket-name",
            "What stands for the bucket is no bucket's name.",
            &[Symptom::code("InvalidBucketName"), Symptom::code("NoSuchBucket"), SIGNATURE],
            bucket_name,
        )
    },
    checked(
        "bucket-name-with-dots",
        "The bucket's name has dots, which the wildcard certificate of its TLS host does not cover.",
        &[],
        bucket_name_with_dots,
    ),
    Check {
        checklist: &["AccessDenied 2"],
        ..checked(
            "bucket-and-key",
            "The key looks otherwise than meant: the bucket in it, a slash or space at an end, `//`, or none at all.",
            &[Symptom::code("NoSuchKey"), Symptom::said("AccessDenied", ""), SIGNATURE],
            bucket_and_key,
        )
    },
    checked(
        "dot-segments",
        "The key has `.` or `..` segments, which clients resolve before they send them.",
        &[SIGNATURE, Symptom::code("NoSuchKey")],
        dot_segments,
    ),
    Check {
        checklist: &["Policy change 6"],
        ..checked(
            "vpc-endpoint",
            "The host is a VPC endpoint's: it answers only within that VPC, under its own policy.",
            &[Symptom::said("AccessDenied", "")],
            vpc_endpoint,
        )
    },
    checked(
        "accelerate-endpoint",
        "Transfer acceleration takes no bucket with dots, and only buckets where it is on.",
        &[Symptom::code("InvalidRequest")],
        accelerate_endpoint,
    ),
    checked(
        "custom-host",
        "The host is not S3's: a proxy or CDN in between must keep the host that was signed.",
        &[SIGNATURE, Symptom::said("AccessDenied", ""), SIGNED_TWICE],
        custom_host,
    ),
    checked(
        "plain-http",
        "It is sent without TLS, which bucket policies often deny and KMS needs.",
        &[Symptom::said("AccessDenied", ""), Symptom::said("InvalidArgument", "over a secure connection")],
        plain_http,
    ),
];

fn website_endpoint(case: &Case) -> Outcome {
    let website = (case.url().place().endpoint == Endpoint::Website).then(|| {
        Finding::certain("the host is a website endpoint: it serves what is public, and takes no notice of signatures")
            .seen(Source::Url, format!("the host `{}`", quotable(case.url().host())))
            .fix("presign with the bucket's regional endpoint, `BUCKET.s3.REGION.amazonaws.com`")
    });
    website.into()
}

fn control_endpoint(case: &Case) -> Outcome {
    let control = (case.url().place().endpoint == Endpoint::Control).then(|| {
        Finding::certain("the host is that of S3's API for accounts, which has no objects")
            .seen(Source::Url, format!("the host `{}`", quotable(case.url().host())))
            .fix("presign with the bucket's regional endpoint, `BUCKET.s3.REGION.amazonaws.com`")
    });
    control.into()
}

fn service_mismatch(case: &Case) -> Outcome {
    let url = case.url();
    let Some(credential) = url.v4().and_then(|v4| v4.credential.as_ref()).filter(|c| c.well_formed) else {
        return Outcome::NotApplicable;
    };
    let expected = match url.place().endpoint {
        Endpoint::ObjectLambda => "s3-object-lambda",
        Endpoint::Outposts => "s3-outposts",
        Endpoint::Express => "s3express",
        _ => "s3",
    };
    let other = (credential.service != expected).then(|| {
        Finding::certain(format!(
            "the URL is signed for the service `{}`, and its host takes `{expected}`",
            quotable(&credential.service)
        ))
        .seen(Source::Url, format!("the scope in `X-Amz-Credential` of the host `{}`", quotable(url.host())))
        .fix(format!("sign for the service name `{expected}`"))
    });
    other.into()
}

/// What S3 answers for a bucket of somebody else's.
const ANOTHERS: [&str; 3] = ["AccessDenied", "Forbidden", "PermanentRedirect"];

fn bucket_name(case: &Case) -> Outcome {
    let place = case.url().place();
    let aws = !matches!(place.endpoint, Endpoint::Other | Endpoint::CloudFront);
    let Some(bucket) = place.bucket.as_deref().filter(|_| aws) else { return Outcome::NotApplicable };
    if place.access_point {
        return Outcome::Fine;
    }
    let lower = bucket.to_ascii_lowercase();
    let placeholder = ["undefined", "null", "none"].contains(&lower.as_str())
        || ["[object object]", "${", "{{", "<", "your-bucket", "my-bucket-name"]
            .iter()
            .any(|text| lower.contains(text));
    let looks = "the bucket's name looks like a placeholder: the signer's setting may have been empty";
    let finding = match (placeholder, bucket.parse::<presign::names::BucketName>().is_ok()) {
        (false, true) => return Outcome::Fine,
        // Somebody may have a bucket of this name, and mostly somebody else.
        (true, true) if ANOTHERS.iter().any(|code| case.said(code, "")) => Finding::possible(looks),
        (true, true) if !case.said("NoSuchBucket", "") => Finding::hint(looks),
        (true, _) => Finding::likely("the bucket's name is a placeholder: the signer's setting was empty"),
        (false, false) => Finding::likely(
            "what stands for the bucket is no bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens",
        ),
    };
    finding
        .seen(Source::Url, format!("the bucket `{}`", quotable(bucket)))
        .fix("compare it with the bucket's name, letter by letter; only buckets from before March 2018 in us-east-1 have others")
        .into()
}

fn bucket_name_with_dots(case: &Case) -> Outcome {
    let url = case.url();
    let place = url.place();
    let dotted = place.bucket.as_deref().is_some_and(|bucket| bucket.contains('.'));
    // The certificates of access points' hosts cover the dots that their names have.
    let breaks = url.is_tls() && place.virtual_host && dotted && !place.access_point;
    let breaks = breaks.then(|| {
        let reason = "the bucket's name has dots, and the certificate of `*.s3.….amazonaws.com` covers one label only: TLS fails before S3 is asked";
        let finding = if case.error().is_some() { Finding::hint(reason) } else { Finding::likely(reason) };
        finding
            .seen(Source::Url, format!("the host `{}`", quotable(url.host())))
            .fix("presign in path style")
            .paste("boto3.client('s3', config=botocore.config.Config(s3={'addressing_style': 'path'}))")
    });
    breaks.into()
}

fn bucket_and_key(case: &Case) -> Outcome {
    if case.is_form() || is_form_in_query(case.url()) {
        return Outcome::NotApplicable;
    }
    let url = case.url();
    let place = url.place();
    let key = place.key.as_str();
    let mut seen = Vec::new();
    if let Some(bucket) = place.bucket.as_deref().filter(|_| place.virtual_host)
        && key.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('/'))
    {
        seen.push(format!(
            "the key begins with the bucket's name, `{}/`, which is in the host already",
            quotable(bucket)
        ));
    }
    if key.is_empty() {
        seen.push("there is no key: the URL names the bucket itself, so it can only list it".to_owned());
    }
    if key.starts_with('/') || key.contains("//") {
        seen.push("the key has an empty segment, `//`: that is another key than without".to_owned());
    }
    if key.len() > 1 && key.ends_with('/') {
        seen.push("the key ends with a slash, as those of folders that a console made".to_owned());
    }
    if key != key.trim() {
        seen.push("the key begins or ends with white space".to_owned());
    }
    if key.contains('\u{fffd}') {
        seen.push("the key is not UTF-8 once decoded".to_owned());
    }
    // A name may well have `null` in it.
    let has_null = key.split('/').any(|part| part == "null");
    if has_null || ["undefined", "[object Object]", "${", "{{"].iter().any(|text| key.contains(text)) {
        seen.push("the key has a placeholder that was not filled in".to_owned());
    }
    if seen.is_empty() {
        return Outcome::Fine;
    }
    let blamed = case.said("NoSuchKey", "") || case.said("NoSuchBucket", "");
    let reason = "the URL may name another object than meant: without `s3:ListBucket`, S3 answers AccessDenied for a key that is not there";
    let finding = if blamed { Finding::likely(reason) } else { Finding::possible(reason) };
    seen.into_iter()
        .fold(finding, |finding, text| finding.seen(Source::Url, text))
        .fix("compare bucket and key with what is stored, byte by byte")
        .paste("aws s3api head-object --bucket BUCKET --key KEY")
        .into()
}

fn dot_segments(case: &Case) -> Outcome {
    let path = case.url().path();
    let has = path.split('/').any(|part| matches!(part, "." | ".." | "%2e" | "%2E" | "%2e%2e" | "%2E%2E"));
    let has = has.then(|| {
        let reason = "the key has `.` or `..` segments: browsers, curl and most clients resolve them, and so ask for another key";
        let finding = if case.said("SignatureDoesNotMatch", "") { Finding::likely(reason) } else { Finding::possible(reason) };
        finding
            .seen(Source::Url, "`/./` or `/../` in the path")
            .fix("use `curl --path-as-is`, or keys without such segments: no browser can fetch them")
            .paste("curl --path-as-is 'URL'")
    });
    has.into()
}

fn vpc_endpoint(case: &Case) -> Outcome {
    let vpc = (case.url().place().endpoint == Endpoint::Vpc).then(|| {
        Finding::hint("the host is a VPC endpoint's: it is reached only from that VPC or networks joined to it, and its own policy must allow the request")
            .seen(Source::Url, format!("the host `{}`", quotable(case.url().host())))
            .fix("from elsewhere, use a URL for the bucket's regional endpoint; else look at the endpoint's policy")
            .paste("aws ec2 describe-vpc-endpoints --vpc-endpoint-ids vpce-… --query 'VpcEndpoints[].PolicyDocument'")
    });
    vpc.into()
}

fn accelerate_endpoint(case: &Case) -> Outcome {
    let place = case.url().place();
    if place.endpoint != Endpoint::Accelerate {
        return Outcome::Fine;
    }
    let dotted = place.bucket.as_deref().is_some_and(|bucket| bucket.contains('.'));
    let finding = if dotted || !place.virtual_host {
        Finding::certain("transfer acceleration takes only buckets without dots in their names, named in the host")
    } else {
        Finding::hint("the URL goes through transfer acceleration, which must be on for the bucket")
    };
    finding
        .seen(Source::Url, format!("the host `{}`", quotable(case.url().host())))
        .fix("turn it on, or presign for the regional endpoint")
        .paste("aws s3api get-bucket-accelerate-configuration --bucket BUCKET")
        .into()
}

fn custom_host(case: &Case) -> Outcome {
    let url = case.url();
    let place = url.place();
    let finding = match place.endpoint {
        Endpoint::CloudFront if url.v4().is_some() && case.said(SIGNED_TWICE.code, SIGNED_TWICE.message) => {
            Finding::certain(
                "the host is a CloudFront distribution that signs for itself (origin access control), and passes on the URL's signature besides",
            )
        }
        Endpoint::CloudFront if url.v4().is_some() => Finding::likely(
            "the host is a CloudFront distribution: the signature covers the host, and CloudFront sends S3 another, or signs for itself",
        ),
        Endpoint::Other if url.v4().is_some() => return other_host(case),
        _ => return Outcome::Fine,
    };
    finding
        .seen(Source::Url, format!("the host `{}`", quotable(url.host())))
        .fix("send presigned URLs to S3 itself; for a name of your own use CloudFront with its own signed URLs")
        .into()
}

/// Of a server that is not AWS's, or a proxy's: S3's own canonical request would tell what came through.
fn other_host(case: &Case) -> Outcome {
    let url = case.url();
    let refused = case.said("SignatureDoesNotMatch", "");
    let reason = "the host is not one of S3's: it must be the one that was signed, and a proxy or CDN must pass on `Host`, path and query as \
                  they were; if so, method or a header is not as it was signed, or the secret key is not the access key id's";
    let finding = match lost_on_the_way(case).filter(|_| refused) {
        Some(lost) => Finding::likely("a proxy in between takes a part of the path away, and the path is signed")
            .seen(Source::Error, format!("`Resource` is without `{}`", quotable(lost))),
        // Signers that leave these as they are sign otherwise than servers do, whatever the host.
        None if refused
            && (is_otherwise_encoded(case) || url.place().bucket.is_some() && is_known_to_be_sent(case)) =>
        {
            Finding::possible(reason)
        }
        None if refused => Finding::likely(reason),
        None if url.place().bucket.is_none() => Finding::hint(reason),
        None => return Outcome::Fine,
    };
    let finding = if refused && case.request().is_none() { finding.paste(RECORD) } else { finding };
    finding
        .seen(Source::Url, format!("the host `{}`", quotable(url.host())))
        .fix(
            "sign with the address that the client uses (MinIO: `MINIO_SERVER_URL`, or a second client for signing), and let a proxy pass on path \
             and `Host` (nginx: `proxy_set_header Host $http_host`); before AWS itself, use CloudFront with its own signed URLs",
        )
        .into()
}

/// Whether it is told that the client sent the URL, or what of it came to the server.
fn is_known_to_be_sent(case: &Case) -> bool {
    case.differences().is_some() || case.request().is_some() && super::headers::sends_the_url(case)
}

/// Whether a character is left as it is that Signature Version 4 encodes, and many signers do not.
fn is_otherwise_encoded(case: &Case) -> bool {
    matches!(signer_encoding(case), Outcome::Found(_))
}

/// What the URL's path begins with, and the one that the server names does not.
fn lost_on_the_way(case: &Case) -> Option<&str> {
    let resource =
        case.error()?.detail("Resource").filter(|resource| resource.starts_with('/') && resource.len() > 1)?;
    let path = case.url().path();
    path.strip_suffix(resource).filter(|lost| !lost.is_empty())
}

fn plain_http(case: &Case) -> Outcome {
    let url = case.url();
    if url.is_tls() || matches!(url.place().endpoint, Endpoint::Other) {
        return Outcome::Fine;
    }
    let denied = case.said("AccessDenied", "explicit deny in a resource-based policy");
    let reason = "the URL is sent without TLS: bucket policies often deny that (`aws:SecureTransport`), and KMS-encrypted objects need it";
    let finding = if case.said("InvalidArgument", "over a secure connection") {
        Finding::certain(reason)
    } else if denied {
        Finding::likely(reason)
    } else if case.said("AccessDenied", "") {
        Finding::possible(reason)
    } else {
        Finding::hint(reason)
    };
    finding
        .seen(Source::Url, "it begins with `http://`")
        .fix("use `https://`: the signature does not cover the scheme, so the URL stays good")
        .into()
}
