use aws_credential_types::provider::SharedCredentialsProvider;

/// Where keys come from that are given rather than made.
#[derive(Debug, Clone)]
pub struct KeySources {
    /// The process's own credentials.
    pub environment: Option<SharedCredentialsProvider>,
    /// What the container's endpoint hands out.
    pub container: Option<SharedCredentialsProvider>,
    /// Keeps users' access keys.
    pub secrets: aws_sdk_secretsmanager::Client,
}
