/// Whether this can be a partition of AWS's, such as `aws-us-gov`. New ones come, so no list is kept. What is neither letter
/// nor digit nor `-` never is: a policy's text takes one as it stands.
pub(super) fn is_partition(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
