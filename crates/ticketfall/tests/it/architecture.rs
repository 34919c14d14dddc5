//! Which module may import which. A module that is not in its crate's table fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A module imports from lower layers only, never from its own.
type Layers = &'static [&'static [&'static str]];

const SERVICE: Layers = &[
    &["quote"],
    &["session", "vault", "config", "clock", "address", "trust"],
    &["telemetry"],
    &["seller", "browser", "cookies", "store", "notify"],
    &["monitoring", "story"],
    &["api", "web"],
    &["app"],
    &["cli"],
    &["lib", "main"],
];

/// What the faces never see, though it lies below them.
const HIDDEN: &[(&str, &[&str])] = &[
    ("api", &["seller", "browser", "cookies", "session", "vault"]),
    ("web", &["seller", "browser", "cookies", "session", "vault"]),
];

const CORE: Layers = &[
    &["price", "ids", "moment", "status", "pace", "rhythm"],
    &["seat", "criteria", "eye", "limits"],
    &["offer", "configuration"],
    &["taken", "reading", "plan"],
    &["checker", "hold"],
    &["allotment", "fall", "proof", "seat_view"],
    &["book"],
    &["monitor", "watch"],
    &["health"],
    &["lib"],
];

/// The simulated seller is one whole: its parts know each other.
const BOX_OFFICE: Layers = &[
    &["money", "tokens", "member"],
    &["event"],
    &["refusal", "stadium"],
    &["stock"],
    &["session", "rivals", "queue_room", "house", "site", "fault", "script", "books"],
    &["box_office"],
    &["lib"],
];

/// All that the rules may lean on.
const CORE_DEPENDENCIES: [&str; 5] = ["fastrand", "iso_currency", "jiff", "serde", "thiserror"];

/// Whether modules of one layer may import each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Apart,
    Together,
}

/// One import: the module that has it, the module that it names, and where it stands.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
    place: String,
}

fn crate_dir(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name)
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The steps from the crate's root to a file's module: `["store", "falls"]`.
fn module_path(file: &Path, root: &Path) -> Vec<String> {
    let inside = file.strip_prefix(root).unwrap().with_extension("");
    inside.iter().map(|step| step.to_str().unwrap().to_owned()).collect()
}

/// The names right after `path::`, which may be one or a list in braces.
fn named(rest: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let head = |text: &str| text.chars().take_while(|c| is_name(*c)).collect::<String>();
    let Some(list) = rest.strip_prefix('{') else { return vec![head(rest)] };
    let mut names = vec![String::new()];
    let mut depth = 0;
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|name| head(name.trim())).collect()
}

/// How many modules of its own a file opens around a place, as for its tests.
fn inner_modules(before: &str) -> usize {
    before
        .lines()
        .filter(|line| line.starts_with("mod ") || line.starts_with("pub"))
        .filter(|line| line.contains("mod ") && line.trim_end().ends_with('{'))
        .count()
}

fn arrows_of(file: &Path, root: &Path) -> Vec<Arrow> {
    let text = std::fs::read_to_string(file).unwrap();
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let steps = module_path(file, root);
    let place = file.strip_prefix(root.parent().unwrap()).unwrap().display().to_string();
    let arrow = |to: String| Arrow { from: steps[0].clone(), to, place: place.clone() };
    let by_root = code.match_indices("crate::").map(|(at, word)| &code[at + word.len()..]);
    let by_parent = code.match_indices("super::").filter_map(|(at, _)| {
        let is_chained = code[..at].ends_with("super::");
        let chain = code[at..].split("super::").take_while(|between| between.is_empty()).count();
        let rest = code[at..].trim_start_matches("super::");
        (!is_chained && chain >= steps.len() + inner_modules(&code[..at])).then_some(rest)
    });
    by_root.chain(by_parent).flat_map(named).filter(|name| !name.is_empty()).map(arrow).collect()
}

fn broken(name: &str, layers: Layers, within: Within) -> Vec<String> {
    let root = crate_dir(name).join("src");
    let height: BTreeMap<&str, usize> = layers
        .iter()
        .enumerate()
        .flat_map(|(at, layer)| layer.iter().map(move |module| (*module, at)))
        .collect();
    let mut broken = BTreeSet::new();
    for file in sources(&root) {
        let module = module_path(&file, &root).remove(0);
        if !height.contains_key(module.as_str()) {
            broken.insert(format!("{name}: {module} is in no layer"));
        }
        for Arrow { from, to, place } in arrows_of(&file, &root) {
            let (Some(low), Some(high)) = (height.get(to.as_str()), height.get(from.as_str())) else {
                continue;
            };
            let is_hidden =
                HIDDEN.iter().any(|(face, hidden)| *face == from && hidden.contains(&to.as_str()));
            let is_lower = low < high || (low == high && within == Within::Together);
            if from != to && (is_hidden || !is_lower) {
                broken.insert(format!("{place}: {from} imports {to}"));
            }
        }
    }
    broken.into_iter().collect()
}

fn dependencies(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(crate_dir(name).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn imports_point_down() {
    assert_eq!(broken("ticketfall", SERVICE, Within::Apart), [] as [&str; 0]);
    assert_eq!(broken("ticketfall-core", CORE, Within::Apart), [] as [&str; 0]);
    assert_eq!(broken("ticketfall-boxoffice", BOX_OFFICE, Within::Together), [] as [&str; 0]);
}

#[test]
fn the_rules_lean_on_little() {
    assert_eq!(dependencies("ticketfall-core"), CORE_DEPENDENCIES);
}

#[test]
fn the_simulated_seller_knows_nothing_of_ours() {
    let name = "ticketfall-boxoffice";
    assert!(dependencies(name).iter().all(|dependency| !dependency.starts_with("ticketfall")));
    for file in sources(&crate_dir(name)) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("ticketfall_core") && !text.contains("ticketfall::"), "{}", file.display());
    }
}

#[test]
fn only_the_clock_reads_the_time() {
    let root = crate_dir("ticketfall").join("src");
    let readers: Vec<_> = sources(&root)
        .into_iter()
        .filter(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            ["Timestamp::now()", "Zoned::now()", "SystemTime::now()"].iter().any(|call| text.contains(call))
        })
        .collect();
    assert_eq!(readers, [root.join("clock.rs")]);
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    let home = tempfile::TempDir::new().unwrap();
    let root = home.path().join("src");
    std::fs::create_dir_all(root.join("store")).unwrap();
    let file = root.join("store/falls.rs");
    let text = "use super::super::vault;\nuse crate::{api, web::{Page, events}};\nuse super::error;\n\
                // crate::cli\nfn f() { crate::browser::find() }\n\
                mod tests {\n    use super::super::error;\n    use super::super::super::app;\n}\n";
    std::fs::write(&file, text).unwrap();
    let mut seen: Vec<_> = arrows_of(&file, &root).into_iter().map(|arrow| arrow.to).collect();
    seen.sort();
    assert_eq!(seen, ["api", "app", "browser", "vault", "web"]);
}
