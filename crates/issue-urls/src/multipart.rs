use std::time::{Duration, SystemTime};

use authorization::{Action, Denied, UrlAsking};
use presign::cache::UrlCache;
use presign::lifetime::{Asked, LimitedBy};
use presign::multipart::{
    AbortUploadBody, BoundUpload, CompleteUpload, CreateUpload, ListPartsBody, PartSize, PartUrls, S3Request,
};
use presign::names::{BucketName, ObjectKey};
use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;
use presign::request::ContentType;
use presign::signing_session::SigningSessions;
use s3_calls::{CompletedUpload, CreatedUpload, Parts};

use crate::admission::{ENCRYPTION, encryption};
use crate::issue_error::sign_error;
use crate::issued_url::told;
use crate::steps::Opened;
use crate::{Caller, IssueError, Issuer};

/// The URLs of some parts, and all that their holder must know of them.
#[derive(Debug, Clone)]
pub struct IssuedPartUrls {
    /// The policies that permitted it, for the audit.
    pub permitted_by: Vec<String>,
    /// In the order asked for.
    pub parts: Vec<IssuedPartUrl>,
    pub expires_at: SystemTime,
    pub expires_in: Duration,
    pub limited_by: LimitedBy,
    /// The ARN that S3 sees as the signer.
    pub signed_by: String,
    /// How old the session was that has signed them, where that is known.
    pub session_age: Option<Duration>,
}

#[derive(Debug, Clone)]
pub struct IssuedPartUrl {
    pub part_number: u64,
    pub url: PresignedUrl,
    /// Exactly what the client must send.
    pub headers: Vec<(String, String)>,
}

impl<C: UrlCache, S: SigningSessions> Issuer<C, S> {
    /// Creates an upload, and advises on the size of its parts where that of the object is known.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, nothing signs, or S3 refuses it.
    pub async fn create_upload(
        &self,
        caller: &Caller,
        request: &CreateUpload,
    ) -> Result<(CreatedUpload, Option<PartSize>), IssueError> {
        let (bucket, key) = (&request.bucket, &request.key);
        let bound = BoundUpload::new(bucket, key, &self.profiles);
        let encrypted = bound.as_ref().map_err(Clone::clone);
        let encrypted = encrypted.and_then(|bound| bound.encrypt(request.request.clone(), &request.encryption));
        let headers = encrypted.as_ref().map_or(&[][..], |encrypted| &encrypted.headers);
        let signed = headers.iter().find(|(name, _)| name == ENCRYPTION).map(|(_, value)| value.as_str());
        let asking = UrlAsking {
            content_type: request.content_type.as_ref().map(ContentType::as_str),
            server_side_encryption: encryption(signed, &request.encryption),
            ..asking(&Asked::AT_ONCE)
        };
        self.admit_step(caller, bucket, key, asking)?;
        let (bound, encrypted) = (bound?, encrypted?);
        let url = self.sign_one(caller, &bound, &encrypted, false).await?;
        let created = self.s3.create_upload(&encrypted, &url).await?;
        Ok((created, request.content_length.map(PartSize::for_length)))
    }

    /// Issues URLs for parts. Asked for again, when the ones before have expired, they go on with the same upload.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, the lifetime cannot be had, or nothing signs.
    pub async fn issue_part_urls(&self, caller: &Caller, request: &PartUrls) -> Result<IssuedPartUrls, IssueError> {
        let (bucket, key, asked) = (&request.bucket, &request.key, &request.asked);
        let permitted_by = self.admit(caller, bucket, key, asking(asked))?;
        let bound = BoundUpload::new(bucket, key, &self.profiles)?;
        let profile = bound.profile();
        self.check_bounds(profile, asked).await?;
        let Opened { session, bounds, .. } = self.session(caller, profile, bound.session_policy(false), asked).await?;
        let signed = bound.sign(request.parts.iter().map(|(_, request)| request), asked, &bounds, &session, self.now());
        let signed = signed.map_err(|error| sign_error(error, asked, &bounds, &session))?;
        let parts = request.parts.iter().zip(signed.urls).map(|((number, request), url)| IssuedPartUrl {
            part_number: *number,
            url,
            headers: request.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
        });
        Ok(IssuedPartUrls {
            permitted_by,
            parts: parts.collect(),
            expires_at: signed.expires_at,
            expires_in: told(signed.lifetime.expires_in, signed.expires_at, session.expiry, self.now()),
            limited_by: signed.lifetime.limited_by,
            signed_by: session.signed_by.clone(),
            session_age: session.age(self.now()),
        })
    }

    /// Makes an object of the parts.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, nothing signs, or S3 refuses it.
    pub async fn complete_upload(
        &self,
        caller: &Caller,
        request: &CompleteUpload,
    ) -> Result<CompletedUpload, IssueError> {
        let bound = self.bind(caller, &request.bucket, &request.key)?;
        let url = self.sign_one(caller, &bound, &request.request, request.compares).await?;
        Ok(self.s3.complete_upload(&request.request, &url).await?)
    }

    /// Gives an upload up; S3 frees what its parts took.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, nothing signs, or S3 refuses it.
    pub async fn abort_upload(&self, caller: &Caller, request: &AbortUploadBody) -> Result<(), IssueError> {
        let bound = self.bind(caller, &request.bucket, &request.key)?;
        let call = request.request();
        let url = self.sign_one(caller, &bound, &call, false).await?;
        Ok(self.s3.abort_upload(&call, &url).await?)
    }

    /// Lists the parts that S3 has: what a resumed upload need not send again.
    ///
    /// # Errors
    /// When the policies or the profile do not allow it, nothing signs, or S3 refuses it.
    pub async fn list_parts(&self, caller: &Caller, request: &ListPartsBody) -> Result<Parts, IssueError> {
        let bound = self.bind(caller, &request.bucket, &request.key)?;
        let call = request.request();
        let url = self.sign_one(caller, &bound, &call, false).await?;
        Ok(self.s3.list_parts(&call, &url).await?)
    }

    /// The policies come first: who may not have it learns nothing of the profiles.
    fn bind(&self, caller: &Caller, bucket: &BucketName, key: &ObjectKey) -> Result<BoundUpload<'_>, IssueError> {
        self.admit_step(caller, bucket, key, asking(&Asked::AT_ONCE))?;
        Ok(BoundUpload::new(bucket, key, &self.profiles)?)
    }

    /// The same for what no URL is issued for, so that no line for one will say which policies permitted it.
    fn admit_step(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        key: &ObjectKey,
        asking: UrlAsking<'_>,
    ) -> Result<(), Denied> {
        let permitted_by = self.admit(caller, bucket, key, asking)?;
        tracing::info!(caller = caller.name(), %bucket, ?permitted_by, "permitted a step of a multipart upload");
        Ok(())
    }

    fn admit(
        &self,
        caller: &Caller,
        bucket: &BucketName,
        key: &ObjectKey,
        asking: UrlAsking<'_>,
    ) -> Result<Vec<String>, Denied> {
        let action = Action::Url(Operation::MultipartUpload);
        self.admit_to(caller, action, (bucket, key.as_str()), asking)
    }

    /// A request that the service sends itself.
    async fn sign_one(
        &self,
        caller: &Caller,
        bound: &BoundUpload<'_>,
        request: &S3Request,
        compares: bool,
    ) -> Result<PresignedUrl, IssueError> {
        let asked = &Asked::AT_ONCE;
        let Opened { session, bounds, .. } =
            self.session(caller, bound.profile(), bound.session_policy(compares), asked).await?;
        let signed = bound.sign_at_once(request, &bounds, &session, self.now());
        signed.map_err(|error| sign_error(error, asked, &bounds, &session))
    }
}

/// The size of the whole is left out: S3 holds nobody to it, and so a policy must not believe it.
fn asking(asked: &Asked) -> UrlAsking<'static> {
    UrlAsking {
        expires_in: asked.expires_in.seconds(),
        content_type: None,
        content_length: None,
        server_side_encryption: None,
    }
}
