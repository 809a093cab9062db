//! The one file that uses rustls-pemfile: strict reading and writing of PEM.
//!
//! Strict: a file holds exactly what is expected of it. Nothing at all, another kind of block, or
//! text around the blocks is an error that names the file. Files of other programs are read with less.

use crate::{PkiError, files};
use rustls_pemfile::Item;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

const LINE: usize = 64;

/// Reads a file of one or more certificates, in order.
///
/// # Errors
/// The file cannot be read, or holds anything but certificates.
pub fn load_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    certificates(path, &files::read_public(path)?)
}

/// Reads a file of exactly one certificate.
///
/// # Errors
/// The file cannot be read, or holds anything but one certificate.
pub fn load_certificate(path: &Path) -> Result<CertificateDer<'static>, PkiError> {
    let mut all = load_certificates(path)?;
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        _ => Err(refuse(path, "more than one certificate where one is expected")),
    }
}

/// Reads certificates out of `text`, the content of `path`.
///
/// # Errors
/// Anything but one or more certificates.
pub fn certificates(path: &Path, text: &[u8]) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    items(path, text)?
        .into_iter()
        .map(|item| match item {
            Item::X509Certificate(certificate) => Ok(certificate),
            mut other => {
                wipe(&mut other);
                Err(refuse(path, "holds something other than certificates"))
            }
        })
        .collect()
}

/// Writes certificates, in order.
pub fn encode_certificates<'a>(
    certificates: impl IntoIterator<Item = &'a CertificateDer<'a>>,
) -> String {
    certificates.into_iter().map(|c| block("CERTIFICATE", c).to_string()).collect()
}

/// Reads the one PKCS#8 key out of `text`, the content of `path`.
pub(crate) fn private_key(
    path: &Path,
    text: &[u8],
) -> Result<PrivatePkcs8KeyDer<'static>, PkiError> {
    let mut items = items(path, text)?;
    match (items.pop(), items.is_empty()) {
        (Some(Item::Pkcs8Key(key)), true) => Ok(key),
        (last, _) => {
            items.extend(last);
            items.iter_mut().for_each(wipe);
            Err(refuse(path, "must hold exactly one PKCS#8 private key (BEGIN PRIVATE KEY)"))
        }
    }
}

/// Reads exactly one PKCS#8 key and one certificate out of `text`, the content of `path`.
pub(crate) fn key_and_certificate(
    path: &Path,
    text: &[u8],
) -> Result<(PrivatePkcs8KeyDer<'static>, CertificateDer<'static>), PkiError> {
    let mut items = items(path, text)?;
    match (items.len(), items.pop(), items.pop()) {
        (2, Some(Item::X509Certificate(certificate)), Some(Item::Pkcs8Key(key))) => {
            Ok((key, certificate))
        }
        (_, last, before) => {
            items.extend(last.into_iter().chain(before));
            items.iter_mut().for_each(wipe);
            Err(refuse(path, "must hold one PKCS#8 private key and then its certificate"))
        }
    }
}

/// Reads the certificates in `text`, the content of `path`, a file of another program's: whatever else
/// is in it is passed over.
pub(crate) fn any_certificates(
    path: &Path,
    text: &[u8],
) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for item in foreign(path, text)? {
        match item {
            Item::X509Certificate(certificate) => found.push(certificate),
            other => others.push(other),
        }
    }
    others.iter_mut().for_each(wipe);
    if found.is_empty() { Err(refuse(path, "holds no certificate (PEM)")) } else { Ok(found) }
}

/// Reads the one key in `text`, the content of `path`, a file of another program's: whatever else is
/// in it is passed over.
pub(crate) fn any_private_key(
    path: &Path,
    text: &[u8],
) -> Result<PrivateKeyDer<'static>, PkiError> {
    let mut keys = Vec::new();
    for item in foreign(path, text)? {
        match item {
            Item::Pkcs1Key(key) => keys.push(PrivateKeyDer::from(key)),
            Item::Pkcs8Key(key) => keys.push(key.into()),
            Item::Sec1Key(key) => keys.push(key.into()),
            _ => {}
        }
    }
    match (keys.pop(), keys.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(refuse(path, "holds no private key (PEM, not encrypted)")),
        (Some(last), false) => {
            keys.push(last);
            keys.iter_mut().for_each(Zeroize::zeroize);
            Err(refuse(path, "holds more than one private key"))
        }
    }
}

fn foreign(path: &Path, mut text: &[u8]) -> Result<Vec<Item>, PkiError> {
    rustls_pemfile::read_all(&mut text)
        .collect::<Result<_, _>>()
        .map_err(|error| refuse(path, &format!("damaged PEM: {error}")))
}

/// Writes a revocation list.
pub(crate) fn encode_crl(der: &[u8]) -> String {
    block("X509 CRL", der).to_string()
}

/// Writes a PKCS#8 key.
pub(crate) fn encode_private_key(der: &[u8]) -> Zeroizing<String> {
    block("PRIVATE KEY", der)
}

fn items(path: &Path, text: &[u8]) -> Result<Vec<Item>, PkiError> {
    let blocks = count_blocks(path, text)?;
    let mut reader = text;
    let items = rustls_pemfile::read_all(&mut reader)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refuse(path, &format!("damaged PEM: {error}")))?;
    if items.is_empty() && blocks == 0 {
        return Err(refuse(path, "is empty"));
    }
    // The reader skips blocks of a kind it does not know.
    if items.len() != blocks {
        return Err(refuse(path, "holds a PEM block of an unknown kind"));
    }
    Ok(items)
}

/// Counts the blocks, and refuses any text outside of them.
fn count_blocks(path: &Path, text: &[u8]) -> Result<usize, PkiError> {
    let (mut blocks, mut inside) = (0, false);
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        match (inside, line) {
            (false, []) => {}
            (false, line) if line.starts_with(b"-----BEGIN ") => {
                blocks += 1;
                inside = true;
            }
            (false, _) => return Err(refuse(path, "has text outside of its PEM blocks")),
            (true, line) if line.starts_with(b"-----BEGIN ") => {
                return Err(refuse(path, "has a PEM block without an end"));
            }
            (true, line) if line.starts_with(b"-----END ") => inside = false,
            (true, _) => {}
        }
    }
    if inside {
        return Err(refuse(path, "has a PEM block without an end"));
    }
    Ok(blocks)
}

fn block(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(data_encoding::BASE64.encode(der));
    // Sized up front: a string that grows would leave unwiped copies behind.
    let lines = body.len().div_ceil(LINE);
    let mut out = Zeroizing::new(String::with_capacity(body.len() + lines + 2 * label.len() + 40));
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

fn wipe(item: &mut Item) {
    match item {
        Item::Pkcs1Key(key) => key.zeroize(),
        Item::Pkcs8Key(key) => key.zeroize(),
        Item::Sec1Key(key) => key.zeroize(),
        _ => {}
    }
}

fn refuse(path: &Path, what: &str) -> PkiError {
    PkiError::Pem { path: path.to_owned(), what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap fails the test")]
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
        certificates(Path::new("ca.pem"), text.as_bytes()).map_err(|e| e.to_string())
    }

    fn pem(bytes: &[u8]) -> String {
        encode_certificates([&CertificateDer::from(bytes.to_vec())])
    }

    #[test]
    fn exactly_certificates_are_read() {
        let two = format!("{}\n  \n{}", pem(b"one"), pem(b"two").replace('\n', "\r\n"));
        assert_eq!(read(&two).unwrap().len(), 2);
        for (text, says) in [
            (String::new(), "is empty"),
            ("\n\n".to_owned(), "is empty"),
            (format!("{}garbage", pem(b"one")), "text outside"),
            (format!("subject=x\n{}", pem(b"one")), "text outside"),
            (pem(b"one").replace("-----END", "-----STOP"), "without an end"),
            (format!("{}{}", &*encode_private_key(b"k"), pem(b"one")), "other than certificates"),
            (block("WALLET", b"x").to_string(), "unknown kind"),
            (pem(b"one").replace("b25l", "b2!l"), "damaged"),
        ] {
            let message = read(&text).unwrap_err();
            assert!(message.starts_with("ca.pem: ") && message.contains(says), "{message}");
        }
    }

    #[test]
    fn a_key_file_holds_one_key_and_nothing_else() {
        let key = encode_private_key(b"secret");
        let path = Path::new("node.key");
        assert_eq!(private_key(path, key.as_bytes()).unwrap().secret_pkcs8_der(), b"secret");
        for text in [format!("{}{}", &*key, &*key), format!("{}{}", pem(b"c"), &*key), pem(b"c")] {
            assert!(private_key(path, text.as_bytes()).is_err());
        }
    }

    proptest! {
        #[test]
        fn certificates_survive_the_file(all in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..4)) {
            let all: Vec<_> = all.into_iter().map(CertificateDer::from).collect();
            prop_assert_eq!(read(&encode_certificates(&all)), Ok(all));
        }

        #[test]
        fn no_text_panics(text in "(-----(BEGIN|END) (CERTIFICATE|PRIVATE KEY)-----|[A-Za-z0-9+/=]{0,9}|\n| ){0,12}") {
            let _ = read(&text);
        }
    }
}
