use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_api::read_json;
use presign::form::{BoundForm, FormKey, FormRequest, FormRequestBody};
use presign::multipart::{
    AbortUploadBody, BoundUpload, CompleteUpload, CompleteUploadBody, CreateUpload, CreateUploadBody, ListPartsBody,
    PartUrls, PartUrlsBody, S3Request,
};
use presign::names::{BucketName, ObjectKey};
use presign::request::{UrlRequest, UrlRequestBody};
use presign::signed_request::BoundRequest;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::service::{PREFIX, PROFILES, PROFILES_WITH_PARTS, SESSION, now};
use crate::signed::{check_header, check_url};

/// The JSON of each request of the interface: what is read is signed, and says what it was read to say.
pub fn requests(bytes: &[u8]) {
    if let Some(request) = read::<UrlRequestBody>(bytes).and_then(|body| UrlRequest::try_from(body).ok()) {
        url(&request);
    }
    if let Some(request) = read::<FormRequestBody>(bytes).and_then(|body| FormRequest::try_from(body).ok()) {
        form(&request);
    }
    if let Some(create) = read::<CreateUploadBody>(bytes).and_then(|body| CreateUpload::try_from(body).ok())
        && let Ok(bound) = BoundUpload::new(&create.bucket, &create.key, &PROFILES_WITH_PARTS)
        && let Ok(encrypted) = bound.encrypt(create.request.clone(), &create.encryption)
    {
        calls(&create.bucket, &create.key, [&encrypted]);
    }
    if let Some(parts) = read::<PartUrlsBody>(bytes).and_then(|body| PartUrls::try_from(body).ok()) {
        calls(&parts.bucket, &parts.key, parts.parts.iter().map(|(_, call)| call));
    }
    if let Some(complete) = read::<CompleteUploadBody>(bytes).and_then(|body| CompleteUpload::try_from(body).ok()) {
        calls(&complete.bucket, &complete.key, [&complete.request]);
    }
    if let Some(abort) = read::<AbortUploadBody>(bytes) {
        calls(&abort.bucket, &abort.key, [&abort.request()]);
    }
    if let Some(list) = read::<ListPartsBody>(bytes) {
        calls(&list.bucket, &list.key, [&list.request()]);
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    read_json(bytes).ok()
}

fn url(request: &UrlRequest) {
    let Ok(bound) = BoundRequest::new(request, &PROFILES) else { return };
    let Ok(signed) = bound.sign(bound.profile().bounds(), &SESSION, now()) else { return };
    check_url(signed.url.expose(), request.key().as_str(), bound.headers());
    assert!(signed.lifetime.expires_in <= request.asked().expires_in, "it lives longer than was asked");
    let length: usize = bound.headers().iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(length <= 8192, "S3 takes 8 KB of headers");
}

fn form(request: &FormRequest) {
    let Ok(bound) = BoundForm::new(request, &PROFILES) else { return };
    let Ok(signed) = bound.sign(bound.profile().bounds(), &SESSION, now()) else { return };
    let fields = signed.form.expose_fields();
    for (name, value) in fields {
        assert!(!name.chars().any(|c| c.is_control() || c == '"'), "`{name}` ends the name of a field");
        assert!(!value.chars().any(char::is_control), "`{name}` ends its field");
    }
    let field = |wanted| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let policy = BASE64_STANDARD.decode(field("policy").unwrap_or_default()).expect("the policy is base64");
    let policy: Value = serde_json::from_slice(&policy).expect("the policy is JSON");
    let beginning = match request.key() {
        FormKey::Exactly(key) => {
            assert_eq!(policy.pointer("/conditions/1/key"), Some(&Value::from(key.as_str())), "another key");
            key.as_str()
        }
        FormKey::StartsWith { beginning, .. } => {
            let condition = ["starts-with", "$key", beginning.as_str()];
            assert_eq!(policy.pointer("/conditions/1"), Some(&Value::from(condition.to_vec())), "other keys");
            beginning
        }
    };
    assert!(beginning.starts_with(PREFIX), "`{beginning}` is not served");
}

fn calls<'a>(bucket: &BucketName, key: &ObjectKey, calls: impl IntoIterator<Item = &'a S3Request> + Clone) {
    let Ok(bound) = BoundUpload::new(bucket, key, &PROFILES_WITH_PARTS) else { return };
    let asked = presign::lifetime::Asked {
        expires_in: presign::lifetime::ExpiresIn::MINUTE,
        mode: presign::lifetime::LifetimeMode::Clamp,
        minimum_remaining: None,
    };
    let signed = bound.sign(calls.clone(), &asked, bound.profile().bounds(), &SESSION, now()).expect("an hour is left");
    for (call, url) in calls.into_iter().zip(&signed.urls) {
        check_url(url.expose(), key.as_str(), &call.headers);
        call.headers.iter().for_each(|(name, value)| check_header(name, value));
    }
}
