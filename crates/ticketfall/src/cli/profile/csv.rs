//! Comma-separated values (RFC 4180) as people's spreadsheets write them: with semicolons, too.

/// A quote that is never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read it: the quote that begins in line {0} is never closed")]
pub(super) struct OpenQuote(pub(super) usize);

/// One record, and the line that it begins in, counted from 1.
pub(super) type Record = (usize, Vec<String>);

/// Splits a text into records; lines with nothing in them are none.
pub(super) fn records(text: &str) -> Result<Vec<Record>, OpenQuote> {
    let mut reader = Reader { separator: separator(text), line: 1, began: 1, ..Reader::default() };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_doubled = c == '"' && chars.peek() == Some(&'"') && reader.quoted_since.is_some();
        if is_doubled {
            chars.next();
            reader.field.push('"');
        } else {
            reader.take(c);
        }
    }
    reader.end_record();
    match reader.quoted_since {
        Some(line) => Err(OpenQuote(line)),
        None => Ok(reader.records),
    }
}

#[derive(Default)]
struct Reader {
    separator: char,
    line: usize,
    began: usize,
    quoted_since: Option<usize>,
    field: String,
    fields: Vec<String>,
    records: Vec<Record>,
}

impl Reader {
    fn take(&mut self, c: char) {
        match (c, self.quoted_since) {
            ('"', None) if self.field.trim().is_empty() => {
                self.field.clear();
                self.quoted_since = Some(self.line);
            }
            ('"', Some(_)) => self.quoted_since = None,
            ('\n', None) => self.end_record(),
            ('\r', None) => {}
            (c, None) if c == self.separator => self.end_field(),
            (c, _) => self.field.push(c),
        }
        if c == '\n' {
            self.line += 1;
            if self.quoted_since.is_none() {
                self.began = self.line;
            }
        }
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field).trim().to_owned());
    }

    fn end_record(&mut self) {
        self.end_field();
        let fields = std::mem::take(&mut self.fields);
        if fields.iter().any(|field| !field.is_empty()) {
            self.records.push((self.began, fields));
        }
    }
}

/// Where commas are decimal points, spreadsheets write semicolons.
fn separator(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if header.contains(';') && !header.contains(',') { ';' } else { ',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, String)> {
        records(text).unwrap().into_iter().map(|(line, fields)| (line, fields.join("|"))).collect()
    }

    #[test]
    fn quotes_hold_separators_quotes_and_line_breaks() {
        let text = "name,label\r\nada,\"Ada \"\"L\"\", Countess\"\r\n\r\nben,\"two\nlines\"\ncat, c \n";
        let expected =
            [(1, "name|label"), (2, "ada|Ada \"L\", Countess"), (4, "ben|two\nlines"), (6, "cat|c")];
        assert_eq!(read(text), expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn semicolons_separate_where_the_header_has_them() {
        assert_eq!(read("name;label\nada;a,b"), [(1, "name|label".to_owned()), (2, "ada|a,b".to_owned())]);
    }

    #[test]
    fn a_quote_inside_a_field_is_a_character_and_an_open_one_is_told() {
        assert_eq!(read("5\" pipe,x"), [(1, "5\" pipe|x".to_owned())]);
        assert_eq!(records("name\nada\n\"ben").unwrap_err(), OpenQuote(3));
        assert_eq!(read(""), []);
    }
}
