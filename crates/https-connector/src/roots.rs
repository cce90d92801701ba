use std::env;
use std::sync::{Arc, LazyLock};

use memchr::{memchr_iter, memmem};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| Arc::new(read()));

/// Variables that name other certificates than the machine's. Source: OpenSSL, `SSL_CTX_set_default_verify_paths`.
const ELSEWHERE: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// A certificate stands between these, in base64. Source: RFC 7468, section 5.1.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// The root certificates that are kept with the operating system, which renews them. They are read once.
pub fn of_the_machine() -> Arc<RootCertStore> {
    Arc::clone(&ROOTS)
}

fn read() -> RootCertStore {
    let certificates = in_one_file().unwrap_or_else(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a root certificate cannot be read");
        }
        found.certs
    });
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(certificates);
    if trusted == 0 {
        tracing::warn!("no root certificates are here, so that nothing can be called with TLS");
    }
    roots
}

/// Linux has them all in one file, and often again in a folder beside it. `rustls-native-certs` reads both, and decodes them letter by
/// letter: ten times the work of this, which was most of a function's first request.
fn in_one_file() -> Option<Vec<CertificateDer<'static>>> {
    if !cfg!(target_os = "linux") || ELSEWHERE.iter().any(|name| env::var_os(name).is_some()) {
        return None;
    }
    certificates(&std::fs::read(openssl_probe::probe().cert_file?).ok()?)
}

/// All of a file that is in order. Of another one it is left to a more patient reader what can be made of it.
fn certificates(file: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let mut certificates = vec![];
    let mut rest = file;
    while let Some(begins) = memmem::find(rest, BEGIN) {
        rest = rest.get(begins + BEGIN.len()..)?;
        let (certificate, after) = rest.split_at_checked(memmem::find(rest, END)?)?;
        certificates.push(decoded(certificate)?.into());
        rest = after;
    }
    (!certificates.is_empty()).then_some(certificates)
}

/// Lines of base64, put together and decoded at once.
fn decoded(lines: &[u8]) -> Option<Vec<u8>> {
    let mut letters = Vec::with_capacity(lines.len());
    let mut begins = 0;
    for ends in memchr_iter(b'\n', lines).chain([lines.len()]) {
        letters.extend_from_slice(lines.get(begins..ends)?.trim_ascii());
        begins = ends + 1;
    }
    base64_simd::STANDARD.decode_to_vec(letters).ok()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;

    use super::*;

    const FILE: &str = "# One of us\n-----BEGIN CERTIFICATE-----\nQUJ\nDREVGRw==\n-----END CERTIFICATE-----\n\n\
                        -----BEGIN TRUSTED CERTIFICATE-----\nQUJD\n-----END TRUSTED CERTIFICATE-----\n\
                        -----BEGIN CERTIFICATE-----\r\nSElK\r\n-----END CERTIFICATE-----\r\n";

    #[test]
    fn a_file_is_read_as_rustls_reads_it() {
        let read: Vec<_> = CertificateDer::pem_slice_iter(FILE.as_bytes()).collect::<Result<_, _>>().unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(certificates(FILE.as_bytes()), Some(read));
    }

    #[test]
    fn a_file_that_is_not_in_order_is_left_to_others() {
        let headed = FILE.replace("QUJ", "Proc-Type: 4,CLEAR\n\nQUJ");
        for file in [&FILE.replace("QUJ", "Q?J"), &headed, &FILE.replace("-----END CERTIFICATE-----", ""), ""] {
            assert_eq!(certificates(file.as_bytes()), None, "{file}");
        }
    }

    #[test]
    fn so_is_the_machines_own() {
        let Some(file) = openssl_probe::probe().cert_file else { return };
        let read: Vec<_> = CertificateDer::pem_file_iter(&file).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(certificates(&std::fs::read(&file).unwrap()), Some(read));
    }
}
