//! Through whose session an event is looked at, where that decides what is shown.

use crate::ids::ProfileId;

/// Whose eyes see what one watch is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Eye {
    /// Everybody's: each member is shown the same, and any of them may look.
    Everybody,
    /// Those of one member, who may be shown something else than others are.
    Alone(ProfileId),
}

impl Eye {
    /// The one member, where it is one's alone.
    pub fn alone(&self) -> Option<&ProfileId> {
        match self {
            Self::Everybody => None,
            Self::Alone(profile) => Some(profile),
        }
    }
}
