//! Who sends a request, by its cookies.

use super::answer::Answer;
use super::ask::Ask;
use super::{PREFIX, SESSION_COOKIE};
use crate::house::House;
use crate::member::MemberId;

const VISITOR_COOKIE: &str = "visitor";

/// A member with a session.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) session: String,
    pub(crate) member: MemberId,
}

/// Who sends a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Visitor { visitor: Visitor },
    Member { visitor: Visitor, signed_in: SignedIn },
}

/// A browser, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    pub(crate) id: String,
    is_new: bool,
}

impl Caller {
    pub(crate) fn recognise(house: &mut House, ask: &Ask) -> Self {
        let visitor = match ask.cookie(VISITOR_COOKIE) {
            Some(id) => Visitor { id: id.to_owned(), is_new: false },
            None => Visitor { id: house.sessions.new_visitor(), is_new: true },
        };
        let session = ask.cookie(SESSION_COOKIE);
        match session.and_then(|id| house.sessions.renew(id, ask.now).zip(Some(id))) {
            Some((member, id)) => {
                Self::Member { visitor, signed_in: SignedIn { session: id.to_owned(), member } }
            }
            None => Self::Visitor { visitor },
        }
    }

    pub(crate) fn visitor(&self) -> &Visitor {
        match self {
            Self::Visitor { visitor } | Self::Member { visitor, .. } => visitor,
        }
    }

    pub(crate) fn member(&self) -> Option<MemberId> {
        match self {
            Self::Visitor { .. } => None,
            Self::Member { signed_in, .. } => Some(signed_in.member),
        }
    }

    /// Gives a new browser its cookie.
    pub(crate) fn remember(&self, answer: Answer) -> Answer {
        let Visitor { id, is_new } = self.visitor();
        if *is_new {
            answer.set_cookie(&format!("{VISITOR_COOKIE}={id}; Path={PREFIX}; SameSite=Lax"))
        } else {
            answer
        }
    }
}
