use presign::operation::Operation;
use presign::presigned_url::PresignedUrl;

use crate::IssuedForm;

/// The file that an upload's command line names; whoever pastes it puts in their own.
const PLACEHOLDER: &str = "FILE";
/// The same for the rest of its type, where the form leaves that open.
const PLACEHOLDER_TYPE: &str = "TYPE";

/// A command line for any POSIX shell that uses the URL as it has to be used. Like the URL, it is a bearer token.
///
/// curl itself is kept from reading a meaning into the path: of `[]{}` (`--globoff`) and of `.` segments (`--path-as-is`).
pub fn command_line(operation: Operation, url: &PresignedUrl, headers: &[(String, String)]) -> String {
    let mut line = "curl --globoff --path-as-is".to_owned();
    match operation {
        Operation::HeadObject => line.push_str(" --head"),
        Operation::PutObject => push_upload(&mut line, url, headers),
        // Without a body curl would not say that there is none, which S3 wants to hear.
        // The last two have no URL of this kind.
        Operation::GetObject | Operation::PostObject | Operation::MultipartUpload => {}
        Operation::CopyObject => line.push_str(" --request PUT --header 'content-length: 0'"),
        Operation::DeleteObject => line.push_str(" --request DELETE"),
    }
    for (name, value) in headers {
        // The length is the file's own: where it is another than the one signed, S3 is to refuse it.
        if name != "content-length" {
            line.push_str(" --header ");
            push_quoted(&mut line, &format!("{name}: {value}"));
        }
    }
    line.push(' ');
    push_quoted(&mut line, url.expose());
    line
}

/// To an address that ends in a slash curl adds the name of an uploaded file. It does not where the file is sent as data, but
/// then it calls it a form, which S3 must not hear: it would be the object's type.
fn push_upload(line: &mut String, url: &PresignedUrl, headers: &[(String, String)]) {
    let path = url.expose().split('?').next().unwrap_or_default();
    if !path.ends_with('/') {
        line.extend([" --upload-file ", PLACEHOLDER]);
        return;
    }
    line.extend([" --request PUT --data-binary @", PLACEHOLDER]);
    if !headers.iter().any(|(name, _)| name == "content-type") {
        line.push_str(" --header 'content-type:'");
    }
}

/// The same for a form. What a field says is taken literally (`--form-string`), whatever it begins with.
pub fn form_command_line(issued: &IssuedForm) -> String {
    let mut line = "curl --globoff --path-as-is".to_owned();
    let fields = issued.form.expose_fields().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields = fields.map(|(name, value)| format!("{name}={value}"));
    let to_add = issued.content_type.as_ref().map(|beginning| format!("Content-Type={beginning}{PLACEHOLDER_TYPE}"));
    for field in fields.chain(to_add) {
        line.push_str(" --form-string ");
        push_quoted(&mut line, &field);
    }
    line.extend([" --form file=@", PLACEHOLDER, " "]);
    push_quoted(&mut line, issued.form.url());
    line
}

/// In single quotes nothing has a meaning but the single quote itself.
fn push_quoted(line: &mut String, text: &str) {
    line.extend(["'", &text.replace('\'', r"'\''"), "'"]);
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const HOSTILE: &str = "https://h/a'b;$(id)`id`\\?X-Amz-Signature=0&a=\"b\"";

    fn line(operation: Operation, url: &str, headers: &[(&str, &str)]) -> String {
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        command_line(operation, &PresignedUrl::new(url.to_owned()), &headers)
    }

    /// What a shell makes of the line: the arguments that curl would be given.
    fn arguments(line: &str) -> Vec<String> {
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{line}");
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{line}");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_reads_no_meaning_into_hostile_values() {
        let hostile = "a'; touch /tmp/owned; echo \"$HOME\" `id` $(id) \\ !! # * ~ & | > < '\"'";
        let put = line(Operation::PutObject, HOSTILE, &[("content-type", hostile), ("x-amz-meta-a'b", "'")]);
        let expected = [
            "--globoff",
            "--path-as-is",
            "--upload-file",
            "FILE",
            "--header",
            &format!("content-type: {hostile}"),
            "--header",
            "x-amz-meta-a'b: '",
            HOSTILE,
        ];
        assert_eq!(arguments(&put), expected);
    }

    #[test]
    fn a_key_that_ends_in_a_slash_is_kept_from_being_taken_for_a_folder() {
        let put = |headers| arguments(&line(Operation::PutObject, "https://h/a/?X-Amz-Signature=0", headers));
        let (nothing, typed) = (put(&[]), put(&[("content-type", "text/plain")]));
        let upload = ["--request", "PUT", "--data-binary", "@FILE", "--header"];
        assert_eq!(nothing[2..8], [&upload[..], &["content-type:"]].concat());
        assert_eq!(typed[2..8], [&upload[..], &["content-type: text/plain"]].concat());
    }

    #[test]
    fn the_length_of_an_upload_is_the_files_own() {
        let put = line(Operation::PutObject, HOSTILE, &[("content-length", "5")]);
        assert!(!put.contains("content-length"));
    }

    #[test]
    fn each_operation_has_its_method() {
        for (operation, words) in [
            (Operation::GetObject, vec![]),
            (Operation::HeadObject, vec!["--head"]),
            (Operation::DeleteObject, vec!["--request", "DELETE"]),
            (Operation::CopyObject, vec!["--request", "PUT", "--header", "content-length: 0"]),
        ] {
            let arguments = arguments(&line(operation, HOSTILE, &[]));
            assert_eq!(arguments[2..arguments.len() - 1], words);
        }
    }
}
