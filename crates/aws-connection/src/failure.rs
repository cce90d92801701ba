use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use https_connector::NotInTime;
use hyper_util::client::legacy;

/// What kind of failure it is for the SDK, which tries again after some of them. As `aws-smithy-http-client` has it.
pub fn classified(error: legacy::Error) -> ConnectorError {
    if cause::<NotInTime>(&error).is_some() {
        return ConnectorError::timeout(error.into());
    }
    let (connecting, input_or_output) = (error.is_connect(), cause::<io::Error>(&error).is_some());
    match cause::<hyper::Error>(&error) {
        Some(hyper) if hyper.is_timeout() => ConnectorError::timeout(error.into()),
        Some(hyper) if hyper.is_user() => ConnectorError::user(error.into()),
        Some(hyper) if hyper.is_closed() || hyper.is_canceled() => ConnectorError::io(error.into()),
        _ if connecting || input_or_output => ConnectorError::io(error.into()),
        // S3 is known to hang up before it has answered.
        Some(hyper) if hyper.is_incomplete_message() => {
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        _ => ConnectorError::other(error.into(), None),
    }
}

/// The first cause of this type.
fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}
