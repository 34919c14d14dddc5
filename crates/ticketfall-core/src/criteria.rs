//! What a member wants.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::ids::AreaId;
use crate::price::Price;

const ALL: &str = "All";

/// Which ticket type, or which area by name, a member wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TypeWanted {
    /// Whatever there is, at the full price.
    All,
    /// This area, ticket type or buyer class, letter case apart.
    Named(String),
}

impl TypeWanted {
    /// Whether it is the type, area or class called `name`, letter case and outer white space apart.
    pub fn names(&self, name: &str) -> bool {
        match self {
            Self::All => false,
            Self::Named(wanted) => same_name(wanted, name),
        }
    }
}

impl FromStr for TypeWanted {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if same_name(text, ALL) { Self::All } else { Self::Named(text.trim().to_owned()) })
    }
}

impl fmt::Display for TypeWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => ALL,
            Self::Named(name) => name,
        })
    }
}

impl Serialize for TypeWanted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a member wants at one event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Criteria {
    /// How many seats, at least one.
    pub seats: u32,
    /// Whether they must be adjacent.
    pub together: bool,
    /// The type.
    pub wanted_type: TypeWanted,
    /// The areas, the dearest to the member first; none is any.
    pub areas: Vec<AreaId>,
    /// Printed names of rows; none is any.
    pub rows: Vec<String>,
    /// The most that one seat may cost.
    pub price_max: Price,
}

impl Criteria {
    /// How many seats are wanted: one at least.
    pub(crate) fn wanted(&self) -> u32 {
        self.seats.max(1)
    }

    /// Whether seats must be adjacent; one seat is.
    pub(crate) fn wants_together(&self) -> bool {
        self.together || self.wanted() == 1
    }

    /// How the member ranks an area, 0 for the dearest; nothing when it is not wanted.
    pub fn area_rank(&self, area: &AreaId) -> Option<usize> {
        if self.areas.is_empty() {
            return Some(0);
        }
        self.areas.iter().position(|wanted| wanted == area)
    }

    /// Whether the row printed as `name` is wanted, letter case and outer white space apart.
    pub fn wants_row(&self, name: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| same_name(wanted, name))
    }
}

fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    one.eq_ignore_ascii_case(other)
        || (!(one.is_ascii() && other.is_ascii())
            && one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_a_word_and_everything_else_a_name() {
        assert_eq!(" all ".parse(), Ok(TypeWanted::All));
        assert_eq!(" North Stand ".parse(), Ok(TypeWanted::Named("North Stand".to_owned())));
        assert_eq!(TypeWanted::All.to_string(), "All");
    }

    #[test]
    fn names_are_compared_without_letter_case_in_any_script() {
        let wanted: TypeWanted = "ÖSTRA läktaren".parse().unwrap();
        assert!(wanted.names(" östra LÄKTAREN "));
        assert!(!wanted.names("östra läktaren 2"));
        assert!(!TypeWanted::All.names("All"));
    }
}
