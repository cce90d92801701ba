use jiff::Timestamp;
use jiff::fmt::rfc2822;
use presign::redactor::Redactor;

use crate::answers::{Denial, FORM_MALFORMED};
use crate::blocked::Blocked;
use crate::canonical::{Difference, Rebuilt, StringToSign, differences, of_signature, of_string_to_sign};
use crate::checks;
use crate::error_document::{ErrorDocument, ErrorDocumentError, names_status};
use crate::facts::Facts;
use crate::operation::{KMS_ACTIONS, Operation, method_of_action};
use crate::request::{self, Elsewhere, RequestError, SentRequest};
use crate::url::{Damage, Endpoint, Pair, Signing, SuspectUrl, UrlError};

/// What is given to find out why a URL fails.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub url: &'a str,
    /// S3's answer, or what a client or a browser says of it.
    pub error: Option<&'a str>,
    /// The request as it was sent: curl's `-v` output, a HAR file, HTTP, or a command line for curl.
    pub request: Option<&'a str>,
    pub now: Timestamp,
}

/// All that is known of a failing URL, read and without secrets.
#[derive(Debug, Clone)]
pub struct Case {
    url: SuspectUrl,
    error: Option<ErrorDocument>,
    request: Option<SentRequest>,
    elsewhere: Option<Elsewhere>,
    blocked: Option<Blocked>,
    page: Option<String>,
    /// How often the client was redirected before that request.
    pub(crate) redirects: usize,
    /// The region that S3's answer says the bucket is in.
    pub(crate) answered_region: Option<String>,
    answered_at: Option<Timestamp>,
    now: Timestamp,
    differences: Option<Vec<Difference>>,
    facts: Option<Facts>,
    pub(crate) redactor: Redactor,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("the error: {0}")]
    Error(#[from] ErrorDocumentError),
    #[error("the request: {0}")]
    Request(#[from] RequestError),
}

impl Case {
    /// Reads what was given. An answer that was recorded along with the request counts as the error, if none is given.
    ///
    /// # Errors
    /// When one of the texts is not what it should be.
    pub fn read(input: Input<'_>) -> Result<Self, CaseError> {
        let mut redactor = Redactor::default();
        let url = SuspectUrl::read(input.url)?;
        redactor.learn_from(input.url);
        let (mut error, mut blocked) = (None, None);
        let recording = match input.request.map(|text| (text, request::read(text, &url))) {
            // What wget or a browser's console prints tells the answer only.
            Some((text, Err(RequestError::NoRequest)))
                if input.error.is_none() && text.len() <= ErrorDocument::LONGEST =>
            {
                learn_from_words(&mut redactor, text);
                (error, blocked) = read_error(text).map_err(|_| RequestError::NoRequest)?;
                None
            }
            read => read.map(|(_, read)| read).transpose()?,
        };
        let elsewhere = recording.as_ref().and_then(|recording| recording.elsewhere(&url));
        // What is of another request tells nothing of this one.
        let own = recording.as_ref().filter(|_| elsewhere.is_none());
        let answer = own.and_then(|recording| recording.answer.as_ref());
        let printed = own.and_then(|recording| recording.printed.as_deref());
        if let Some(text) = input.error {
            learn_from_words(&mut redactor, text);
            (error, blocked) = read_error(text)?;
        } else if let Some(text) = printed {
            learn_from_words(&mut redactor, text);
            (error, blocked) = read_error(text).unwrap_or_default();
        } else if input.request.is_none() && url.damages().contains(&Damage::TextAround) {
            // A line of a console tells the answer behind the URL.
            (error, blocked) = read_error(input.url).unwrap_or_default();
            let behind = input.url.rsplit("://").next().unwrap_or_default();
            let is_told = |it: &ErrorDocument| {
                it.status().is_none() || ErrorDocument::of_told_status(behind).is_some() || names_status(input.url)
            };
            error = error.filter(is_told);
        }
        if let (None, None, Some(answer)) = (&error, &blocked, answer) {
            redactor.learn_from(&answer.body);
            error = ErrorDocument::read(&answer.body).ok().or_else(|| {
                let has_request_id = answer.header("x-amz-request-id").is_some();
                ErrorDocument::without_document(answer.status?, &answer.body, answer.header("server"), has_request_id)
            });
        }
        if let Some(recording) = own {
            error = error.map(|error| error.to(recording.request.method()));
        }
        let answered_region = answer.and_then(|answer| answer.header("x-amz-bucket-region")).map(str::to_owned);
        let date = answer.and_then(|answer| answer.header("date"));
        let answered_at = date.and_then(|date| rfc2822::parse(date).ok()).map(|zoned| zoned.timestamp());
        if let Some(recording) = own.filter(|_| blocked.is_none()) {
            let of_answer = || Blocked::of_answer(&recording.request, recording.answer.as_ref()?, &url);
            blocked = recording.blocked.clone().or_else(of_answer);
        }
        if let Some(Blocked::Unanswered(words) | Blocked::ByCors(words) | Blocked::Unexposed(words)) = &blocked {
            redactor.learn_from(words);
        }
        let (request, redirects) = match recording.filter(|_| elsewhere.is_none()) {
            Some(recording) => (Some(recording.request), recording.redirects),
            None => (None, 0),
        };
        let page = request.as_ref().and_then(|request| request.exact_value("origin")).map(str::to_owned);
        let sent = request.as_ref().or(elsewhere.as_ref().map(|elsewhere| &elsewhere.request));
        if let Some(request) = sent {
            redactor.learn_from(request.path());
            request.query().pairs().iter().filter_map(Pair::secret).for_each(|secret| redactor.learn(secret));
            for header in request.headers().iter().filter(|header| header.value.is_secret()) {
                redactor.learn(request.exact_value(&header.name).unwrap_or_default());
            }
        }
        if let Some(error) = &mut error {
            error.texts_mut().for_each(|text| *text = redactor.clean(text));
        }
        let mut case = Self {
            url,
            error,
            request,
            elsewhere,
            blocked,
            page,
            redirects,
            answered_region,
            answered_at,
            now: input.now,
            differences: None,
            facts: None,
            redactor,
        };
        case.differences = case.compare();
        Ok(case)
    }

    /// The same, with what a look into the account showed.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = Some(facts);
        self
    }

    /// The same, as a page of this origin would send the request.
    #[must_use]
    pub fn from_page(mut self, origin: Option<String>) -> Self {
        self.page = origin.or(self.page);
        self
    }

    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// The method that was sent, that S3 saw or looked for a permission of, or that the URL looks like one for; GET if nothing tells.
    #[must_use]
    pub fn method(&self) -> &str {
        self.known_method().unwrap_or("GET")
    }

    /// The same, if anything tells.
    pub(crate) fn known_method(&self) -> Option<&str> {
        let sent = self.request.as_ref().and_then(SentRequest::intended_method);
        let seen = self.error.as_ref().and_then(|error| error.canonical()).map(|seen| seen.method.as_str());
        if let Some(method) = sent.or(seen) {
            return Some(method);
        }
        let hinted = checks::hinted_method(&self.url).map(|(method, _)| method);
        // A copy reads as well: of which of its two objects the action is, is not told.
        let denial = self.denial().filter(|_| !self.states("x-amz-copy-source"));
        let denied = denial.and_then(|denial| method_of_action(&denial.action, hinted));
        denied.or(hinted).or_else(|| self.is_form().then_some("POST"))
    }

    /// What the request asks of S3.
    #[must_use]
    pub fn operation(&self) -> Operation {
        let operation = if self.is_form() { Operation::FORM } else { Operation::of(self.method(), &self.url) };
        let by_s3 = self.stated("x-amz-server-side-encryption").as_deref() == Some("AES256");
        let by_customer = self.states("x-amz-server-side-encryption-customer-algorithm");
        if by_s3 || by_customer { operation.without_kms() } else { operation }
    }

    /// What S3 asks of the KMS key that the request meets: what its operation needs, and what S3 says that it missed.
    #[must_use]
    pub fn kms_actions(&self) -> Vec<&'static str> {
        let mut actions = self.operation().kms_actions.to_vec();
        let denied = self.denial().and_then(|denial| KMS_ACTIONS.into_iter().find(|action| *action == denial.action));
        actions.extend(denied.filter(|denied| !actions.contains(denied)));
        actions
    }

    /// Whether the request has this header, by what was sent or signed or stands in the query.
    #[must_use]
    pub fn states(&self, header: &str) -> bool {
        let signed = self.url.v4().is_some_and(|v4| v4.signed_headers.iter().any(|name| name == header));
        let sent = self.request.as_ref().is_some_and(|request| request.header(header).is_some());
        signed || sent || self.url.query().find(header).is_some()
    }

    /// A header's value as it was sent, or as it stands in the query, unless it is secret.
    #[must_use]
    pub fn stated(&self, header: &str) -> Option<String> {
        let sent = self.request.as_ref().and_then(|request| request.header(header)).filter(|value| !value.is_secret());
        sent.map(|value| value.shown().to_owned()).or_else(|| self.url.query().get(header))
    }

    /// What S3's message says of who may not do what, if it does.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        self.error.as_ref().and_then(|error| Denial::read(error.message()))
    }

    /// Whether it is an upload by HTML form: key and signature are among its fields, and not in the URL.
    #[must_use]
    pub fn is_form(&self) -> bool {
        if !self.url.query().pairs().is_empty() || !self.url.place().key.is_empty() {
            return false;
        }
        let said = self.said("AccessDenied", "Invalid according to Policy")
            || self.said("InvalidPolicyDocument", "")
            || FORM_MALFORMED.iter().any(|message| self.said("InvalidArgument", message))
            || self.said("PreconditionFailed", "multipart/form-data");
        match &self.request {
            _ if said => true,
            Some(request) => {
                let content_type = request.header("content-type").map(|it| it.shown().to_ascii_lowercase());
                let multipart = content_type.is_some_and(|it| it.starts_with("multipart/form-data"));
                multipart && request.method() == "POST" && request.query().pairs().is_empty()
            }
            None => false,
        }
    }

    /// Whether it is CloudFront that looks at the signature, under its own name or another; and so CloudFront that refuses it.
    pub(crate) fn is_for_cloudfront(&self) -> bool {
        matches!(self.url.signing(), Signing::CloudFront(_))
            && matches!(self.url.place().endpoint, Endpoint::CloudFront | Endpoint::Other)
    }

    #[must_use]
    pub fn url(&self) -> &SuspectUrl {
        &self.url
    }

    #[must_use]
    pub fn error(&self) -> Option<&ErrorDocument> {
        self.error.as_ref()
    }

    #[must_use]
    pub fn request(&self) -> Option<&SentRequest> {
        self.request.as_ref()
    }

    /// What was recorded in place of the URL's request.
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.as_ref()
    }

    /// What a browser says of a request that it blocked.
    pub(crate) fn blocked(&self) -> Option<&Blocked> {
        self.blocked.as_ref()
    }

    /// The origin of the page that sends the request.
    pub(crate) fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When it failed, as S3's clock had it; else now.
    #[must_use]
    pub fn moment(&self) -> Timestamp {
        self.answered().unwrap_or(self.now)
    }

    /// Between what times it failed: an answer that does not tell may be as old as the URL, whose age may not be known.
    pub(crate) fn moments(&self) -> (Timestamp, Timestamp) {
        let latest = self.moment();
        if self.error.is_none() || self.answered().is_some() {
            return (latest, latest);
        }
        let signed = self.url.v4().and_then(|v4| v4.date);
        (signed.unwrap_or(Timestamp::UNIX_EPOCH).min(latest), latest)
    }

    fn answered(&self) -> Option<Timestamp> {
        self.error.as_ref().and_then(ErrorDocument::server_time).or(self.answered_at)
    }

    /// Where S3's canonical request and string to sign differ from ours; none if S3 gave neither, or the URL makes none.
    #[must_use]
    pub fn differences(&self) -> Option<&[Difference]> {
        self.differences.as_deref()
    }

    /// Whether S3 said this code, with this in its message.
    pub(crate) fn said(&self, code: &str, message: &str) -> bool {
        self.error.as_ref().is_some_and(|error| error.is(code, message))
    }

    fn compare(&self) -> Option<Vec<Difference>> {
        let (v4, error) = (self.url.v4()?, self.error.as_ref()?);
        let to_sign = error.string_to_sign().and_then(StringToSign::v4);
        if error.canonical().is_none() && to_sign.is_none() {
            return None;
        }
        let mut found = Vec::new();
        if let (Some(rebuilt), Some(seen)) = (Rebuilt::of(&self.url, self.request.as_ref()), error.canonical()) {
            found = differences(&rebuilt, seen);
        }
        if let Some(seen) = to_sign {
            found.extend(of_string_to_sign(v4, seen));
        }
        if let Some(seen) = error.signature() {
            found.extend(of_signature(self.url.query(), seen));
        }
        Some(found)
    }
}

/// Of a text in which what follows the word `Signature` may be the rest of S3's code, and no secret.
fn learn_from_words(redactor: &mut Redactor, text: &str) {
    redactor.learn_from(&text.replace("SignatureDoesNotMatch: ", "  "));
}

/// What S3 said, or what a browser says in place of it: S3's own words tell more than a browser's, and these more than a status.
fn read_error(text: &str) -> Result<(Option<ErrorDocument>, Option<Blocked>), ErrorDocumentError> {
    let read = ErrorDocument::read(text);
    if !matches!(read, Err(ErrorDocumentError::NoError)) {
        return read.map(|error| (Some(error), None));
    }
    if let Some(error) = ErrorDocument::of_words(text) {
        return Ok((Some(error), None));
    }
    match Blocked::said(text) {
        // The console says CORS whatever S3 answered, and the status that S3 refused; a preflight is told by words of its own.
        Some(blocked) => {
            let refused = blocked.is_of_answer().then(|| ErrorDocument::of_told_status(text)).flatten();
            Ok((refused, Some(blocked)))
        }
        None => ErrorDocument::of_told_status(text).map(|it| (Some(it), None)).ok_or(ErrorDocumentError::NoError),
    }
}
