//! Core's own sources, read as text: what they must never reach for.

use std::fs;
use std::path::{Path, PathBuf};

/// A clock, a file, a socket, the environment, a thread, or anything random: also the hashers that std seeds.
const FORBIDDEN: [&str; 21] = [
    "std::fs",
    "fs::",
    "std::io",
    "std::net",
    "net::",
    "std::env",
    "env::",
    "std::process",
    "std::thread",
    "thread::",
    "tokio",
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "Rng::new",
    "fastrand::seed",
    "getrandom",
    "RandomState",
    "HashMap::new",
    "HashSet::new",
];

#[test]
fn core_reads_no_clock_file_socket_or_random_source() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 10, "the sources are elsewhere");
    let mut found = Vec::new();
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        for (line, forbidden) in (1..).zip(text.lines()).flat_map(|(at, line)| {
            FORBIDDEN.iter().filter(move |word| reaches_for(line, word)).map(move |word| (at, word))
        }) {
            found.push(format!("{}:{line} {forbidden}", path.display()));
        }
    }
    assert!(found.is_empty(), "core reaches out:\n{}", found.join("\n"));
}

#[test]
fn a_forbidden_path_is_recognised_wherever_a_word_starts() {
    assert!(reaches_for("let now = jiff::Timestamp::now();", "Timestamp::now"));
    assert!(reaches_for("    fs::read(path)", "fs::"));
    assert!(!reaches_for("refs::count()", "fs::"));
}

/// Whether code, comments left out, has `word` where a word starts.
fn reaches_for(line: &str, word: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| !code[..at].ends_with(is_part))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("core has sources").map(|entry| entry.expect("readable").path());
    let sources = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    sources.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
