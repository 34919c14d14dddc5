//! `config show`, `config check`, `config schema`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::printer::{Printer, table};
use super::{Context, Exit, Failure};
use crate::config::{self, Config, Loaded};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what counts, and where each value came from
    Show,
    /// Say whether the configuration can be used
    Check,
    /// Print the JSON schema of ticketfall.toml
    Schema,
}

pub(super) fn run(command: &Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Show => show(context),
        Command::Check => check(context),
        Command::Schema => schema(&mut context.printer),
    }
}

/// Prints the schema; needs no configuration that can be used.
pub(super) fn schema(printer: &mut Printer) -> Result<Exit, Failure> {
    printer.answer(&config::schema(), |schema| format!("{schema:#}"))?;
    Ok(Exit::Done)
}

fn show(context: &mut Context) -> Result<Exit, Failure> {
    let Loaded { config, sources, file, warnings: _ } = &context.loaded;
    let settings: Vec<(&str, Value, String)> =
        sources.iter().map(|(key, source)| (*key, value_of(config, key), source.to_string())).collect();
    let by_key: serde_json::Map<_, _> = settings
        .iter()
        .map(|(key, value, source)| ((*key).to_owned(), json!({ "value": value, "source": source })))
        .collect();
    let whole = json!({
        "file": file, "settings": by_key, "sellers": config.sellers, "monitors": monitors(config),
    });
    context.printer.answer(&whole, |whole| {
        let rows =
            settings.iter().map(|(key, value, source)| [(*key).to_owned(), shown(value), source.clone()]);
        let more = [("sellers", &whole["sellers"]), ("monitors", &whole["monitors"])]
            .into_iter()
            .filter(|(_, value)| **value != json!({}) && **value != json!([]))
            .map(|(key, value)| [key.to_owned(), value.to_string(), "file".to_owned()]);
        table(["key", "value", "from"], rows.chain(more))
    })?;
    Ok(Exit::Done)
}

fn check(context: &mut Context) -> Result<Exit, Failure> {
    let Loaded { file, warnings, .. } = &context.loaded;
    let verdict = json!({ "file": file, "warnings": warnings });
    context.printer.answer(&verdict, |_| match file {
        Some(file) => format!("{} can be used", file.display()),
        None => "there is no configuration file: the defaults can be used".to_owned(),
    })?;
    Ok(Exit::Done)
}

fn value_of(config: &Config, key: &str) -> Value {
    let whole = serde_json::to_value(config).expect("a configuration is plain data");
    let pointer = format!("/{}", key.replace('.', "/"));
    whole.pointer(&pointer).cloned().unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The searches, with access keywords hidden.
fn monitors(config: &Config) -> Value {
    let mut monitors = serde_json::to_value(&config.monitors).expect("searches are plain data");
    for (shown, monitor) in monitors.as_array_mut().into_iter().flatten().zip(&config.monitors) {
        if monitor.configuration.keyword1.reveal().is_some() {
            shown["configuration"]["keyword1"] = "(hidden)".into();
        }
    }
    monitors
}
