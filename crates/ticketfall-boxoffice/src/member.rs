//! The demo accounts.

use std::fmt;

use serde::Serialize;

/// The index of an account.
pub(crate) type MemberId = usize;

/// A demo account; the password is shown to whoever asks for the accounts, and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The name on the page.
    pub name: String,
    /// What to sign in with.
    pub email: String,
    /// The password.
    #[serde(skip)]
    pub password: String,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).field("email", &self.email).finish_non_exhaustive()
    }
}

const NAMES: [&str; 12] =
    ["Ada", "Ben", "Chloe", "Dev", "Esi", "Farah", "Gus", "Hana", "Idris", "Jo", "Kit", "Lena"];

/// The first `count` accounts: the named ones, then numbered ones.
pub(crate) fn roster(count: usize) -> Vec<Member> {
    let named = NAMES.iter().map(|name| (*name).to_owned());
    let numbered = (NAMES.len() + 1..).map(|number| format!("Member {number}"));
    let member = |name: String| {
        let login = name.to_lowercase().replace(' ', "");
        Member { email: format!("{login}@example.org"), password: format!("{login}-at-northend"), name }
    };
    named.chain(numbered).take(count).map(member).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_account_has_an_address_of_its_own_and_keeps_its_password_to_itself() {
        let roster = roster(40);
        let emails: BTreeSet<&str> = roster.iter().map(|member| member.email.as_str()).collect();
        assert_eq!(emails.len(), 40);
        assert_eq!(roster[0].email, "ada@example.org");
        let shown = format!("{roster:?}{}", serde_json::to_string(&roster).unwrap());
        assert!(!shown.contains("-at-northend"));
    }
}
