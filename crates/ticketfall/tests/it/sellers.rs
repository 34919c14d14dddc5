//! Sellers that nobody here has seen: the worked examples of the documentation, run as they stand there, and
//! watches at sellers of this process.

mod examples;
mod robustness;
mod watches;

use std::path::{Path, PathBuf};

/// The Ticketfall that runs programs.
pub(crate) fn executable() -> PathBuf {
    assert_cmd::cargo::cargo_bin!("ticketfall").to_owned()
}

const DOCUMENTATION: &str = include_str!("../../../../docs/sellers.md");

/// One worked example: its files, and what is typed and answered.
pub(crate) struct Example {
    pub(crate) files: Vec<(String, String)>,
    typed: String,
    answered: String,
}

impl Example {
    /// The example of this number, as it stands in the documentation.
    pub(crate) fn of(number: usize) -> Self {
        let heading = format!("\n## Example {number}:");
        let section = DOCUMENTATION.split(&heading).nth(1).unwrap().split("\n## ").next().unwrap();
        let mut example = Self { files: Vec::new(), typed: String::new(), answered: String::new() };
        for fence in section.split("```").skip(1).step_by(2) {
            let (kind, text) = fence.split_once('\n').unwrap();
            if kind == "console" {
                let (typed, answered) = text.split_once('\n').unwrap();
                typed.strip_prefix("$ ticketfall ").unwrap().clone_into(&mut example.typed);
                answered.clone_into(&mut example.answered);
            } else {
                let (first, rest) = text.split_once('\n').unwrap();
                let name = first.trim_matches(['#', '/', '<', '!', '-', '>', ' ']).to_owned();
                // The name is not part of the file, except where it is a comment there.
                let text = if kind == "toml" { text } else { rest };
                example.files.push((name, text.to_owned()));
            }
        }
        example
    }

    pub(crate) fn file(&self, ending: &str) -> &str {
        &self.files.iter().find(|(name, _)| name.ends_with(ending)).unwrap().1
    }

    fn write(&self, directory: &Path) {
        for (name, text) in &self.files {
            std::fs::write(directory.join(name), text).unwrap();
        }
    }
}
