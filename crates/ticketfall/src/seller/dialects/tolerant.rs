//! JSON as pages have it: with comments, trailing commas, raw newlines, single quotes and bare keys. Reads one
//! value from the beginning of a text, and leaves what follows it.

use serde_json::{Map, Number, Value};

/// How deep lists and objects may be nested.
const DEPTH_MAX: usize = 120;

/// Reads the value at the beginning of a text, and says where it ends; errors say what stands in the way.
pub(in crate::seller) fn read(text: &str) -> Result<(Value, usize), String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    Ok((value, reader.at))
}

/// Reads a text that is one value, which may have a semicolon after it.
pub(super) fn read_whole(text: &str) -> Result<Value, String> {
    let (value, end) = read(text)?;
    let mut rest = Reader { text, at: end };
    rest.space();
    let left = rest.rest().trim_start_matches(';').trim();
    if left.is_empty() || left == "-->" || left == "]]>" {
        Ok(value)
    } else {
        Err(format!("something follows the JSON: {:?}", shown(left)))
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// Skips white space, comments, and the brackets that pages put around scripts for very old browsers.
    fn space(&mut self) {
        loop {
            self.at += self.rest().len() - self.rest().trim_start_matches(is_space).len();
            let rest = self.rest();
            let skipped = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else if let Some(bracket) = ["<!--", "<![CDATA["].iter().find(|mark| rest.starts_with(**mark)) {
                bracket.len()
            } else {
                return;
            };
            self.at += skipped;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        self.space();
        if depth > DEPTH_MAX {
            return Err(format!("the JSON is nested deeper than {DEPTH_MAX}"));
        }
        match self.peek() {
            Some('{') => self.object(depth),
            Some('[') => self.list(depth),
            Some(quote @ ('"' | '\'' | '`')) => self.string(quote).map(Value::String),
            Some(_) => self.word(),
            None => Err(self.ended()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut fields = Map::new();
        loop {
            self.space();
            if self.take("}") {
                return Ok(Value::Object(fields));
            }
            if self.take(",") {
                continue;
            }
            let key = self.key()?;
            self.space();
            if !self.take(":") {
                return Err(self.unexpected("a colon"));
            }
            fields.insert(key, self.value(depth + 1)?);
            self.after_part('}')?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut values = Vec::new();
        loop {
            self.space();
            if self.take("]") {
                return Ok(Value::Array(values));
            }
            if self.take(",") {
                continue;
            }
            values.push(self.value(depth + 1)?);
            self.after_part(']')?;
        }
    }

    /// A comma, or the end of the list or object.
    fn after_part(&mut self, end: char) -> Result<(), String> {
        self.space();
        match self.peek() {
            Some(',') => Ok(()),
            Some(found) if found == end => Ok(()),
            Some(_) => Err(self.unexpected("a comma or the end")),
            None => Err(self.ended()),
        }
    }

    fn key(&mut self) -> Result<String, String> {
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.string(quote);
        }
        let name = self.bare();
        if name.is_empty() { Err(self.unexpected("a key")) } else { Ok(name.to_owned()) }
    }

    /// The letters, digits and signs that follow.
    fn bare(&mut self) -> &'t str {
        let is_bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '+' | '-' | '.');
        let rest = self.rest();
        let end = rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn word(&mut self) -> Result<Value, String> {
        let start = self.at;
        let word = self.bare();
        match word {
            "true" | "!0" => return Ok(Value::Bool(true)),
            "false" => return Ok(Value::Bool(false)),
            // What a script does not know is no more known to us.
            "null" | "undefined" | "NaN" => return Ok(Value::Null),
            _ => {}
        }
        let number = word.trim_start_matches('+');
        let number = serde_json::from_str::<Number>(number).or_else(|_| number.trim_end_matches('.').parse());
        number.map(Value::Number).map_err(|_no_number| {
            self.at = start;
            self.unexpected("a value")
        })
    }

    /// A string, in which also raw line breaks may stand.
    fn string(&mut self, quote: char) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find([quote, '\\']).ok_or_else(|| self.ended())?;
            text.push_str(&rest[..end]);
            self.at += end + 1;
            if rest[end..].starts_with(quote) {
                return Ok(text);
            }
            self.escape(&mut text)?;
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        let escaped = self.peek().ok_or_else(|| self.ended())?;
        self.at += escaped.len_utf8();
        match escaped {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => text.push(self.unicode()),
            'x' => text.push(self.code(2).and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
            '\n' => {}
            other => text.push(other),
        }
        Ok(())
    }

    /// The character of a code, or of a pair of codes.
    fn unicode(&mut self) -> char {
        let Some(first) = self.code(4) else { return char::REPLACEMENT_CHARACTER };
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            if let Some(second) = self.code(4).filter(|second| (0xDC00..0xE000).contains(second)) {
                let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn code(&mut self, digits: usize) -> Option<u32> {
        let code = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
        self.at += digits;
        Some(code)
    }

    fn ended(&self) -> String {
        format!("the JSON breaks off after {} bytes", self.text.len())
    }

    fn unexpected(&self, wanted: &str) -> String {
        let line = self.text[..self.at].matches('\n').count() + 1;
        format!("{wanted} is missing in line {line} of the JSON, at {:?}", shown(self.rest()))
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{0}')
}

fn shown(text: &str) -> String {
    text.chars().take(30).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_it_is() {
        let text = r#" {"a":[1,-2.5e3,true,false,null],"b":{"c":"\u00e9\ud83c\udf9f\"\\\/"}} "#;
        assert_eq!(read_whole(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_pages_do_to_json_is_read_all_the_same() {
        let text = "<!--\n{ // who\n 'name': 'O\\'Neill', /* how\n many */ count: 2,, \"text\": \"two\nlines\",\n\
                    \"list\": [1,2,], @type: \"Event\", n: +1, u: undefined,\n};\n-->";
        let read = read(text).unwrap().0;
        assert_eq!(
            read,
            json!({"name": "O'Neill", "count": 2, "text": "two\nlines", "list": [1, 2], "@type": "Event",
                   "n": 1, "u": null})
        );
    }

    #[test]
    fn what_follows_a_value_is_left() {
        let text = "[1, 2]; window.more = {";
        assert_eq!(read(text).unwrap(), (json!([1, 2]), 6));
        assert!(read_whole(text).unwrap_err().contains("something follows"));
    }

    #[test]
    fn what_breaks_off_or_is_no_json_says_so() {
        assert!(read("{\"a\": [1, 2").unwrap_err().contains("breaks off"));
        assert!(read("{\"a\": \"b").unwrap_err().contains("breaks off"));
        assert!(read("").unwrap_err().contains("breaks off after 0 bytes"));
        assert!(read("{\n\"a\": soon}").unwrap_err().contains("line 2"));
        assert!(read("{\"a\" 1}").unwrap_err().contains("a colon"));
        assert!(read("[1 2]").unwrap_err().contains("a comma"));
        assert!(read(&"[".repeat(100_000)).unwrap_err().contains("deeper than"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[\\[\\]{},:\"'\\\\a-zu0-9 \n/*<!.+-]{0,80}") {
            drop(read(&text));
        }

        #[test]
        fn strings_keep_what_is_in_them(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(read_whole(&written).unwrap(), Value::String(text));
        }
    }
}
