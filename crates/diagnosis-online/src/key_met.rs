use diagnosis::Case;
use diagnosis::facts::{Encryption, Facts, Looked};

const ENCRYPTION: &str = "x-amz-server-side-encryption";
const KEY_ID: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// The KMS key that the request meets: the one that S3's answer names, the object's, the one that the upload names, or the
/// bucket's own. Of another key than the request's nothing must be said.
pub fn key_met(case: &Case, facts: &Facts) -> Looked<String> {
    let operation = case.operation();
    if let Some(denial) = case.denial().filter(|denial| denial.action.starts_with("kms:")) {
        // A copy decrypts its source with that one's key, and a part of an upload with its own.
        let of_source = denial.action == "kms:Decrypt" || !operation.kms_actions.contains(&denial.action.as_str());
        if of_source && case.states("x-amz-copy-source") {
            return unseen(&format!(
                "S3 speaks of the key that it asked for `{}`, which may be another one",
                denial.action
            ));
        }
        if let Some(key) = denial.resource.filter(|resource| resource.contains(":key/")) {
            return Looked::Found(key);
        }
    }
    if operation.needs_object {
        return match &facts.object {
            Looked::Found(object) => of_encryption(&object.encryption),
            Looked::CouldNot(reason) => unseen(reason),
            Looked::Nothing | Looked::NotAsked => Looked::Nothing,
        };
    }
    if !operation.chooses_encryption() {
        return unseen("it was chosen as the upload in parts was begun, and this request does not name it");
    }
    match (case.stated(KEY_ID), case.stated(ENCRYPTION)) {
        (Some(key), _) => Looked::Found(key),
        (None, _) if case.states(KEY_ID) => unseen("the upload signs it as a header, whose value is not in the URL"),
        // The bucket's default is for uploads that ask for no encryption, whatever key it names.
        // Source: Amazon S3 API reference, "PutObject", on `x-amz-server-side-encryption-aws-kms-key-id`.
        (None, Some(_)) => unseen("the upload asks for KMS and names no key, so that S3 takes AWS's own, `aws/s3`"),
        (None, None) if case.states(ENCRYPTION) => {
            unseen("the upload signs its encryption as a header, whose value is not in the URL")
        }
        (None, None) => of_encryption(&facts.bucket_encryption),
    }
}

fn of_encryption(encryption: &Looked<Encryption>) -> Looked<String> {
    match encryption {
        Looked::Found(encryption) => match &encryption.kms_key {
            Some(key) => Looked::Found(key.clone()),
            None if encryption.algorithm.starts_with("aws:kms") => {
                unseen("none is named, so that it is AWS's own, `aws/s3`")
            }
            None => Looked::Nothing,
        },
        Looked::CouldNot(reason) => unseen(reason),
        Looked::Nothing | Looked::NotAsked => Looked::Nothing,
    }
}

fn unseen(reason: &str) -> Looked<String> {
    Looked::CouldNot(format!("which key it is could not be seen: {reason}"))
}
