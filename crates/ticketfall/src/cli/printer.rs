//! The one place that prints: answers, and nothing else, go to stdout.

use std::fmt;
use std::io::{self, IsTerminal as _, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// For people.
    Text,
    /// For programs, one value a line.
    Json,
    /// For people who asked for JSON.
    PrettyJson,
}

/// Prints answers.
pub struct Printer {
    form: Form,
    out: Box<dyn Write>,
}

impl Printer {
    /// Prints to stdout.
    pub fn stdout(json: bool) -> Self {
        let form = match (json, io::stdout().is_terminal()) {
            (false, _) => Form::Text,
            (true, false) => Form::Json,
            (true, true) => Form::PrettyJson,
        };
        Self { form, out: Box::new(io::stdout().lock()) }
    }

    /// Prints `value` as JSON where that was asked for, else the text that is made of it.
    pub fn answer<T: Serialize>(&mut self, value: &T, text: impl FnOnce(&T) -> String) -> io::Result<()> {
        match self.form {
            Form::Text => self.text(&text(value)),
            Form::Json => self.line(&serde_json::to_string(value)?),
            Form::PrettyJson => self.line(&serde_json::to_string_pretty(value)?),
        }
    }

    /// Prints one of many values: as JSON on a line of its own where that was asked for, else as text.
    pub fn event<T: Serialize>(&mut self, value: &T, text: impl FnOnce(&T) -> String) -> io::Result<()> {
        match self.form {
            Form::Text => self.text(&text(value)),
            Form::Json | Form::PrettyJson => self.line(&serde_json::to_string(value)?),
        }
    }

    /// Prints text that is the same for people and programs.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.line(&printable(text))
    }

    /// Prints text as it is, for programs that read it.
    pub fn verbatim(&mut self, text: &str) -> io::Result<()> {
        self.line(text)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write!(self.out, "{text}{end}")?;
        self.out.flush()
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("form", &self.form).finish_non_exhaustive()
    }
}

/// Columns under a header, as wide as the terminal allows.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table.add_rows(rows.into_iter().map(|row| row.map(|cell| printable(&cell))));
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Names and values, a line each.
pub(super) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<String> = pairs.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect();
    lines.concat()
}

/// Text from elsewhere could carry escape sequences that a terminal obeys.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_from_elsewhere_commands_the_terminal() {
        assert_eq!(printable("East\u{1b}[2J Lower\n"), "East\u{fffd}[2J Lower\n");
    }

    #[test]
    fn names_and_values_stand_in_columns() {
        let text = pairs(&[("profile", "ada".to_owned()), ("proxy", "none".to_owned())]);
        assert_eq!(text, "profile  ada\nproxy    none\n");
    }

    #[test]
    fn no_line_of_a_table_ends_in_blanks() {
        let text = table(["area", "seats"], [["East Lower 5".to_owned(), "2".to_owned()]]);
        assert_eq!(text, " area          seats\n East Lower 5  2\n");
    }
}
