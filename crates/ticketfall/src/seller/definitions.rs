//! The seller definitions that ship, and those that the user keeps in a directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::Diagnostic;
use ticketfall_core::ids::{EventId, SellerId};

use super::definition::{Definition, DefinitionError};
use crate::session::Secret;

/// The texts that ship, by id.
const SHIPPED: [(&str, &str); 6] = [
    ("boxoffice", include_str!("../../sellers/boxoffice.toml")),
    ("discovery", include_str!("../../sellers/discovery.toml")),
    ("exchange", include_str!("../../sellers/exchange.toml")),
    ("inventory-status", include_str!("../../sellers/inventory-status.toml")),
    ("schema-org", include_str!("../../sellers/schema-org.toml")),
    ("seatgeek", include_str!("../../sellers/seatgeek.toml")),
];

/// The text of a definition that ships.
pub(super) fn shipped(id: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|(name, _)| *name == id).map(|(_, text)| *text)
}

/// The permission bits that a file with a secret may not have.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

/// Why a file of the user's is no definition, or no API key.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Unread {
    /// The file or directory cannot be read.
    #[error("read {path}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// Others could read the API key.
    #[error("use the API key in {path}: others may read it; run \"chmod 600 {path}\"")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// There is no key in it.
    #[error("use the API key in {path}: the file is empty, or has more than one line")]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
    /// Its text is no definition.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Definition(#[from] DefinitionError),
}

/// All sellers that are known, by id.
#[derive(Debug, Clone)]
pub struct Definitions(BTreeMap<SellerId, Arc<Definition>>);

impl Definitions {
    /// Those that ship.
    pub fn shipped() -> Self {
        let mut definitions = Self(BTreeMap::new());
        for (id, text) in SHIPPED {
            let file = format!("sellers/{id}.toml");
            definitions.add(Definition::parse(&file, text).expect("a definition that ships is tested"));
        }
        definitions
    }

    /// Those that ship and the `*.toml` files of a directory, which replace shipped ones of the same id.
    /// A file that is no definition is told of and hides no other; a directory that is not there is empty.
    pub fn with_directory(directory: &Path) -> (Self, Vec<Unread>) {
        let mut definitions = Self::shipped();
        let mut unread = Vec::new();
        for file in files(directory, &mut unread) {
            match read(&file) {
                Ok(definition) => definitions.add(definition),
                Err(error) => unread.push(error),
            }
        }
        (definitions, unread)
    }

    /// Adds a definition, in the place of one of the same id.
    pub fn add(&mut self, definition: Definition) {
        self.0.insert(definition.id.clone(), Arc::new(definition));
    }

    /// Every definition, by id.
    pub fn list(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.0.values()
    }

    /// The definition of an id.
    pub fn get(&self, id: &SellerId) -> Option<&Arc<Definition>> {
        self.0.get(id)
    }

    /// Whose event page a URL is, and of which event.
    pub fn for_url(&self, url: &str) -> Option<(&Arc<Definition>, EventId)> {
        self.list().find_map(|definition| Some((definition, definition.event_id_from(url)?)))
    }
}

/// Reads a file that has an API key in it and nothing else, and that nobody else may read.
pub fn read_api_key(path: &Path) -> Result<Secret, Unread> {
    let unread = |error| Unread::Io { path: path.to_owned(), error };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if path.metadata().map_err(unread)?.permissions().mode() & OTHERS != 0 {
            return Err(Unread::Exposed { path: path.to_owned() });
        }
    }
    let text = std::fs::read_to_string(path).map_err(unread)?;
    let key = text.trim();
    if key.is_empty() || key.chars().any(char::is_control) {
        return Err(Unread::NoKey { path: path.to_owned() });
    }
    Ok(Secret::new(key))
}

fn files(directory: &Path, unread: &mut Vec<Unread>) -> Vec<PathBuf> {
    let listed = match std::fs::read_dir(directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            unread.push(Unread::Io { path: directory.to_owned(), error });
            return Vec::new();
        }
    };
    let paths = listed.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    files
}

fn read(file: &Path) -> Result<Definition, Unread> {
    let text = std::fs::read_to_string(file).map_err(|error| Unread::Io { path: file.to_owned(), error })?;
    Ok(Definition::parse(&file.display().to_string(), &text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> SellerId {
        SellerId::new(text).unwrap()
    }

    #[test]
    fn the_shipped_ones_are_there() {
        let ids: Vec<_> = Definitions::shipped().list().map(|definition| definition.id.to_string()).collect();
        assert_eq!(ids, SHIPPED.map(|(id, _)| id));
    }

    #[test]
    fn a_directory_adds_and_replaces_and_a_bad_file_hides_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        let own = "based_on = \"exchange\"\nid = \"northend\"\nname = \"Northend FC\"\norigin = \"https://tickets.northend.example\"\n";
        write("northend.toml", own);
        write("mine.toml", &own.replace("\"northend\"", "\"boxoffice\""));
        write("broken.toml", "id = ");
        write("notes.txt", "not a definition");
        let (definitions, unread) = Definitions::with_directory(directory.path());
        assert_eq!(definitions.list().count(), SHIPPED.len() + 1);
        assert_eq!(definitions.get(&id("boxoffice")).unwrap().name, "Northend FC");
        let [unread] = &unread[..] else { panic!("{unread:?}") };
        assert!(unread.to_string().contains("broken.toml:1:"), "{unread}");
    }

    #[cfg(unix)]
    #[test]
    fn an_api_key_is_read_from_a_file_of_ones_own() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let read = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read_api_key(&path).map(|key| key.reveal().to_owned()).map_err(|error| error.to_string())
        };
        assert_eq!(read(" k3y\n", 0o600).unwrap(), "k3y");
        assert!(read("k3y", 0o644).unwrap_err().contains("chmod 600"));
        assert!(read(" \n", 0o600).unwrap_err().contains("empty"));
        assert!(read("a\nb", 0o600).unwrap_err().contains("more than one line"));
        assert!(read_api_key(Path::new("/nowhere/key")).is_err());
    }

    #[test]
    fn a_directory_that_is_not_there_is_empty() {
        let (definitions, unread) = Definitions::with_directory(Path::new("/nowhere/sellers"));
        assert_eq!((definitions.list().count(), unread.len()), (SHIPPED.len(), 0));
    }

    #[test]
    fn a_url_leads_to_its_seller_and_event() {
        let definitions = Definitions::shipped();
        let (definition, event) =
            definitions.for_url("http://127.0.0.1:7480/northend/EDP/Event/Index/4001").unwrap();
        assert_eq!((definition.id.as_str(), event.as_str()), ("boxoffice", "4001"));
        assert!(definitions.for_url("https://tickets.elsewhere.example/EDP/Event/Index/4001").is_none());
    }
}
