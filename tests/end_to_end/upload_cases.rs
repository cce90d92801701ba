//! Every field of a PUT, with the headers that it becomes and what S3 tells of the object then.

use serde_json::{Value, json};

/// The bytes that the digests are of.
pub const BODY: &str = "hello";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// One field, or some that go together.
pub struct Case {
    /// As the request has them.
    pub fields: Value,
    /// All headers that the client is to send.
    pub headers: Value,
    /// What HEAD tells of the object then.
    pub told: &'static [(&'static str, &'static str)],
}

fn case(fields: Value, headers: Value, told: &'static [(&'static str, &'static str)]) -> Case {
    Case { fields, headers, told }
}

/// Every field that a PUT has.
pub fn cases() -> Vec<Case> {
    [of_the_bytes(), of_the_object(), of_encryption()].into_iter().flatten().collect()
}

fn of_the_bytes() -> Vec<Case> {
    vec![
        case(
            json!({}),
            json!({}),
            &[("content-type", "binary/octet-stream"), ("x-amz-server-side-encryption", "AES256")],
        ),
        case(
            json!({"contentType": "text/plain; charset=utf-8"}),
            json!({"content-type": "text/plain; charset=utf-8"}),
            &[("content-type", "text/plain; charset=utf-8")],
        ),
        case(json!({"contentLength": 5}), json!({"content-length": "5"}), &[("content-length", "5")]),
        case(
            json!({"contentMD5": "XUFAKrxLKna5cZ2REBfFkg=="}),
            json!({"content-md5": "XUFAKrxLKna5cZ2REBfFkg=="}),
            &[("etag", "\"5d41402abc4b2a76b9719d911017c592\"")],
        ),
        case(
            json!({"checksumCRC32": "NhCmhg=="}),
            json!({"x-amz-checksum-crc32": "NhCmhg=="}),
            &[("x-amz-checksum-crc32", "NhCmhg==")],
        ),
        case(
            json!({"checksumCRC32C": "mnG7TA=="}),
            json!({"x-amz-checksum-crc32c": "mnG7TA=="}),
            &[("x-amz-checksum-crc32c", "mnG7TA==")],
        ),
        case(
            json!({"checksumCRC64NVME": "M3eFcAZSQlc="}),
            json!({"x-amz-checksum-crc64nvme": "M3eFcAZSQlc="}),
            &[("x-amz-checksum-crc64nvme", "M3eFcAZSQlc=")],
        ),
        case(
            json!({"checksumSHA1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}),
            json!({"x-amz-checksum-sha1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="}),
            &[("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=")],
        ),
        case(
            json!({"checksumSHA256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}),
            json!({"x-amz-checksum-sha256": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}),
            &[("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")],
        ),
    ]
}

fn of_the_object() -> Vec<Case> {
    let lock = "2100-01-01T00:00:00Z";
    vec![
        case(
            json!({"cacheControl": "max-age=60,  private"}),
            json!({"cache-control": "max-age=60,  private"}),
            &[("cache-control", "max-age=60,  private")],
        ),
        case(
            json!({"contentDisposition": "attachment; filename=\"it's.txt\"; filename*=UTF-8''%C5%BC.txt"}),
            json!({"content-disposition": "attachment; filename=\"it's.txt\"; filename*=UTF-8''%C5%BC.txt"}),
            &[("content-disposition", "attachment; filename=\"it's.txt\"; filename*=UTF-8''%C5%BC.txt")],
        ),
        case(json!({"contentEncoding": "gzip"}), json!({"content-encoding": "gzip"}), &[("content-encoding", "gzip")]),
        case(
            json!({"contentLanguage": "de, en"}),
            json!({"content-language": "de, en"}),
            &[("content-language", "de, en")],
        ),
        case(
            json!({"expires": "2027-01-01T01:00:00+01:00"}),
            json!({"expires": "Fri, 01 Jan 2027 00:00:00 GMT"}),
            &[("expires", "Fri, 01 Jan 2027 00:00:00 GMT")],
        ),
        case(
            json!({"metadata": {"Owner": "Ada L.", "a_b.c": "1 = 2"}}),
            json!({"x-amz-meta-owner": "Ada L.", "x-amz-meta-a_b.c": "1 = 2"}),
            &[("x-amz-meta-owner", "Ada L."), ("x-amz-meta-a_b.c", "1 = 2")],
        ),
        case(
            json!({"tagging": {"project": "a b+c", "é": "", "path": "x/y=z"}}),
            json!({"x-amz-tagging": "path=x%2Fy%3Dz&project=a%20b%2Bc&%C3%A9="}),
            &[],
        ),
        case(
            json!({"storageClass": "STANDARD_IA"}),
            json!({"x-amz-storage-class": "STANDARD_IA"}),
            &[("x-amz-storage-class", "STANDARD_IA")],
        ),
        case(json!({"ifNoneMatch": "*"}), json!({"if-none-match": "*"}), &[]),
        case(
            json!({"objectLockMode": "GOVERNANCE", "objectLockRetainUntilDate": lock, "checksumCRC32": "NhCmhg=="}),
            json!({
                "x-amz-object-lock-mode": "GOVERNANCE",
                "x-amz-object-lock-retain-until-date": lock,
                "x-amz-checksum-crc32": "NhCmhg==",
            }),
            &[
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", "2100-01-01T00:00:00.000Z"),
            ],
        ),
        case(
            json!({"objectLockLegalHoldStatus": "ON", "contentMD5": "XUFAKrxLKna5cZ2REBfFkg=="}),
            json!({"x-amz-object-lock-legal-hold": "ON", "content-md5": "XUFAKrxLKna5cZ2REBfFkg=="}),
            &[("x-amz-object-lock-legal-hold", "ON")],
        ),
    ]
}

fn of_encryption() -> Vec<Case> {
    vec![
        case(
            json!({"serverSideEncryption": "AES256"}),
            json!({"x-amz-server-side-encryption": "AES256"}),
            &[("x-amz-server-side-encryption", "AES256")],
        ),
        case(
            json!({"serverSideEncryption": "aws:kms", "ssekmsKeyId": KEY, "bucketKeyEnabled": true}),
            json!({
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": KEY,
                "x-amz-server-side-encryption-bucket-key-enabled": "true",
            }),
            &[
                ("x-amz-server-side-encryption", "aws:kms"),
                ("x-amz-server-side-encryption-aws-kms-key-id", KEY),
                ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
            ],
        ),
        case(
            json!({"serverSideEncryption": "aws:kms:dsse", "ssekmsKeyId": KEY}),
            json!({
                "x-amz-server-side-encryption": "aws:kms:dsse",
                "x-amz-server-side-encryption-aws-kms-key-id": KEY,
            }),
            &[("x-amz-server-side-encryption", "aws:kms:dsse"), ("x-amz-server-side-encryption-aws-kms-key-id", KEY)],
        ),
        case(
            json!({"serverSideEncryption": "aws:kms", "ssekmsEncryptionContext": {"team": "b", "app": "a"}}),
            json!({
                "x-amz-server-side-encryption": "aws:kms",
                // {"app":"a","team":"b"}
                "x-amz-server-side-encryption-context": "eyJhcHAiOiJhIiwidGVhbSI6ImIifQ==",
            }),
            &[("x-amz-server-side-encryption", "aws:kms")],
        ),
    ]
}
