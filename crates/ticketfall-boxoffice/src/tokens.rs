//! Opaque texts (cookies, page keys) that follow from the seed, so that a run can be repeated byte for byte.
//! They keep honest test clients apart; they are no cryptography.

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A seed that follows from `seed` and `parts`, and from nothing else.
pub(crate) fn derive(seed: u64, parts: &[&str]) -> u64 {
    const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const FNV_PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = FNV_OFFSET ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        // The zero ends a part, so that no two lists of parts read alike.
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }
    hash
}

/// A random source of its own for the purpose that `parts` name.
pub(crate) fn rng(seed: u64, parts: &[&str]) -> fastrand::Rng {
    fastrand::Rng::with_seed(derive(seed, parts))
}

/// `length` characters that are safe in URLs, cookies and headers.
pub(crate) fn token(seed: u64, parts: &[&str], length: usize) -> String {
    let mut rng = rng(seed, parts);
    (0..length).map(|_| char::from(ALPHABET[rng.usize(..ALPHABET.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_token_and_other_parts_another() {
        assert_eq!(token(7, &["key", "a"], 40), token(7, &["key", "a"], 40));
        assert_ne!(token(7, &["key", "a"], 40), token(7, &["key", "b"], 40));
        assert_ne!(token(7, &["key", "a"], 40), token(8, &["key", "a"], 40));
        assert_ne!(token(7, &["ab", "c"], 40), token(7, &["a", "bc"], 40));
    }
}
