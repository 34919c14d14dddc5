//! Signs what the waiting room hands out: HMAC-SHA256 in lower-case hex.

use std::fmt;
use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The key that tokens and passes are signed with; it prints nothing of itself.
#[derive(Clone)]
pub(super) struct Seal(Hmac<Sha256>);

impl Seal {
    pub(super) fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"))
    }

    /// The signature of `text`.
    pub(super) fn sign(&self, text: &str) -> String {
        let signature = self.0.clone().chain_update(text).finalize().into_bytes();
        signature.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes any text");
            hex
        })
    }

    /// Whether `signature` is that of `text`.
    pub(super) fn fits(&self, text: &str, signature: &str) -> bool {
        let signature = bytes(signature);
        signature.is_some_and(|signature| self.0.clone().chain_update(text).verify_slice(&signature).is_ok())
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_rfc_4231() {
        let signature = Seal::new("Jefe").sign("what do ya want for nothing?");
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn a_signature_fits_its_text_and_its_key_only() {
        let seal = Seal::new("a secret");
        let signature = seal.sign("text");
        assert!(seal.fits("text", &signature));
        assert!(!seal.fits("Text", &signature));
        assert!(!Seal::new("another").fits("text", &signature));
        for odd in ["", "0", "zz", &signature[..62], &format!("{signature}00"), "é"] {
            assert!(!seal.fits("text", odd), "{odd}");
        }
        assert!(!format!("{seal:?}").contains("secret"));
    }
}
