//! What counts, and what is said of a configuration that cannot be used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment {
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        home_dir: "/home/ada".into(),
        config_dir: "/home/ada/.config/ticketfall".into(),
        data_dir: "/home/ada/.local/share/ticketfall".into(),
    }
}

fn read(text: &str, flags: &[Flag], variables: &[(&str, &str)]) -> Result<Loaded, Error> {
    resolve(parse(Path::new("ticketfall.toml"), text)?, flags, &environment(variables))
}

fn data_dir_flag() -> Flag {
    Flag { key: "data_dir", name: "--data-dir", value: "/from-flag".to_owned() }
}

fn refusal(text: &str) -> (String, Option<String>) {
    let error = read(text, &[], &[]).unwrap_err();
    let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
    (error.to_string(), help)
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let file = "data_dir = '/from-file'";
    let variables = [("TICKETFALL_DATA_DIR", "/from-variable")];
    let told = |loaded: Loaded| (loaded.config.data_dir, loaded.sources["data_dir"].to_string());

    let all = read(file, &[data_dir_flag()], &variables).unwrap();
    assert_eq!(told(all), ("/from-flag".into(), "--data-dir".to_owned()));
    let two = read(file, &[], &variables).unwrap();
    assert_eq!(told(two), ("/from-variable".into(), "TICKETFALL_DATA_DIR".to_owned()));
    let one = read(file, &[], &[]).unwrap();
    assert_eq!(told(one), ("/from-file".into(), "file".to_owned()));
    let none = read("", &[], &[]).unwrap();
    assert_eq!(told(none), ("/home/ada/.local/share/ticketfall".into(), "default".to_owned()));
}

#[test]
fn every_key_can_be_set_by_its_variable() {
    let values = BTreeMap::from([
        ("browser.headless", "true"),
        ("browser.close_when_idle", "false"),
        ("gologin.local_url", "http://127.0.0.1:36912"),
        ("gologin.cloud_url", "https://gologin.example"),
        ("looks.where_likely", "false"),
        ("log.level", "debug"),
        ("log.format", "json"),
        ("api.listen", "127.0.0.1:9000"),
        ("cookies.url", "https://cookies.example/{profile}"),
        ("cookies.private", "true"),
        ("cookies.together", "2"),
        ("cookies.timeout", "5"),
        ("notify.webhook", "https://hooks.example/1"),
        ("notify.private", "true"),
    ]);
    for key in KEYS {
        let name = variable_of(key);
        let value = values.get(key).copied().unwrap_or("/somewhere");
        let loaded = read("", &[], &[(&name, value)]).unwrap();
        assert_eq!(loaded.sources[key], Source::Variable(name), "{key}");
        assert_eq!(loaded.warnings, [] as [&str; 0], "{key}");
        assert_eq!(loaded.sources.len(), KEYS.len());
    }
}

#[test]
fn a_misspelt_key_is_pointed_at() {
    let (message, help) = refusal("[log]\nlevel = 'warn'\nfromat = 'json'\n");
    assert_eq!(message, "use ticketfall.toml:3:1: there is no key `fromat` here");
    assert_eq!(help.as_deref(), Some("did you mean `format`?"));
}

#[test]
fn a_key_like_no_other_is_answered_with_those_there_are() {
    let (_, help) = refusal("[vault]\npassword = 'x'\n");
    assert_eq!(help.as_deref(), Some("known here: key_file"));
}

#[test]
fn a_value_of_the_wrong_kind_is_pointed_at() {
    let (message, _) = refusal("[browser]\nheadless = 'yes'\n");
    assert_eq!(message, "use ticketfall.toml:2:12: invalid type: string \"yes\", expected a boolean");
    let (message, _) = refusal("[log]\nlevel = 'loud'\n");
    assert!(message.starts_with("use ticketfall.toml:2:9: unknown variant `loud`"), "{message}");
}

#[test]
fn text_that_is_no_toml_is_pointed_at() {
    let (message, _) = refusal("data_dir = \n");
    assert!(message.starts_with("use ticketfall.toml:1:1"), "{message}");
}

#[test]
fn a_bad_variable_is_named() {
    let error = read("", &[], &[("TICKETFALL_API_LISTEN", "everywhere")]).unwrap_err();
    assert_eq!(error.to_string(), "use TICKETFALL_API_LISTEN for api.listen: invalid socket address syntax");
}

#[test]
fn a_strange_variable_is_a_warning() {
    let loaded = read("", &[], &[("TICKETFALL_LOGLEVEL", "info")]).unwrap();
    assert_eq!(
        loaded.warnings,
        ["the variable TICKETFALL_LOGLEVEL sets nothing; did you mean TICKETFALL_LOG_LEVEL?"]
    );
}

#[test]
fn a_tilde_is_the_home() {
    let loaded = read("[vault]\nkey_file = '~/keys/ticketfall'\n", &[], &[]).unwrap();
    assert_eq!(loaded.config.vault.key_file, Some(PathBuf::from("/home/ada/keys/ticketfall")));
}

#[test]
fn only_a_file_that_was_asked_for_must_exist() {
    assert_eq!(load(None, &[], &environment(&[])).unwrap().file, None);
    let error = load(Some(Path::new("/nowhere.toml")), &[], &environment(&[])).unwrap_err();
    assert_eq!(error.to_string(), "read the configuration /nowhere.toml");
}

#[test]
fn the_schema_lets_no_strange_key_pass() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["data_dir"].is_object(), "{schema:#}");
}

#[test]
fn the_schema_knows_every_word_of_a_wish() {
    let wish =
        Configuration { event: Some("https://northend.example/".to_owned()), ..Configuration::default() };
    let wish = serde_json::to_value(wish).unwrap();
    let properties = &schema()["$defs"]["MonitorSettings"]["properties"]["configuration"]["properties"];
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(properties), names(&wish));
}

#[test]
fn a_search_is_read_with_its_wish() {
    let text = "[[monitors]]\nprofile = 'ada'\nevent = 'https://northend.example/EDP/Event/Index/501'\n\
                configuration = { seatCount = 3, selectedType = 'Adult' }\n";
    let monitor = read(text, &[], &[]).unwrap().config.monitors.remove(0);
    assert_eq!(monitor.profile.as_str(), "ada");
    assert_eq!(monitor.configuration.seat_count.get(), 3);
    assert_eq!(monitor.configuration.speed_limit, Configuration::default().speed_limit);
}

#[test]
fn a_wish_out_of_range_is_pointed_at() {
    let (message, _) = refusal("[[monitors]]\nprofile = 'ada'\n\n[monitors.configuration]\nseatCount = 99\n");
    assert_eq!(
        message,
        "use ticketfall.toml:4:1: take 99 as seatCount: it must be a whole number from 1 to 20"
    );
    let (message, help) = refusal("[[monitors]]\nprofile = 'ada'\nconfiguration.seatcount = 2\n");
    assert_eq!(message, "use ticketfall.toml:3:15: there is no key `seatcount` here");
    assert_eq!(help.as_deref(), Some("did you mean `seatCount`?"));
}

#[test]
fn no_name_of_a_profile_leads_out_of_the_data_directory() {
    let config = read("", &[data_dir_flag()], &[]).unwrap().config;
    let directory = |name| config.browser_dir(&ProfileId::new(name).unwrap());
    assert_eq!(directory("../../etc"), Path::new("/from-flag/browsers/%2E%2E%2F%2E%2E%2Fetc"));
    assert_ne!(directory("a/b"), directory("a-b"));
}
