//! The head of a backup: one line of JSON that says what follows, how long it is, and what it hashes to.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read, Seek as _};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const FORMAT: &str = "ticketfall-backup";
const VERSION: u32 = 1;
const LINE_BYTES_MAX: u64 = 4_096;
const CHUNK_BYTES: usize = 64 * 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Head {
    format: String,
    version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// Which Ticketfall made it.
    pub program: String,
    /// How many bytes of database follow.
    pub bytes: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
}

/// What the first line of a file is.
pub(super) enum Opening {
    Head(Head),
    Newer,
    Foreign,
}

/// The two fields that every version has.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

impl Head {
    /// The head for a database.
    pub(super) fn of(database: &mut std::fs::File, made_at: Timestamp) -> io::Result<Self> {
        database.rewind()?;
        let (bytes, sha256) = copy_hashed(database, &mut io::sink())?;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { format: FORMAT.to_owned(), version: VERSION, made_at, program, bytes, sha256 })
    }

    pub(super) fn line(&self) -> String {
        let json = serde_json::to_string(self).expect("a head is plain data");
        format!("{json}\n")
    }

    /// Reads the first line, and nothing after it.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Opening> {
        let mut line = Vec::new();
        from.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        let Ok(kind) = serde_json::from_slice::<Kind>(&line) else { return Ok(Opening::Foreign) };
        if kind.format != FORMAT {
            return Ok(Opening::Foreign);
        }
        if kind.version > VERSION {
            return Ok(Opening::Newer);
        }
        Ok(serde_json::from_slice(&line).map_or(Opening::Foreign, Opening::Head))
    }
}

/// Copies all there is; how much that was, and its SHA-256.
pub(super) fn copy_hashed(from: &mut impl Read, to: &mut impl io::Write) -> io::Result<(u64, String)> {
    let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        match from.read(&mut chunk)? {
            0 => break,
            read => {
                hash.update(&chunk[..read]);
                to.write_all(&chunk[..read])?;
                bytes += read as u64;
            }
        }
    }
    let digest = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all that is written");
        hex
    });
    Ok((bytes, digest))
}
