//! Foreign text within words of ours: what a page or a file says is quoted no longer than a person reads.

const EXCERPT_MAX: usize = 600;
const BRIEF_MAX: usize = 160;

/// The beginning of a text.
pub(crate) fn excerpt(text: &str) -> String {
    beginning(text, EXCERPT_MAX)
}

/// As much of a text as fits into a line of a log or a status.
pub(crate) fn brief(text: &str) -> String {
    beginning(&text.split_whitespace().collect::<Vec<_>>().join(" "), BRIEF_MAX)
}

fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_quoted_in_part() {
        assert_eq!(excerpt("sorry, gone"), "sorry, gone");
        assert_eq!(excerpt(&"é".repeat(1000)).chars().count(), EXCERPT_MAX + 1);
        assert_eq!(brief(&"é".repeat(1000)).chars().count(), BRIEF_MAX + 1);
        assert_eq!(brief("sorry,\n\n  gone "), "sorry, gone");
    }
}
