//! Who holds a policy and who is in a group, from answers of IAM in several pages.
#![cfg(test)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_iam::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use invalidate_urls::IamDirectory;
use presign::names::AccountId;
use presign::policy_change::{Holders, PrincipalDirectory};

/// Answers with prepared pages, each with its status, and keeps what was asked.
#[derive(Debug, Clone, Default)]
struct Iam {
    pages: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Iam {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let form = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        self.asked.lock().unwrap().push(form);
        let (status, page) = self.pages.lock().unwrap().pop_front().unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), page.into())))
    }
}

impl Iam {
    fn of(pages: impl IntoIterator<Item = String>) -> Self {
        let pages = pages.into_iter().map(|page| (200, page)).collect();
        Self { pages: Arc::new(Mutex::new(pages)), asked: Arc::default() }
    }

    fn refusing(status: u16, code: &str) -> Self {
        let answer = format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
        Self { pages: Arc::new(Mutex::new([(status, answer)].into())), asked: Arc::default() }
    }

    fn directory(&self) -> IamDirectory {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("AKIA1", "s", None, None, "test"))
            .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
            .build();
        IamDirectory::new(Client::from_conf(config))
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn entities(roles: &str, users: &str, groups: &str, rest: &str) -> String {
    let member = |kind: &str, names: &str| {
        let one = |name| format!("<member><{kind}Name>{name}</{kind}Name><{kind}Id>X</{kind}Id></member>");
        names.split_whitespace().map(one).collect::<String>()
    };
    format!(
        "<ListEntitiesForPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListEntitiesForPolicyResult>\
         <PolicyRoles>{}</PolicyRoles><PolicyUsers>{}</PolicyUsers><PolicyGroups>{}</PolicyGroups>{rest}\
         </ListEntitiesForPolicyResult></ListEntitiesForPolicyResponse>",
        member("Role", roles),
        member("User", users),
        member("Group", groups)
    )
}

fn group(account: &str, users: &str, rest: &str) -> String {
    let one = |name| {
        format!(
            "<member><Path>/team/</Path><UserName>{name}</UserName><UserId>X</UserId>\
             <Arn>arn:aws:iam::{account}:user/team/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    let users: String = users.split_whitespace().map(one).collect();
    format!(
        "<GetGroupResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetGroupResult><Group><Path>/</Path>\
         <GroupName>g</GroupName><GroupId>X</GroupId><Arn>arn:aws:iam::{account}:group/g</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate></Group><Users>{users}</Users>{rest}</GetGroupResult></GetGroupResponse>"
    )
}

const MORE: &str = "<IsTruncated>true</IsTruncated><Marker>m1</Marker>";
const LAST: &str = "<IsTruncated>false</IsTruncated>";

#[tokio::test]
async fn the_holders_of_a_policy_are_those_of_all_pages() {
    let iam = Iam::of([entities("Signer other", "", "", MORE), entities("", "bob", "g", LAST)]);
    let policy = "arn:aws:iam::123456789012:policy/team/signers".parse().unwrap();
    let holders = iam.directory().holders(&account(), &policy).await.unwrap();
    let principals: Vec<String> = holders.principals.iter().map(ToString::to_string).collect();
    assert_eq!(principals, ["role/123456789012/signer", "role/123456789012/other", "user/123456789012/bob"]);
    assert_eq!(holders.groups.iter().map(ToString::to_string).collect::<Vec<_>>(), ["g"]);
    let asked = iam.asked();
    assert!(asked[1].contains("Marker=m1"), "{}", asked[1]);
    // Without it, IAM lists those too that have the policy as their boundary.
    assert!(asked.iter().all(|form| !form.contains("PolicyUsageFilter")));
}

#[tokio::test]
async fn the_members_of_a_group_are_those_of_all_pages() {
    let iam = Iam::of([group("123456789012", "alice", MORE), group("123456789012", "bob", LAST)]);
    let members = iam.directory().members(&account(), &"g".parse().unwrap()).await.unwrap();
    let members: Vec<String> = members.iter().map(ToString::to_string).collect();
    assert_eq!(members, ["user/123456789012/alice", "user/123456789012/bob"]);
}

#[tokio::test]
async fn a_group_of_another_account_is_not_taken_for_ours() {
    let iam = Iam::of([group("999999999999", "alice", LAST)]);
    let refused = iam.directory().members(&account(), &"g".parse().unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("another account"), "{refused}");
}

#[tokio::test]
async fn a_list_without_its_end_is_not_taken_for_whole() {
    let policy = "arn:aws:iam::123456789012:policy/p".parse().unwrap();
    let unmarked = "<IsTruncated>true</IsTruncated>";
    for pages in [vec![entities("signer", "", "", unmarked)], vec![entities("signer", "", "", MORE); 2]] {
        let refused = Iam::of(pages).directory().holders(&account(), &policy).await.unwrap_err();
        assert!(refused.to_string().contains("last page"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_deleted_has_no_holders_and_no_members_and_what_is_refused_is_not_known() {
    let policy = "arn:aws:iam::123456789012:policy/p".parse().unwrap();
    let group = "g".parse().unwrap();
    let gone = || Iam::refusing(404, "NoSuchEntity").directory();
    assert_eq!(gone().holders(&account(), &policy).await.unwrap(), Holders::default());
    assert_eq!(gone().members(&account(), &group).await.unwrap(), []);
    let refusing = || Iam::refusing(403, "AccessDenied").directory();
    refusing().holders(&account(), &policy).await.unwrap_err();
    refusing().members(&account(), &group).await.unwrap_err();
}
