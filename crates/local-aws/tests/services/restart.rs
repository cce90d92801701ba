//! A restart forgets nothing.

use http::StatusCode;

use crate::support::{Stack, administrator, get};

#[tokio::test]
async fn roles_objects_and_sessions_outlive_a_restart() {
    let stack = Stack::with_signer().await;
    let session = stack.session(900).await;
    stack.presigned_get(session.clone(), "../odd//key").await;
    let begun = stack.s3(administrator()).create_multipart_upload().bucket("docs").key("later").send().await.unwrap();

    let stack = stack.restart().await;
    let url = stack.presigned_get(session, "../odd//key").await;
    assert_eq!(get(&url, &[]).await.status, StatusCode::OK);
    let s3 = stack.s3(administrator());
    let listed = s3.list_objects_v2().bucket("docs").send().await.unwrap();
    assert_eq!(listed.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["../odd//key"]);
    let uploads = s3.list_multipart_uploads().bucket("docs").send().await.unwrap();
    assert_eq!(uploads.uploads()[0].upload_id(), begun.upload_id());
    let policy = stack.iam(administrator()).get_role_policy().role_name("signer").policy_name("access").send().await;
    assert!(policy.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_with_the_master_key_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let stack = Stack::with_signer().await;
    let mode = std::fs::metadata(stack.data.path().join("iam.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
