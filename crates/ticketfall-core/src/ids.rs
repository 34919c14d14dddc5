//! Names of things, each a type of its own so that none is taken for another.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

const LENGTH_MAX: usize = 200;

/// Why a text cannot name anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing but white space.
    #[error("use an empty name")]
    Empty,
    /// Longer than any seller's identifiers are.
    #[error("use a name of {0} characters: {LENGTH_MAX} at most")]
    TooLong(usize),
    /// A character that would break a line of a log or a path.
    #[error("use {0:?} with a control character in it")]
    Control(String),
}

fn checked(text: &str) -> Result<Arc<str>, IdError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        Err(IdError::Empty)
    } else if length > LENGTH_MAX {
        Err(IdError::TooLong(length))
    } else if text.chars().any(char::is_control) {
        Err(IdError::Control(text.to_owned()))
    } else {
        Ok(Arc::from(text))
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Trims the text; an empty, overlong or unprintable one is refused.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                checked(text.as_ref()).map(Self)
            }

            /// The name as the outside world writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }
    };
}

id! {
    /// One consenting member.
    ProfileId
}
id! {
    /// One seller definition.
    SellerId
}
id! {
    /// One dated match or show, as its seller numbers it.
    EventId
}
id! {
    /// One area of a venue, as its seller numbers it.
    AreaId
}

/// One event at one seller: what a watch looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventKey {
    /// Who sells it.
    pub seller: SellerId,
    /// Which of its events.
    pub event: EventId,
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.seller, self.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_kept() {
        assert_eq!(ProfileId::new(" ada ").unwrap().as_str(), "ada");
    }

    #[test]
    fn names_that_would_break_a_log_are_refused() {
        assert_eq!(ProfileId::new("  "), Err(IdError::Empty));
        assert!(matches!(AreaId::new("a\nb"), Err(IdError::Control(_))));
        assert!(matches!(EventId::new("x".repeat(201)), Err(IdError::TooLong(201))));
    }

    #[test]
    fn a_bad_name_in_a_document_is_an_error() {
        assert!(serde_json::from_str::<ProfileId>("\"\"").is_err());
        assert_eq!(serde_json::from_str::<ProfileId>("\"ada\"").unwrap().as_str(), "ada");
    }
}
