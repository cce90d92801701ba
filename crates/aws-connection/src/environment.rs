use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// A variable of the environment that says something.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a variable of the environment is set to `true`.
pub fn is_true(name: &str) -> bool {
    variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// What the environment says for one service alone, such as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
pub struct OfServices;

impl LoadServiceConfig for OfServices {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        variable(&name_for_service(key.env(), key.service_id()))
    }
}

/// Source: AWS SDKs and tools reference guide, "Service-specific endpoints".
fn name_for_service(variable: &str, service_id: &str) -> String {
    format!("{variable}_{}", service_id.replace(' ', "_").to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_variables_of_its_own() {
        assert_eq!(name_for_service("AWS_ENDPOINT_URL", "DynamoDB"), "AWS_ENDPOINT_URL_DYNAMODB");
        assert_eq!(name_for_service("AWS_ENDPOINT_URL", "Secrets Manager"), "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    }
}
