//! What S3 and KMS answered to others, from AWS's documentation and from public reports, each with the check that must come
//! first. Names, ids and hosts in them are replaced by AWS's example values.

use diagnosis::answers::table;

use crate::broken::{Broken, broken};
use crate::signer::Signer;

struct Document {
    source: &'static str,
    text: &'static str,
    first: &'static str,
}

const USER_GUIDE: &str = "Amazon S3 user guide, Troubleshoot access denied (403 Forbidden) errors in Amazon S3";
const API_REFERENCE: &str = "Amazon S3 API reference, Error responses, as quoted in aws-sdk-s3 1.157 types::Error";

const DOCUMENTS: &[Document] = &[
    Document {
        source: "https://github.com/lukejacksonn/react-slack-clone/issues/27",
        text: "<Error>\n<Code>AccessDenied</Code>\n<Message>Request has expired</Message>\n<X-Amz-Expires>60</X-Amz-Expires>\n\
               <Expires>2026-05-01T10:01:00Z</Expires>\n<ServerTime>2026-05-01T11:27:42Z</ServerTime>\n\
               <RequestId>FED2CBD7BC00CFFC</RequestId>\n<HostId>0fKFeZ57PPIGTSbziuxnr9eF5rXaTvTVHurpzL6lpcawA50LxmiGv5c2sPIS=\
               </HostId>\n</Error>",
        first: "expired",
    },
    Document {
        source: "https://github.com/minio/minio/issues/2638, which quotes AWS's",
        text: "<Error><Code>AccessDenied</Code><Message>Request is not yet valid</Message><X-Amz-Date>1777716000000</X-Amz-Date>\
               <Expires>2026-05-05T10:09:35Z</Expires><ServerTime>2026-05-01T09:00:00Z</ServerTime>\
               <RequestId>DF5D535F5795B3A0</RequestId></Error>",
        first: "not-yet-valid",
    },
    Document {
        source: "https://github.com/soto-project/soto/issues/374",
        text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n<Code>AccessDenied</Code>\n<Message>There were headers present \
               in the request which were not signed</Message>\n<HeadersNotSigned>x-amz-acl</HeadersNotSigned>\n\
               <RequestId>D42F71A0C2EB4188</RequestId></Error>",
        first: "unsigned-amz-header",
    },
    Document {
        source: "https://github.com/brendanhay/amazonka/issues/272",
        text: "<Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message>\
               <HeadersNotSigned>host</HeadersNotSigned></Error>",
        first: "host-not-signed",
    },
    Document {
        source: "https://github.com/bryanjos/aws_auth/issues/31",
        text: "<Error>\n<Code>AuthorizationQueryParametersError</Code>\n<Message>\nX-Amz-Expires must be less than a week (in \
               seconds); that is, the given X-Amz-Expires must be less than 604800 seconds\n</Message></Error>",
        first: "expires-over-seven-days",
    },
    Document {
        source: "https://github.com/minio/minio-js/issues/1312, which quotes AWS's",
        text: "<Error><Code>AuthorizationQueryParametersError</Code><Message>X-Amz-Expires should be a number</Message></Error>",
        first: "parameter-malformed",
    },
    Document {
        source: "S3's answer to a URL without one of the parameters, as minio quotes it in cmd/api-errors.go",
        text: "<Error><Code>AuthorizationQueryParametersError</Code><Message>Query-string authentication version 4 requires the \
               X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires \
               parameters.</Message></Error>",
        first: "parameter-missing",
    },
    Document {
        source: "https://github.com/ai-dock/comfyui/issues/34",
        text: "<Error>\n  <Code>AuthorizationQueryParametersError</Code>\n  <Message>Error parsing the X-Amz-Credential parameter; \
               the region 'eu-central-1' is wrong; expecting 'us-east-1'</Message>\n  <Region>us-east-1</Region>\n\
               <RequestId>9G9706QZPWMWC3ZY</RequestId></Error>",
        first: "region-mismatch",
    },
    Document {
        source: "https://github.com/TTLabs/EvaporateJS/issues/491",
        text: "<Error><Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the \
               Credential is mal-formed; expecting \"&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request\".</Message></Error>",
        first: "parameter-malformed",
    },
    Document {
        source: "https://github.com/TTLabs/EvaporateJS/issues/364",
        text: "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region \
               'eu-central-1' is wrong; expecting 'us-east-1'</Message><Region>us-east-1</Region></Error>",
        first: "region-mismatch",
    },
    Document {
        source: "https://github.com/aws/aws-sdk-js/issues/1099",
        text: "<Error>\n<Code>ExpiredToken</Code>\n<Message>The provided token has expired.</Message>\n\
               <Token-0>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRq\
               TflfKD8YUuwthAx7mSEI</Token-0></Error>",
        first: "expired-token",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>InvalidToken</Code><Message>The provided token is malformed or otherwise invalid.</Message></Error>",
        first: "invalid-token",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>InvalidAccessKeyId</Code><Message>The AWS Access Key Id you provided does not exist in our records.\
               </Message><AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId></Error>",
        first: "invalid-access-key",
    },
    Document {
        source: "https://github.com/aws/aws-cli/issues/1006",
        text: "<Error><Code>InvalidArgument</Code><Message>Requests specifying Server Side Encryption with AWS KMS managed keys \
               require AWS Signature Version 4.</Message><ArgumentName>Authorization</ArgumentName><ArgumentValue>null\
               </ArgumentValue><RequestId>AD42152AA3A28C6A</RequestId></Error>",
        first: "signature-version-2",
    },
    Document {
        source: "aws-sdk-s3 1.157 types::Error, InvalidRequest",
        text: "<Error><Code>InvalidRequest</Code><Message>The authorization mechanism you have provided is not supported. Please \
               use AWS4-HMAC-SHA256.</Message></Error>",
        first: "signature-version-2",
    },
    Document {
        source: "https://github.com/cosmin/s3-bash/issues/5",
        text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n  <Code>PermanentRedirect</Code>\n  <Message>The bucket you are \
               attempting to access must be addressed using the specified endpoint. Please send all future requests to this \
               endpoint.</Message>  <RequestId>X</RequestId><Bucket>amzn-s3-demo-bucket</Bucket>\
               <Endpoint>amzn-s3-demo-bucket.s3-eu-west-1.amazonaws.com</Endpoint></Error>",
        first: "redirected",
    },
    Document {
        source: "https://github.com/praw-dev/praw, tests/unit, of a form's upload to S3",
        text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the \
               maximum allowed size</Message><ProposedSize>20971528</ProposedSize><MaxSizeAllowed>20971520</MaxSizeAllowed>\
               <RequestId>23F056D6990D87E0</RequestId></Error>",
        first: "entity-too-large",
    },
    Document {
        source: "the documentation of right_aws, describe_bundle_tasks",
        text: "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy Condition failed: [\"eq\", \"$acl\", \
               \"aws-exec-read\"]</Message></Error>",
        first: "form-condition",
    },
    Document {
        source: "Amazon S3 API reference, POST policy, as quoted by https://github.com/aws/aws-sdk-js/issues/2529 and others",
        text: "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>",
        first: "form-expired",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>InvalidPolicyDocument</Code><Message>The content of the form does not meet the conditions specified in \
               the policy document.</Message></Error>",
        first: "form-document",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold\
               </Message><Condition>If-None-Match</Condition></Error>",
        first: "precondition-failed",
    },
    Document {
        source: "https://github.com/benjreinhart/react-native-aws3/issues/26",
        text: "<Error>\n<Code>PreconditionFailed</Code>\n<Message>At least one of the pre-conditions you specified did not hold</Message>\n\
               <Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>\n<RequestId>A05CC8899FE783C8</RequestId></Error>",
        first: "form-malformed",
    },
    Document {
        source: "https://github.com/commitdev/zero/issues/287, of CloudFront",
        text: "<Error>\n  <Code>InvalidKey</Code>\n  <Message>Unknown Key</Message>\n</Error>",
        first: "cloudfront-key",
    },
    Document {
        source: "https://github.com/aws/aws-sdk-js/issues/2236, of CloudFront",
        text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n    <Code>MalformedPolicy</Code>\n    <Message>Malformed Policy</Message>\n\
               </Error>",
        first: "cloudfront-policy",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>reports/q1.pdf</Key></Error>",
        first: "no-such-key",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message>\
               <BucketName>amzn-s3-demo-bucket</BucketName></Error>",
        first: "no-such-bucket",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the server's time is \
               too large.</Message><RequestTime>20260501T100000Z</RequestTime><ServerTime>2026-05-01T10:20:00Z</ServerTime>\
               <MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds></Error>",
        first: "request-time-skewed",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage class</Message>\
               <StorageClass>GLACIER</StorageClass></Error>",
        first: "archived",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented\
               </Message><Header>Transfer-Encoding</Header></Error>",
        first: "chunked-upload",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
        first: "try-again",
    },
    Document {
        source: "https://github.com/localstack/localstack/issues/8422, which quotes AWS's code",
        text: "<Error><Code>KMS.DisabledException</Code><Message>arn:aws:kms:eu-central-1:123456789012:key/\
               1234abcd-12ab-34cd-56ef-1234567890ab is disabled.</Message></Error>",
        first: "kms-key-disabled",
    },
    Document {
        source: "https://github.com/localstack/localstack/issues/8422, which quotes AWS's code",
        text: "<Error><Code>KMS.KMSInvalidStateException</Code><Message>arn:aws:kms:eu-central-1:123456789012:key/\
               1234abcd-12ab-34cd-56ef-1234567890ab is pending deletion.</Message></Error>",
        first: "kms-key-state",
    },
    Document {
        source: "AWS KMS API reference, NotFoundException, as S3 passes it on",
        text: "<Error><Code>KMS.NotFoundException</Code><Message>Key 'arn:aws:kms:eu-central-1:123456789012:key/\
               1234abcd-12ab-34cd-56ef-1234567890ab' does not exist</Message></Error>",
        first: "kms-key-not-found",
    },
    Document {
        source: "https://github.com/ministryofjustice/modernisation-platform/pull/1296, KMS's words",
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to \
               perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-central-1:123456789012:key/\
               1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy allows the kms:GenerateDataKey action\
               </Message></Error>",
        first: "kms-permission",
    },
    Document {
        source: USER_GUIDE,
        text: "An error occurred (AccessDenied) when calling the GetObject operation: User: \
               arn:aws:iam::777788889999:user/MaryMajor is not authorized to perform: s3:GetObject on resource: \
               \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\" with an explicit deny in a resource control policy",
        first: "denied-by-resource-control-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::777788889999:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject because no service control policy allows the s3:GetObject action</Message></Error>",
        first: "denied-by-service-control-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::777788889999:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject with an explicit deny in a service control policy</Message></Error>",
        first: "denied-by-service-control-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject because no VPC endpoint policy allows the s3:GetObject action</Message></Error>",
        first: "denied-by-vpc-endpoint-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject on resource: \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\"\nbecause no permissions \
               boundary allows the s3:GetObject action</Message></Error>",
        first: "denied-by-permissions-boundary",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject because no session policy allows the s3:GetObject action</Message></Error>",
        first: "denied-by-session-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject on resource: \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\" with\nan explicit deny in a \
               resource-based policy</Message></Error>",
        first: "denied-by-resource-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject because no identity-based policy allows the s3:GetObject action</Message></Error>",
        first: "denied-by-identity-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/MaryMajor is not authorized to \
               perform:\ns3:GetObject on resource: \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\" with\nan explicit deny in an \
               identity-based policy</Message></Error>",
        first: "denied-by-identity-policy",
    },
    Document {
        source: USER_GUIDE,
        text: "An error occurred (AccessDenied) when calling the PutObject operation:\nUser: arn:aws:iam::123456789012:user/\
               MaryMajor  is not\nauthorized to perform: s3:PutObject on resource:\n\"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\" \
               because this\nbucket has blocked upload requests that specify\nServer Side Encryption with Customer provided keys \
               (SSE-C).\nPlease specify a different server-side encryption type",
        first: "customer-keys-blocked",
    },
    Document {
        source: USER_GUIDE,
        text: "An error occurred (AccessDenied) when calling the CopyObject operation:\nUser: arn:aws:sts::123456789012:user/\
               MaryMajor is not authorized to\nperform: s3:CopyObject on resource: \"arn:aws:s3:::amzn-s3-demo-bucket1/object-name\"\n\
               because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
        first: "denied-by-public-access-block",
    },
    Document {
        source: "the local stack, in the words of the user guide, for a GET of a missing object without s3:ListBucket",
        text: "<Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::123456789012:assumed-role/signer/s1 is not authorized to \
               perform: s3:ListBucket on resource: \"arn:aws:s3:::amzn-s3-demo-bucket\" because no identity-based policy allows the \
               s3:ListBucket action</Message></Error>",
        first: "missing-object-hidden",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>2609D9853CC1B751</RequestId></Error>",
        first: "access-denied",
    },
    Document {
        source: API_REFERENCE,
        text: "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature \
               you provided. Check your key and signing method.</Message></Error>",
        first: "signature-does-not-match",
    },
];

/// Sound URLs to which S3 gave these answers.
pub fn answered() -> Vec<Broken> {
    let url = Signer::user().url();
    DOCUMENTS
        .iter()
        .map(|document| Broken {
            error: Some(document.text.to_owned()),
            ..broken(document.source, document.first, url.clone())
        })
        .collect()
}

#[test]
fn every_answer_of_the_table_is_reported_under_its_name() {
    let url = Signer::user().url();
    for row in table() {
        let error = format!("<Error><Code>{}</Code><Message>… {} …</Message></Error>", row.code, row.message);
        let report = crate::report(&Broken { error: Some(error), ..broken(row.code, row.check, url.clone()) });
        assert!(report.findings.iter().any(|finding| finding.check == row.check), "{} {}", row.code, row.message);
    }
}

#[test]
fn single_answers_are_of_the_cause_that_brings_them() {
    let url = Signer::user().url();
    let answered = |url: String, code: &str, message: &str| {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        crate::report(&Broken { error: Some(error), ..broken("answered", "", url) })
    };
    let kms =
        "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a secure connection.";
    let report = answered(url.replace("https:", "http:"), "InvalidArgument", kms);
    assert_eq!((report.findings[0].check, report.findings[0].certainty.as_str()), ("plain-http", "certain"));
    let anonymous = "User: anonymous is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" because no \
                     resource-based policy allows the s3:GetObject action";
    let report = answered(url.clone(), "AccessDenied", anonymous);
    assert_eq!(report.findings[0].check, "anonymous");
    assert!(report.findings[0].rules_out.iter().all(|what| !what.contains("signature")), "{report:?}");
    let encoded = crate::report(&broken("encoded", "", url.replacen('?', "%3F", 1)));
    assert!(encoded.findings[0].cause.contains("`?` before the query is encoded"), "{encoded:?}");
}

/// Somebody may have a bucket of this name; but mostly a setting was empty.
#[test]
fn a_bucket_named_like_a_placeholder_is_said_to_be() {
    for (bucket, certainty) in
        [("undefined", "hint"), ("null", "hint"), ("your-bucket", "hint"), ("{{bucket}}", "likely")]
    {
        let host = format!("{bucket}.s3.eu-central-1.amazonaws.com");
        let report = crate::report(&broken(bucket, "", Signer { host, ..Signer::user() }.url()));
        let found = report.findings.iter().find(|finding| finding.check == "bucket-name").unwrap();
        assert_eq!(found.certainty.as_str(), certainty, "{bucket}");
        assert!(found.cause.contains("placeholder"), "{found:?}");
    }
}

/// CloudFront's signed URLs go to CloudFront, and nowhere else do these go to S3.
#[test]
fn another_products_signature_is_called_by_its_name() {
    let report = |url: &str| crate::report(&broken("another's", "", url));
    let own =
        report("https://d111111abcdef8.cloudfront.net/k?Expires=1777633200&Signature=a~b_&Key-Pair-Id=K2JCJMDEHXQW5F");
    assert!(!own.has_cause(), "{own:?}");
    let google = report("https://storage.googleapis.com/b/k?GoogleAccessId=a&Expires=1777633200&Signature=ab");
    assert!(google.findings.iter().all(|finding| finding.check != "signature-version-2"), "{google:?}");
    let azure = report("https://a.blob.core.windows.net/b/k?sv=2024-11-04&sig=abc%2Fdef");
    assert!(azure.findings[0].cause.contains("Azure") && !format!("{azure:?}").contains("abc"), "{azure:?}");
}

/// Signature Version 4A names no region in its credential, and a multi-region access point's host has dots.
#[test]
fn a_multi_region_access_points_url_has_nothing_wrong() {
    let user = Signer { host: "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com".to_owned(), ..Signer::user() };
    let url = user.url().replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256").replace("%2Feu-central-1%2F", "%2F");
    let report = crate::report(&broken("4A", "", format!("{url}&X-Amz-Region-Set=%2A")));
    assert!(!report.has_cause(), "{report:?}");
    assert_eq!(report.url.region, None);
    let hint = report.findings.iter().find(|finding| finding.check == "unknown-algorithm").unwrap();
    assert!(hint.fix.text.starts_with("for a multi-region access point nothing"), "{hint:?}");
    assert!(report.passed.contains(&"bucket-name-with-dots") && report.passed.contains(&"parameter-malformed"));
}

/// To sign for the bucket's region, as elsewhere, does not help there.
#[test]
fn a_multi_region_access_point_takes_no_signature_for_one_region() {
    let host = "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com".to_owned();
    let url = Signer { host, region: "us-east-1", ..Signer::user() }.url();
    let alone = crate::report(&broken("alone", "", url.clone()));
    assert_eq!((alone.findings[0].check, alone.findings[0].certainty.as_str()), ("regional-signature", "likely"));
    // Source: https://github.com/boto/boto3/issues/4627
    let error = "<Error><Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the region \
                 'us-east-1' is wrong; expecting 'ap-south-1'</Message><Region>ap-south-1</Region></Error>";
    let refused = crate::report(&Broken { error: Some(error.to_owned()), ..broken("refused", "", url) });
    let causes: Vec<_> = refused.findings.iter().filter(|finding| finding.certainty.is_cause()).collect();
    assert_eq!((causes.len(), causes[0].check, causes[0].certainty.as_str()), (1, "regional-signature", "certain"));
    assert!(causes[0].fix.text.contains("4A") && causes[0].fix.paste.is_none(), "{refused:?}");
    assert!(refused.findings.iter().all(|finding| finding.check != "region-mismatch"), "{refused:?}");
}

/// A form's URL has no key and no signature: they are among its fields.
#[test]
fn a_form_is_not_taken_for_a_broken_url() {
    let host = Signer::user().host;
    let sent = crate::seen_by_s3::curl("POST", &host, "/", &[("Content-Type", "multipart/form-data; boundary=x")]);
    let report = |error: &str| {
        let url = format!("https://{host}/");
        crate::report(&Broken { error: Some(error.to_owned()), request: Some(sent.clone()), ..broken("form", "", url) })
    };
    let too_large =
        report("<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds the maximum</Message></Error>");
    let found: Vec<_> = too_large.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(found, ["entity-too-large"]);
    let mismatch = report("<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>");
    let found: Vec<_> = mismatch.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(found, ["signed-otherwise"]);
    assert!(mismatch.findings[0].cause.contains("the field `policy`"), "{mismatch:?}");
}

/// Sent with another content type it is a form all the same.
#[test]
fn a_form_that_is_not_sent_as_one_is_told_by_s3s_condition() {
    let host = Signer::user().host;
    let sent = crate::seen_by_s3::curl("POST", &host, "/", &[("Content-Type", "text/plain")]);
    let error = "<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message>\
                 <Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition></Error>";
    let url = format!("https://{host}/");
    let report =
        crate::report(&Broken { error: Some(error.to_owned()), request: Some(sent), ..broken("form", "", url) });
    let found: Vec<_> = report.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(found, ["form-malformed"], "{report:?}");
}

/// What a recording without S3's document comes to: `GET` is not said to be `HEAD`, nor another's page to be S3's.
#[test]
fn an_answer_without_s3s_document_is_told_by_method_and_server() {
    let url = Signer::user().url();
    let (host, target) = crate::signer::split(&url);
    let recorded = |method: &str, answer: &str| {
        let request =
            format!("{}< HTTP/1.1 403 Forbidden\r\n{answer}", crate::seen_by_s3::curl(method, host, target, &[]));
        crate::report(&Broken { request: Some(request), ..broken("recorded", "", url.clone()) })
    };
    let s3 = "< Server: AmazonS3\r\n< x-amz-request-id: 1\r\n<\r\n";
    for (method, answer, check, said) in [
        ("HEAD", s3, "forbidden-head", "to HEAD"),
        ("GET", s3, "forbidden-head", "body is not here"),
        ("GET", "< Server: nginx\r\n<\r\n<html><h1>403 Forbidden</h1></html>\n", "answer-not-s3s", "nginx"),
        ("GET", "<\r\n{\"message\":\"Forbidden\"}\n", "answer-not-s3s", "no document of S3's"),
        ("GET", "< server: envoy\r\n<\r\nRBAC: access denied\n", "answer-not-s3s", "envoy"),
    ] {
        let report = recorded(method, answer);
        let finding = report.findings.iter().find(|finding| finding.check == check).unwrap();
        assert!(finding.evidence.iter().any(|evidence| evidence.text.contains(said)), "{method}: {finding:?}");
        assert_eq!(method == "HEAD", finding.evidence.iter().any(|evidence| evidence.text.contains("HEAD")));
    }
}

/// Where something else explains the answer, there is one cause.
#[test]
fn what_only_repeats_the_answer_is_no_second_cause() {
    for broken in crate::broken::seen_otherwise() {
        let report = crate::report(&broken);
        let causes: Vec<_> = report.findings.iter().filter(|finding| finding.certainty.is_cause()).collect();
        let repeats = causes.iter().any(|finding| finding.check == "signature-does-not-match");
        assert!(!repeats || causes.len() == 1, "{}: {causes:?}", broken.how);
    }
}
