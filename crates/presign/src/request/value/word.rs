//! Parameters that have a few words for values.

use crate::words::words;

words! {
    /// How durably and how near at hand an object is kept: the classes of general purpose buckets.
    /// Source: Amazon S3 API reference, `PutObject`, `x-amz-storage-class`.
    StorageClass {
        Standard = "STANDARD",
        ReducedRedundancy = "REDUCED_REDUNDANCY",
        StandardIa = "STANDARD_IA",
        OnezoneIa = "ONEZONE_IA",
        IntelligentTiering = "INTELLIGENT_TIERING",
        Glacier = "GLACIER",
        GlacierIr = "GLACIER_IR",
        DeepArchive = "DEEP_ARCHIVE",
    }

    /// Create-only: S3 takes no other condition of this kind on an upload.
    IfNoneMatch {
        Any = "*",
    }

    /// Whether a read tells the object's checksum.
    ChecksumMode {
        Enabled = "ENABLED",
    }

    /// Who may shorten an object's lock.
    ObjectLockMode {
        Governance = "GOVERNANCE",
        Compliance = "COMPLIANCE",
    }

    /// A lock without an end.
    ObjectLockLegalHoldStatus {
        On = "ON",
        Off = "OFF",
    }

    /// Where a copy has its metadata or its tags from: the source, or the request.
    Directive {
        Copy = "COPY",
        Replace = "REPLACE",
    }
}
