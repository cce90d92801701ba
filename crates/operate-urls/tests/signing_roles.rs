//! The names of a role's policies, from answers of IAM in several pages.
#![cfg(test)]

use std::collections::VecDeque;
use std::sync::Mutex;

use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use operate_urls::{IamError, RolePolicies, SigningRoles};

/// Answers with prepared pages.
#[derive(Debug)]
struct Iam(Mutex<VecDeque<String>>);

impl HttpConnector for Iam {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let page = self.0.lock().unwrap().pop_front().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), page.into())))
    }
}

async fn names(pages: impl IntoIterator<Item = String>) -> Result<Vec<String>, IamError> {
    let connector = SharedHttpConnector::new(Iam(Mutex::new(pages.into_iter().collect())));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("AKIA1", "s", None, None, "test"))
        .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
        .build();
    let role = "arn:aws:iam::123456789012:role/signer".parse().unwrap();
    SigningRoles::new(Client::from_conf(config)).names(&role).await
}

fn page(name: &str, rest: &str) -> String {
    format!(
        "<ListRolePoliciesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolePoliciesResult>\
         <PolicyNames><member>{name}</member></PolicyNames>{rest}</ListRolePoliciesResult></ListRolePoliciesResponse>"
    )
}

const MORE: &str = "<IsTruncated>true</IsTruncated><Marker>m1</Marker>";
const LAST: &str = "<IsTruncated>false</IsTruncated>";

#[tokio::test]
async fn the_policies_of_a_role_are_those_of_all_pages() {
    assert_eq!(names([page("access", MORE), page("revoked", LAST)]).await.unwrap(), ["access", "revoked"]);
}

#[tokio::test]
async fn a_list_without_its_end_is_not_taken_for_whole() {
    for pages in [vec![page("access", "<IsTruncated>true</IsTruncated>")], vec![page("access", MORE); 2]] {
        let refused = names(pages).await.unwrap_err();
        assert!(refused.to_string().contains("last page"), "{refused}");
    }
}
