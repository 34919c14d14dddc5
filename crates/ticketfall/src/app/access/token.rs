//! The API's token, in a file for its owner alone.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::OsRng;
use chacha20poly1305::aead::rand_core::RngCore as _;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The token's file in the data directory.
const FILE: &str = "api-token";
const BYTES: usize = 32;
const FOR_OTHERS: u32 = 0o077;

/// Why there is no token; messages finish "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or made.
    #[error("use the API's token in {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others on this machine may read it.
    #[error(
        "use the API's token in {0}: others on this machine may read it; `chmod 600` it, or remove it for a new one"
    )]
    Open(PathBuf),
    /// It does not look like a token.
    #[error("use the API's token in {0}: it is no token; remove the file for a new one")]
    Malformed(PathBuf),
}

/// A secret of the service's own making, in lower-case hexadecimal.
#[derive(Clone)]
pub(super) struct Token(Zeroizing<String>);

impl Token {
    pub(super) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        OsRng.fill_bytes(bytes.as_mut_slice());
        Self(Zeroizing::new(hex(bytes.as_slice())))
    }

    /// The token in `directory`, made where there is none.
    pub(super) fn open(directory: &Path) -> Result<Self, TokenError> {
        let path = directory.join(FILE);
        match read(&path)? {
            Some(token) => Ok(token),
            None => Self::random().keep(&path),
        }
    }

    /// A new token in `directory`, in place of the one that is there.
    pub(super) fn renew(directory: &Path) -> Result<Self, TokenError> {
        Self::random().keep(&directory.join(FILE))
    }

    /// The file appears whole: no program reads half a token, and none is left without one.
    fn keep(self, path: &Path) -> Result<Self, TokenError> {
        let write = || {
            let directory = path.parent().unwrap_or(Path::new("."));
            fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            let line = Zeroizing::new(format!("{}\n", self.expose()));
            file.write_all(line.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|source: io::Error| TokenError::File { path: path.to_owned(), source })?;
        Ok(self)
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this token, in a time that tells nothing about it.
    pub(super) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Makes a new token in `directory`, for a service that does not run.
pub fn renew(directory: &Path) -> Result<(), TokenError> {
    Token::renew(directory).map(drop)
}

/// The token in `path`; none when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Token>, TokenError> {
    let failed = |source| TokenError::File { path: path.to_owned(), source };
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if fs::metadata(path).map_err(failed)?.permissions().mode() & FOR_OTHERS != 0 {
        return Err(TokenError::Open(path.to_owned()));
    }
    let token = text.trim();
    let is_token = token.len() == 2 * BYTES && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_token {
        Ok(Some(Token(Zeroizing::new(token.to_owned()))))
    } else {
        Err(TokenError::Malformed(path.to_owned()))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
        text
    })
}
