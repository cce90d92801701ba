//! S3: `s3s` for the protocol, `s3s-fs` for the bytes, and around them what both leave out.

mod access;
mod error;
mod form;
mod host;
mod presigned;
mod store;

use std::path::Path;

use axum::body::Body;
use http::header::{CONTENT_LENGTH, Entry};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use s3s::service::{S3Service, S3ServiceBuilder};
use uuid::Uuid;

use crate::faults::Faults;
use crate::identity::Directory;
use access::{Access, Secrets};
pub use store::{Store, StoreError};

/// The service: cheap to clone.
#[derive(Clone)]
pub struct S3 {
    service: S3Service,
    directory: Directory,
    region: String,
    pub store: Store,
}

impl S3 {
    /// Opens the objects under `root`, creating it if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub async fn open(root: &Path, region: &str, directory: Directory, faults: Faults) -> Result<Self, StoreError> {
        let store = Store::open(root, region, directory.clock.clone()).await?;
        let mut builder = S3ServiceBuilder::new(store.clone());
        builder.set_auth(Secrets(directory.clone()));
        builder.set_access(Access { directory: directory.clone(), faults });
        builder.set_host(host::Hosts);
        Ok(Self { service: builder.build(), directory, region: region.to_owned(), store })
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Body>) -> Response<Body> {
        let request_id = Uuid::new_v4().simple().to_string().to_uppercase().chars().take(16).collect::<String>();
        let mut response = self.answer(request, &request_id).await;
        if response.status() == StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(CONTENT_LENGTH);
            response.headers_mut().remove(http::header::CONTENT_TYPE);
        }
        if response.status() == StatusCode::OK && response.headers().contains_key(http::header::CONTENT_RANGE) {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            headers.insert("x-amz-request-id", id);
        }
        if let Ok(region) = HeaderValue::from_str(&self.region) {
            headers.insert("x-amz-bucket-region", region);
        }
        headers.insert(http::header::SERVER, HeaderValue::from_static("AmazonS3"));
        response
    }

    async fn answer(&self, request: Request<Body>, request_id: &str) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        if let Err(refusal) = presigned::check(&parts, &self.region, self.directory.clock.now()) {
            return refusal.into_response(request_id);
        }
        let body = match form::boundary(&parts) {
            Some(boundary) => match form::PostForm::read(body, &boundary).await {
                Ok((form, body)) => {
                    parts.extensions.insert(form);
                    if let Entry::Occupied(mut length) = parts.headers.entry(CONTENT_LENGTH) {
                        length.insert(body.len().into());
                    }
                    s3s::Body::from(body)
                }
                Err(refusal) => return refusal.into_response(request_id),
            },
            None => s3s::Body::http_body_unsync(body),
        };
        match self.service.call(Request::from_parts(parts, body)).await {
            Ok(response) if response.status().is_client_error() || response.status().is_server_error() => {
                complete(response.map(Body::new), request_id).await
            }
            Ok(mut response) => match response.extensions_mut().remove::<form::Posted>() {
                Some(posted) => posted.complete(response.map(Body::new)),
                None => response.map(Body::new),
            },
            Err(_) => error::Refusal::internal().into_response(request_id),
        }
    }
}

/// The longest error document that is completed.
const LARGEST_ERROR: usize = 1 << 16;

async fn complete(response: Response<Body>, request_id: &str) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_ERROR).collect().await else {
        return error::Refusal::internal().into_response(request_id);
    };
    let body = body.to_bytes();
    let document = String::from_utf8_lossy(&body);
    error::complete(parts.status, &document, request_id)
        .unwrap_or_else(|| Response::from_parts(parts, Body::from(body.clone())))
}
