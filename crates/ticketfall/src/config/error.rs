//! What is wrong with a configuration: where, and what to do about it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::quote::excerpt;

/// The least alike that two names may be for one to be suggested in place of the other.
const LIKENESS_MIN: f64 = 0.7;

/// Why there is no configuration to go by; each finishes "cannot …".
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The user has no home directory.
    #[error("find your home directory")]
    #[diagnostic(help("set HOME"))]
    NoHome(#[source] etcetera::HomeDirError),
    /// A variable holds bytes that are no text.
    #[error("read the variable {name}: it is not UTF-8 text")]
    NotText {
        /// Its name.
        name: String,
    },
    /// The file is not there or cannot be read.
    #[error("read the configuration {}", path.display())]
    #[diagnostic(help("check that the file is there and yours to read; without one, the defaults hold"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something that is no configuration.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Invalid(Box<Invalid>),
    /// A flag or a variable has a value that its key cannot have.
    #[error("use {from} for {key}: {message}")]
    #[diagnostic(help("`ticketfall config schema` lists what each key may be"))]
    Value {
        /// The flag or variable.
        from: String,
        /// The key that it sets.
        key: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

/// A place in the file that cannot be understood.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("use {place}: {message}")]
pub struct Invalid {
    /// File, line and column.
    place: String,
    message: String,
    #[source_code]
    text: NamedSource<String>,
    #[label("here")]
    at: SourceSpan,
    #[help]
    advice: Option<String>,
}

impl Error {
    /// What the TOML reader found wrong in the `text` of the file at `path`.
    pub(super) fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().unwrap_or(0..0);
        let names = unknown_key(error.message());
        let message = excerpt(&match &names {
            Some((unknown, _)) => format!("there is no key `{unknown}` here"),
            None => error.message().trim().replace('\n', ", "),
        });
        Self::Invalid(Box::new(Invalid {
            place: format!("{}:{}", path.display(), line_and_column(text, &at)),
            message,
            text: NamedSource::new(path.display().to_string(), text.to_owned()),
            at: at.into(),
            advice: names.map(|(unknown, known)| advice(unknown, &known)),
        }))
    }
}

fn line_and_column(text: &str, at: &Range<usize>) -> String {
    let before = text.get(..at.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}

/// The unknown key and the known ones, where that is what serde complains of.
fn unknown_key(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut names = rest.split('`').skip(1).step_by(2);
    Some((names.next()?, names.collect()))
}

fn advice(unknown: &str, known: &[&str]) -> String {
    match closest(unknown, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// The name that `unknown` was probably meant to be.
pub(super) fn closest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_strange_word_is_not() {
        assert_eq!(closest("data_dri", ["sellers_dir", "data_dir"]), Some("data_dir"));
        assert_eq!(closest("colour", ["sellers_dir", "data_dir"]), None);
    }

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(line_and_column("a = \"é\"\nb = \"é\" !", &(18..19)), "2:9");
        assert_eq!(line_and_column("", &(0..0)), "1:1");
    }
}
