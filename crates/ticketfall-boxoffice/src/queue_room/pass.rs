//! The signed cookie that lets a client into the site: percent-encoded
//! `EventId=…&QueueId=…[&FixedValidityMins=…]&RedirectType=queue&IssueTime=…&Hash=…`.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::seal::Seal;

/// What `encodeURIComponent` encodes.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What a pass says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// The event id of the queue.
    pub(super) event: String,
    pub(super) queue_id: String,
    /// For how many minutes it is good where requests do not renew it.
    pub(super) fixed_minutes: Option<u64>,
    /// When it was given or renewed, in seconds of the room's clock.
    pub(super) issued: u64,
}

impl Pass {
    /// The value of the cookie.
    pub(super) fn write(&self, seal: &Seal) -> String {
        let Self { event, queue_id, issued, .. } = self;
        let fixed =
            self.fixed_minutes.map(|minutes| format!("&FixedValidityMins={minutes}")).unwrap_or_default();
        let hash = seal.sign(&self.signed());
        let text = format!(
            "EventId={event}&QueueId={queue_id}{fixed}&RedirectType=queue&IssueTime={issued}&Hash={hash}"
        );
        utf8_percent_encode(&text, COMPONENT).to_string()
    }

    /// Reads the value of a cookie that `seal` signed, whatever its time.
    pub(super) fn read(cookie: &str, seal: &Seal) -> Option<Self> {
        let text = percent_decode_str(cookie).decode_utf8().ok()?;
        let field = |name| {
            let mut fields = text.split('&').filter_map(|field| field.split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let fixed_minutes = field("FixedValidityMins").map(str::parse).transpose().ok()?;
        let pass = Self {
            event: field("EventId")?.to_owned(),
            queue_id: field("QueueId")?.to_owned(),
            fixed_minutes,
            issued: field("IssueTime")?.parse().ok()?,
        };
        (field("RedirectType") == Some("queue") && seal.fits(&pass.signed(), field("Hash")?)).then_some(pass)
    }

    /// Whether it is good at `now`, where one that is renewed is good for `minutes`.
    pub(super) fn is_good(&self, minutes: u64, now: Duration) -> bool {
        let seconds = self.fixed_minutes.unwrap_or(minutes).saturating_mul(60);
        now.as_secs() < self.issued.saturating_add(seconds)
    }

    /// The same, given at `now`, where requests renew it.
    pub(super) fn renewed(&self, now: Duration) -> Option<Self> {
        self.fixed_minutes.is_none().then(|| Self { issued: now.as_secs(), ..self.clone() })
    }

    fn signed(&self) -> String {
        let fixed = self.fixed_minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
        // With its separators, so that no two passes are signed alike.
        format!("{}&{}&{fixed}&queue&{}", self.event, self.queue_id, self.issued)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal() -> Seal {
        Seal::new("for tests")
    }

    fn pass(fixed_minutes: Option<u64>) -> Pass {
        Pass { event: "matchday".to_owned(), queue_id: "6f1c-22".to_owned(), fixed_minutes, issued: 90 }
    }

    #[test]
    fn a_pass_is_written_as_the_wire_has_it() {
        let cookie = pass(None).write(&seal());
        let expected =
            "EventId%3Dmatchday%26QueueId%3D6f1c-22%26RedirectType%3Dqueue%26IssueTime%3D90%26Hash%3D";
        assert!(cookie.starts_with(expected), "{cookie}");
        assert_eq!(cookie.len(), expected.len() + 64);
    }

    #[test]
    fn a_pass_is_good_for_its_minutes_and_renewed_unless_they_are_fixed() {
        let secs = Duration::from_secs;
        assert!(pass(None).is_good(2, secs(209)) && !pass(None).is_good(2, secs(210)));
        assert!(pass(Some(1)).is_good(2, secs(149)) && !pass(Some(1)).is_good(2, secs(150)));
        assert_eq!(pass(None).renewed(secs(200)), Some(Pass { issued: 200, ..pass(None) }));
        assert_eq!(pass(Some(1)).renewed(secs(100)), None);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            event in "[A-Za-z0-9-]{1,20}", queue_id in "[0-9a-f-]{1,36}",
            fixed_minutes in proptest::option::of(0..9_999_u64), issued: u64,
        ) {
            let pass = Pass { event, queue_id, fixed_minutes, issued };
            prop_assert_eq!(Pass::read(&pass.write(&seal()), &seal()), Some(pass));
        }

        #[test]
        fn a_changed_pass_is_none(at in 0..60_usize, with in "[0-9a-zA-Z%]", fixed in proptest::option::of(5..9_u64)) {
            let mut changed = pass(fixed).write(&seal());
            changed.replace_range(at..=at, &with);
            let read = Pass::read(&changed, &seal());
            // A percent code may be written in other letters and mean the same.
            prop_assert!(read.is_none() || read == Some(pass(fixed)), "{changed}");
        }

        #[test]
        fn no_cookie_makes_the_reader_panic(text in ".{0,120}") {
            prop_assert_eq!(Pass::read(&text, &seal()), None);
        }
    }
}
