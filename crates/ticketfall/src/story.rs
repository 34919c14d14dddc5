//! What happened to a hold or to a member, in order, from the store alone: the command line, the API and the pages
//! tell the same.

mod fate;
mod hold;
mod member;
mod turn;

pub use hold::of_hold;
pub use member::of_member;
pub use turn::Turn;
