//! What is said in the log while a rehearsal runs.

use std::io;
use std::sync::{Arc, Mutex};

use tracing::Level;
use tracing::subscriber::DefaultGuard;

/// The log of the threads that are listened to, from when it was begun.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spoken {
    text: Arc<Mutex<Vec<u8>>>,
    panic_at: Arc<Mutex<Option<&'static str>>>,
}

struct Pen(Spoken);

impl io::Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let panics = self.0.panic_at.lock().unwrap().take_if(|word| line.contains(*word)).is_some();
        assert!(!panics, "this panic belongs to the rehearsal");
        self.0.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spoken {
    pub(crate) fn begin() -> Self {
        Self::default()
    }

    /// Listens to this thread, for as long as the guard is kept.
    pub(crate) fn listen(&self, loud: Level) -> DefaultGuard {
        let ink = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(loud)
            .without_time()
            .with_ansi(false)
            .with_writer(move || Pen(ink.clone()))
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// Who says a line with `word` in it next panics, as by a mistake of ours.
    pub(crate) fn panic_at(&self, word: &'static str) {
        *self.panic_at.lock().unwrap() = Some(word);
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn forget(&self) {
        self.text.lock().unwrap().clear();
    }

    /// Warnings and errors, a line each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let text = self.text();
        let is_loud = |line: &&str| line.starts_with(" WARN") || line.starts_with("ERROR");
        text.lines().filter(is_loud).map(str::to_owned).collect()
    }
}
