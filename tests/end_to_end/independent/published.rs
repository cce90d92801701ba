//! The examples in the Amazon S3 API reference: "Examples: Signature Calculations" for the Authorization header, the example
//! of "Authenticating Requests: Using Query Parameters", and that of "Browser-Based Upload using HTTP POST".

use super::verifier::{Received, Scope};

const SCOPE: Scope<'_> =
    Scope { secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", stamp: "20130524T000000Z", region: "us-east-1" };
const HOST: (&str, &str) = ("Host", "examplebucket.s3.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SIGNED: &str = "host;x-amz-content-sha256;x-amz-date";

#[test]
fn a_get_with_a_range() {
    let request = Received {
        method: "GET",
        path: "/test.txt",
        query: "",
        headers: vec![HOST, ("Range", "bytes=0-9"), ("x-amz-content-sha256", NOTHING), DATE],
    };
    let canonical = request.canonical("host;range;x-amz-content-sha256;x-amz-date", NOTHING);
    assert_eq!(SCOPE.signature(&canonical), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

#[test]
fn a_put_with_a_storage_class() {
    let welcome = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    let request = Received {
        method: "PUT",
        path: "/test$file.text",
        query: "",
        headers: vec![
            HOST,
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
            DATE,
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", welcome),
        ],
    };
    let canonical = request.canonical("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", welcome);
    assert_eq!(SCOPE.signature(&canonical), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

#[test]
fn a_parameter_without_a_value() {
    let headers = vec![HOST, DATE, ("x-amz-content-sha256", NOTHING)];
    let request = Received { method: "GET", path: "/", query: "lifecycle", headers };
    let canonical = request.canonical(SIGNED, NOTHING);
    assert_eq!(SCOPE.signature(&canonical), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

#[test]
fn parameters_in_their_order() {
    let headers = vec![HOST, DATE, ("x-amz-content-sha256", NOTHING)];
    let request = Received { method: "GET", path: "/", query: "prefix=J&max-keys=2", headers };
    let canonical = request.canonical(SIGNED, NOTHING);
    assert_eq!(SCOPE.signature(&canonical), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

#[test]
fn a_get_that_is_signed_in_its_query() {
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let request = Received { method: "GET", path: "/test.txt", query, headers: vec![HOST] };
    let signature = SCOPE.signature(&request.canonical("host", "UNSIGNED-PAYLOAD"));
    assert!(query.ends_with(&signature), "{signature}");
}

#[test]
fn a_policy_of_a_form() {
    let scope = Scope { stamp: "20151229T000000Z", ..SCOPE };
    let policy = include_str!("published_policy.txt").trim_end();
    let signature = scope.signature_of_policy(policy);
    assert_eq!(signature, "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
}
