use aws_credential_types::provider::SharedCredentialsProvider;

/// Where keys come from that are given rather than made.
#[derive(Debug, Clone)]
pub struct KeySources {
    /// The process's own credentials.
    pub environment: Option<SharedCredentialsProvider>,
    /// What the container's endpoint hands out.
    pub container: Option<SharedCredentialsProvider>,
    /// Settings of the client of Secrets Manager, which keeps users' access keys. It is made when a key is asked for: most profiles sign
    /// with roles.
    pub secrets: aws_sdk_secretsmanager::Config,
}
