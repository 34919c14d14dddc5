//! The signed text that takes a browser from the waiting room to the site:
//! `e_EV~ts_N~ce_true~rt_queue~q_GUID~h_HEX`.

use super::seal::Seal;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The event id of the queue.
    pub(super) event: String,
    /// Until when it is good, in seconds of the room's clock.
    pub(super) until: u64,
    /// Whether requests to the site renew the pass.
    pub(super) extend: bool,
    pub(super) queue_id: String,
}

impl Token {
    pub(super) fn write(&self, seal: &Seal) -> String {
        let Self { event, until, extend, queue_id } = self;
        let text = format!("e_{event}~ts_{until}~ce_{extend}~rt_queue~q_{queue_id}");
        let signature = seal.sign(&text);
        format!("{text}~h_{signature}")
    }

    /// Reads a token that `seal` signed, whatever its time; parts of unknown names are ignored.
    pub(super) fn read(text: &str, seal: &Seal) -> Option<Self> {
        let part = |name| parts(text).find(|(key, _)| *key == name).map(|(_, value)| value);
        let signature = part("h")?;
        let signed = text.replace(&format!("~h_{signature}"), "");
        if !seal.fits(&signed, signature) {
            return None;
        }
        Some(Self {
            event: part("e")?.to_owned(),
            until: part("ts")?.parse().ok()?,
            extend: part("ce")? == "true",
            queue_id: part("q")?.to_owned(),
        })
    }
}

/// The parts of a token by name; one with a second underscore is no part, as in the official connectors.
fn parts(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('~').filter_map(|part| part.split_once('_')).filter(|(_, value)| !value.contains('_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "e_matchday~ts_1200~ce_true~rt_queue~q_6f1c";

    fn seal() -> Seal {
        Seal::new("for tests")
    }

    fn signed(text: &str) -> String {
        format!("{text}~h_{}", seal().sign(text))
    }

    #[test]
    fn a_token_is_written_as_the_wire_has_it() {
        let token =
            Token { event: "matchday".to_owned(), until: 1200, extend: true, queue_id: "6f1c".to_owned() };
        assert_eq!(token.write(&seal()), signed(TEXT));
        assert_eq!(Token::read(&signed(TEXT), &seal()), Some(token));
    }

    #[test]
    fn a_part_with_more_underscores_is_ignored() {
        let token = Token::read(&signed(&format!("q_6f_1c~{TEXT}")), &seal()).unwrap();
        assert_eq!(token.queue_id, "6f1c");
        assert_eq!(Token::read(&signed("e_matchday~ts_1200~ce_true~rt_queue~q_6f_1c"), &seal()), None);
    }

    #[test]
    fn a_token_that_misses_something_is_none() {
        for text in
            ["", "h_", TEXT, &signed("e_matchday~ce_true~q_1"), &signed("e_matchday~ts_x~ce_true~q_1")]
        {
            assert_eq!(Token::read(text, &seal()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            event in "[A-Za-z0-9-]{1,20}", until: u64, extend: bool, queue_id in "[0-9a-f-]{1,36}",
        ) {
            let token = Token { event, until, extend, queue_id };
            prop_assert_eq!(Token::read(&token.write(&seal()), &seal()), Some(token));
        }

        #[test]
        fn a_changed_character_breaks_the_signature(at in 0..TEXT.len(), with in "[0-9a-z~_-]") {
            let mut text = signed(TEXT);
            prop_assume!(text[at..=at] != with);
            text.replace_range(at..=at, &with);
            prop_assert_eq!(Token::read(&text, &seal()), None);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,80}") {
            prop_assert_eq!(Token::read(&text, &seal()), None);
        }
    }
}
