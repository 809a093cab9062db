//! An operator's identity as one PEM file, 0600: private key, certificate chain, root certificate.

use crate::exit::{Exit, Failure, Result};
use pki::{Bundle, CertificateDer, KeyPair, Trust};
use std::path::Path;
use zeroize::Zeroizing;

const KEY_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const KEY_END: &str = "-----END PRIVATE KEY-----";

/// Who the caller is, and whom he trusts.
pub struct Identity {
    key: Zeroizing<String>,
    certificates: String,
    chain: Vec<CertificateDer<'static>>,
    roots: Vec<CertificateDer<'static>>,
    pair: KeyPair,
}

impl Identity {
    /// Reads `path`.
    ///
    /// # Errors
    /// The file is missing, readable by others, or does not hold a key, a chain and a root.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = pki::files::read_secret(path)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::usage(format!("{}: not a PEM file", path.display())))?;
        Self::parse(path, text)
    }

    /// Joins the files that the server wrote for its admin.
    ///
    /// # Errors
    /// One of them is missing or not what it should be.
    pub fn join(key: &Path, certificate: &Path, ca: &Path) -> Result<Self> {
        let key_bytes = pki::files::read_secret(key)?;
        let mut text = Zeroizing::new(String::from_utf8_lossy(&key_bytes).into_owned());
        text.push_str(&std::fs::read_to_string(certificate)?);
        text.push_str(&std::fs::read_to_string(ca)?);
        Self::parse(certificate, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Failure::usage(format!("{}: {what}", path.display()))
                .hint("an identity file holds a PKCS#8 key, its certificates and the root")
        };
        let (start, end) = text
            .find(KEY_BEGIN)
            .zip(text.find(KEY_END))
            .filter(|(start, end)| start < end)
            .ok_or_else(|| wrong("holds no private key"))?;
        let end = end + KEY_END.len();
        let key = Zeroizing::new(format!("{}\n", &text[start..end]));
        let certificates = format!("{}{}", &text[..start], text[end..].trim_start());
        let mut chain = pki::pem::certificates(path, certificates.as_bytes())?;
        let leaves = chain.iter().take_while(|c| !pki::verify::is_root(c)).count();
        // A root in another place is not one of ours; the last certificate stands for it.
        let roots = chain.split_off(leaves.min(chain.len().saturating_sub(1)));
        if roots.is_empty() {
            return Err(wrong("holds no certificate"));
        }
        if chain.is_empty() {
            return Err(wrong("holds one certificate; the root belongs at its end"));
        }
        let pair = KeyPair::parse(path, key.as_bytes())?;
        Ok(Self { key, certificates, chain, roots, pair })
    }

    /// What a server granted to a key that was made here.
    ///
    /// # Errors
    /// The chain is empty.
    pub fn made(
        key: &KeyPair,
        chain: Vec<CertificateDer<'static>>,
        roots: &[CertificateDer<'static>],
    ) -> Result<Self> {
        let mut text = key.to_pem();
        text.push_str(&pki::pem::encode_certificates(chain.iter().chain(roots)));
        Self::parse(Path::new("identity"), &text)
    }

    /// Writes the identity, 0600.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = Zeroizing::new(format!("{}{}", self.key.as_str(), self.certificates));
        Ok(pki::files::write_atomic(path, text.as_bytes(), 0o600)?)
    }

    /// The same key with a new chain.
    ///
    /// # Errors
    /// The chain is empty.
    pub fn renewed(&self, chain: Vec<CertificateDer<'static>>) -> Result<Self> {
        if chain.is_empty() {
            return Err(Failure::new(Exit::Server, "the server renewed with an empty chain"));
        }
        self.with(chain, self.roots.clone())
    }

    /// The same with the roots of `bundle`, as far as its own lead to them. A root that the
    /// certificate in use still needs stays beside them, until the next renewal.
    ///
    /// # Errors
    /// None of its own roots leads to one of the bundle.
    pub fn trusting(&self, bundle: &Bundle, now_ms: u64) -> Result<Self> {
        let mut roots = bundle.accept(&self.roots, now_ms)?;
        if Trust::of(roots.clone())?.verify_client(&self.chain, now_ms).is_err() {
            let kept = self.roots.iter().filter(|root| !roots.contains(root)).cloned();
            roots.extend(kept.collect::<Vec<_>>());
        }
        self.with(self.chain.clone(), roots)
    }

    fn with(
        &self,
        chain: Vec<CertificateDer<'static>>,
        roots: Vec<CertificateDer<'static>>,
    ) -> Result<Self> {
        let certificates = pki::pem::encode_certificates(chain.iter().chain(&roots));
        let pair = KeyPair::parse(Path::new("identity"), self.key.as_bytes())?;
        Ok(Self { key: self.key.clone(), certificates, chain, roots, pair })
    }

    /// Leaf and issuing certificate.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The root certificates, the preferred one first.
    pub fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }

    /// The key.
    pub const fn key(&self) -> &KeyPair {
        &self.pair
    }

    /// SHA-256 of the preferred root certificate.
    pub fn pin(&self) -> [u8; 32] {
        self.roots.first().map(pki::pin_of).unwrap_or_default()
    }

    /// `sha256:HEX` of the preferred root certificate.
    pub fn ca_pin(&self) -> String {
        show_pin(&self.pin())
    }
}

/// `sha256:HEX`.
pub fn show_pin(pin: &[u8]) -> String {
    format!("sha256:{}", data_encoding::HEXLOWER.encode(pin))
}

/// Reads `sha256:HEX`, or the bare 64 hexadecimal digits.
///
/// # Errors
/// Anything else.
pub fn parse_pin(text: &str) -> std::result::Result<[u8; 32], String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| "a CA pin is sha256: and 64 hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_reads_back() {
        let pin = [0xab; 32];
        assert_eq!(parse_pin(&show_pin(&pin)), Ok(pin));
        assert_eq!(parse_pin(&"AB".repeat(32)), Ok(pin));
        for bad in ["", "sha256:", "sha256:12", "md5:00", &"zz".repeat(32)] {
            assert!(parse_pin(bad).is_err(), "{bad}");
        }
    }
}
