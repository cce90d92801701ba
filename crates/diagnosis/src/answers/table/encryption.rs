//! KMS and its keys.

use super::{AFTER_SIGNATURE, Answer, ROW};

pub(super) const ROWS: &[Answer] = &[
    Answer {
        check: "kms-key-disabled",
        code: "KMS.DisabledException",
        cause: "the KMS key that encrypts the object is disabled",
        fix: "enable it",
        paste: "aws kms enable-key --key-id KEY_ID",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "kms-key-state",
        code: "KMS.KMSInvalidStateException",
        message: "pending deletion",
        cause: "the KMS key that encrypts the object waits to be deleted",
        fix: "cancel its deletion, and enable it",
        paste: "aws kms cancel-key-deletion --key-id KEY_ID && aws kms enable-key --key-id KEY_ID",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "kms-key-state",
        code: "KMS.KMSInvalidStateException",
        cause: "the KMS key is in a state that does not let it be used: disabled, pending deletion or without its material",
        fix: "see its state",
        paste: "aws kms describe-key --key-id KEY_ID --query KeyMetadata.KeyState",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "kms-key-not-found",
        code: "KMS.NotFoundException",
        cause: "there is no such KMS key in the bucket's region",
        fix: "name the key by its ARN; it must be in the bucket's region, and an alias without an account is looked for in the signer's account",
        paste: "aws kms describe-key --key-id KEY_ARN --region REGION",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "kms-permission",
        code: "KMS.AccessDeniedException",
        cause: "the signer may not use the KMS key",
        fix: "allow it in the key policy and the signer's: kms:Decrypt to read and for multipart, kms:GenerateDataKey to write",
        paste: "{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"KEY_ARN\"}",
        rules_out: AFTER_SIGNATURE,
        ..ROW
    },
    Answer {
        check: "kms-key-usage",
        code: "KMS.InvalidKeyUsageException",
        cause: "the KMS key is not for symmetric encryption",
        fix: "use a symmetric encryption key; S3 takes no other",
        ..ROW
    },
    Answer {
        check: "kms-unavailable",
        code: "KMS.KeyUnavailableException",
        cause: "KMS could not use the key just then",
        fix: "send it again; an external key store must be reachable",
        ..ROW
    },
    Answer {
        check: "kms-throttled",
        code: "KMS.ThrottlingException",
        cause: "KMS was asked too often",
        fix: "slow down; turn on the bucket key, which asks KMS seldom",
        paste: "aws s3api get-bucket-encryption --bucket BUCKET",
        ..ROW
    },
    Answer {
        check: "encryption-algorithm",
        code: "InvalidEncryptionAlgorithmError",
        cause: "`x-amz-server-side-encryption` has a value that S3 does not know",
        fix: "sign and send `AES256`, `aws:kms` or `aws:kms:dsse`",
        ..ROW
    },
];
