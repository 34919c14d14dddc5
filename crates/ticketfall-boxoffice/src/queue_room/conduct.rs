//! How clients behave while there is a line: who asks the site without a pass, and whose passes they use.

use std::collections::{BTreeMap, BTreeSet};

/// How many clients are told apart; one that keeps no cookies is a new one with each request.
const CLIENTS_MAX: usize = 10_000;

/// Who asks the site, as far as its cookies tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    /// The id of a browser that is not signed in.
    Visitor { id: String },
    /// The address of a member, and the id of their browser.
    Member { email: String, id: String },
}

impl Client {
    /// Whether both can be one: the same member, or one browser before and after signing in.
    fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Member { email, .. }, Self::Member { email: other, .. }) => email == other,
            (
                Self::Visitor { id } | Self::Member { id, .. },
                Self::Visitor { id: other } | Self::Member { id: other, .. },
            ) => id == other,
        }
    }

    fn key(&self) -> Key {
        match self {
            Self::Visitor { id } => Key::Visitor(id.clone()),
            Self::Member { email, .. } => Key::Member(email.clone()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Member(String),
    Visitor(String),
}

/// What one client did.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// A member's address; a browser's id is a secret, so other browsers are numbered.
    pub(super) name: String,
    /// How many of its requests had no pass.
    pub(super) turned_away: u32,
    /// How many of those came when it had been told already.
    pub(super) polls: u32,
    was_told: bool,
}

/// What every client did.
#[derive(Clone, Debug, Default)]
pub(super) struct Conduct {
    records: BTreeMap<Key, Record>,
    /// Whose a queue id is, once it was used.
    users: BTreeMap<String, Client>,
    violations: BTreeSet<String>,
}

impl Conduct {
    /// Counts a request to the site that had no pass.
    pub(super) fn turn_away(&mut self, client: &Client) {
        let Some(record) = self.record(client) else { return };
        record.turned_away += 1;
        record.polls += u32::from(record.was_told);
        record.was_told = true;
    }

    /// Notes a request to the site with a good pass of this queue id, and whether its place `waited`.
    pub(super) fn use_pass(&mut self, queue_id: &str, client: &Client, waited: bool) {
        let name = self.record(client).map(|record| {
            record.was_told = false;
            record.name.clone()
        });
        let name = name.unwrap_or_else(|| "a visitor".to_owned());
        match self.users.get(queue_id).cloned() {
            None => {
                self.users.insert(queue_id.to_owned(), client.clone());
                if !waited {
                    self.violations.insert(format!("{name} passed the waiting room without waiting"));
                }
            }
            Some(user) if user.may_be(client) => {
                // Whoever signs in is the better name for the browser of before.
                if matches!(user, Client::Visitor { .. }) {
                    self.users.insert(queue_id.to_owned(), client.clone());
                }
            }
            Some(user) => {
                let user = self.name(&user);
                self.violations.insert(format!("{name} used the pass of {user}"));
            }
        }
    }

    /// Who used the pass of this queue id first.
    pub(super) fn user(&self, queue_id: &str) -> Option<String> {
        self.users.get(queue_id).map(|client| self.name(client))
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Everything that a client must not do; empty when all behaved.
    pub(super) fn violations(&self) -> Vec<String> {
        let polling = self.records.values().filter(|record| record.polls > 0);
        let polling = polling.map(|record| {
            format!("{} asked the site {} times more while waiting", record.name, record.polls)
        });
        self.violations.iter().cloned().chain(polling).collect()
    }

    fn name(&self, client: &Client) -> String {
        self.records.get(&client.key()).map_or_else(|| "a visitor".to_owned(), |record| record.name.clone())
    }

    fn record(&mut self, client: &Client) -> Option<&mut Record> {
        let (key, known) = (client.key(), self.records.len());
        if known == CLIENTS_MAX && !self.records.contains_key(&key) {
            return None;
        }
        let name = match &key {
            Key::Member(email) => email.clone(),
            Key::Visitor(_) => format!("visitor {}", known + 1),
        };
        Some(self.records.entry(key).or_insert(Record { name, turned_away: 0, polls: 0, was_told: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(id: &str) -> Client {
        Client::Visitor { id: id.to_owned() }
    }

    fn ada(id: &str) -> Client {
        Client::Member { email: "ada@example.org".to_owned(), id: id.to_owned() }
    }

    fn ben(id: &str) -> Client {
        Client::Member { email: "ben@example.org".to_owned(), id: id.to_owned() }
    }

    fn polls(conduct: &Conduct) -> Vec<u32> {
        conduct.records().map(|record| record.polls).collect()
    }

    #[test]
    fn the_first_request_without_a_pass_is_no_poll() {
        let mut conduct = Conduct::default();
        for client in [ada("a"), ben("b"), visitor("c")] {
            conduct.turn_away(&client);
        }
        assert_eq!(polls(&conduct), [0, 0, 0]);
        conduct.turn_away(&ben("another"));
        conduct.turn_away(&ben("b"));
        assert_eq!(polls(&conduct), [0, 2, 0]);
        assert_eq!(conduct.violations(), ["ben@example.org asked the site 2 times more while waiting"]);
    }

    #[test]
    fn after_a_pass_the_next_first_request_is_no_poll_either() {
        let mut conduct = Conduct::default();
        conduct.turn_away(&ada("a"));
        conduct.use_pass("q", &ada("a"), true);
        conduct.turn_away(&ada("a"));
        assert_eq!(polls(&conduct), [0]);
    }

    #[test]
    fn a_browser_that_signs_in_keeps_its_pass_and_so_does_its_member_elsewhere() {
        let mut conduct = Conduct::default();
        for client in [visitor("a"), ada("a"), visitor("a"), ada("session")] {
            conduct.use_pass("q", &client, true);
        }
        assert_eq!(conduct.violations(), Vec::<String>::new());
        assert_eq!(conduct.user("q").as_deref(), Some("ada@example.org"));
    }

    #[test]
    fn two_sessions_on_one_queue_id_are_told_once() {
        for other in [ben("b"), ben("a"), visitor("b")] {
            let mut conduct = Conduct::default();
            conduct.use_pass("q", &ada("a"), true);
            conduct.use_pass("q", &other, true);
            conduct.use_pass("q", &other, true);
            let told = conduct.violations();
            assert_eq!(told.len(), 1);
            assert!(told[0].ends_with(" used the pass of ada@example.org"), "{told:?}");
        }
    }

    #[test]
    fn a_pass_that_nobody_waited_for_is_told_once() {
        let mut conduct = Conduct::default();
        conduct.use_pass("q", &visitor("a"), false);
        conduct.use_pass("q", &visitor("a"), false);
        assert_eq!(conduct.violations(), ["visitor 1 passed the waiting room without waiting"]);
    }
}
