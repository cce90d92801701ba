//! Uploads by an HTML form: a POST policy says what the holder may send, and the signature is over the policy.
//!
//! Source: Amazon S3 API reference, "Browser-Based Uploads Using POST (AWS Signature Version 4)".

mod body;
mod bound_form;
mod content_type;
mod key;
mod length_range;
mod matching;
mod policy;
mod post_form;
mod request;
mod success;

pub use body::FormRequestBody;
pub use bound_form::{BoundForm, SignedForm};
pub use content_type::{FormContentType, FormContentTypeError};
pub use key::{FormKey, FormKeyError};
pub use length_range::{ContentLengthRange, ContentLengthRangeError};
pub use matching::Matching;
pub use post_form::PostForm;
pub use request::{FormRequest, FormRequestError};
pub use success::{SuccessActionRedirect, SuccessActionRedirectError, SuccessActionStatus};
