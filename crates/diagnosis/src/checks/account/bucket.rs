use super::archive::archived_object;
use super::{DENIED, as_sure_as_the_method, looked, when_found, when_found_or};
use crate::case::Case;
use crate::check::{Check, Outcome, Symptom};
use crate::checks::headers::NO_BUCKET_TO_A_PREFLIGHT;
use crate::finding::{Finding, Source};
use crate::text::{pasteable, quotable};

pub(super) const CHECKS: &[Check] = &[
    looked(
        "bucket-region",
        "The bucket is in another region than the URL is signed for, or there is no such bucket.",
        &[
            Symptom::said("AuthorizationQueryParametersError", "region"),
            Symptom::code("PermanentRedirect"),
            Symptom::code("TemporaryRedirect"),
            Symptom::code("IllegalLocationConstraintException"),
            Symptom::code("NoSuchBucket"),
            NO_BUCKET_TO_A_PREFLIGHT,
        ],
        &["AccessDenied 2", "AccessDenied 3"],
        bucket_region,
    ),
    looked(
        "object-exists",
        "There is no object under this key.",
        &[Symptom::code("NoSuchKey"), DENIED],
        &["AccessDenied 2"],
        object_exists,
    ),
    looked("archived-object", "The object is archived.", &[Symptom::code("InvalidObjectState")], &[], archived_object),
    looked(
        "public-access-block",
        "Whether Block Public Access is on. It does not touch presigned requests, unless the bucket's policy is public and the signer of another account.",
        &[DENIED],
        &["AccessDenied 5"],
        public_access_block,
    ),
    looked(
        "sse-not-signed",
        "An upload that signs no encryption is encrypted as the bucket's default says.",
        &[DENIED],
        &["SSE-KMS 5"],
        sse_not_signed,
    ),
    looked(
        "older-than-change",
        "Nobody looks whether signer, bucket or key were changed since the URL was signed: it tells where that stands.",
        &[],
        &["Policy change 7"],
        older_than_change,
    ),
];

fn no_bucket() -> Outcome {
    Finding::certain("there is no bucket of this name")
        .seen(Source::Account, "S3 knows no such bucket")
        .fix("compare the name; it may have been deleted")
        .into()
}

fn bucket_region(case: &Case) -> Outcome {
    when_found_or(
        case,
        |facts| &facts.bucket_region,
        no_bucket,
        |region, _| {
            let signed = case.url().v4().and_then(|v4| v4.region())?;
            (region != signed).then(|| {
                let paste = format!("aws s3 presign s3://BUCKET/KEY --region {}", pasteable(region, "REGION"));
                let region = quotable(region);
                Finding::certain(format!(
                    "the bucket is in `{region}`, and the URL is signed for `{}`",
                    quotable(signed)
                ))
                .seen(Source::Account, format!("S3: the bucket's region is `{region}`"))
                .fix("sign with the bucket's region, for the bucket's regional endpoint")
                .paste(paste)
                .rules_out(&["permissions and policies: S3 does not get to them"])
            })
        },
    )
}

fn no_object() -> Outcome {
    Finding::likely(
        "there is no object under this key; to a signer without `s3:ListBucket`, S3 answers AccessDenied for it",
    )
    .seen(Source::Account, "S3: HEAD of the object is 404")
    .fix("compare the key byte by byte: case, prefix, encoding, slashes; or it was deleted, or never uploaded")
    .paste("aws s3api list-objects-v2 --bucket BUCKET --prefix PREFIX")
    .into()
}

fn object_exists(case: &Case) -> Outcome {
    if !case.operation().needs_object {
        return Outcome::NotApplicable;
    }
    as_sure_as_the_method(case, when_found_or(case, |facts| &facts.object, no_object, |_, _| None))
}

fn public_access_block(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.public_access_block,
        |block, _| {
            let blamed = case.said("AccessDenied", "explicit deny in a resource-based policy");
            (block.restricts_public_buckets && blamed).then(|| {
            Finding::possible("`RestrictPublicBuckets` is on: if the bucket's policy counts as public, signers of other accounts are denied")
                .seen(Source::Account, "S3: `RestrictPublicBuckets` of the bucket is true")
                .fix("name the signer's account in the bucket policy's Principal, instead of `*`")
        })
        },
    )
}

fn sse_not_signed(case: &Case) -> Outcome {
    when_found(
        case,
        |facts| &facts.bucket_encryption,
        |encryption, _| {
            case.url().v4()?;
            let uploads = case.operation().chooses_encryption();
            let signed = case.states("x-amz-server-side-encryption");
            (uploads && !signed && encryption.algorithm == "AES256").then(|| {
            Finding::hint("the upload signs no encryption, and the bucket's default is S3's own keys: the object will not be encrypted with KMS, and a policy that demands KMS denies it")
                .seen(Source::Account, "S3: the bucket's default encryption is `AES256`")
                .seen(Source::Url, "`x-amz-server-side-encryption` is not signed")
                .fix("sign `x-amz-server-side-encryption: aws:kms`, and the key's id, or set the bucket's default")
        })
        },
    )
}

/// Nobody looks through CloudTrail for this: whoever reads the report is told where it stands.
fn older_than_change(_: &Case) -> Outcome {
    Outcome::CouldNotLook(
        "when policies were changed last is in CloudTrail: look for events of the signer, bucket and key since the URL was signed"
            .to_owned(),
    )
}
