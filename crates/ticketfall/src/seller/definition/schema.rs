//! The JSON schema of a definition's file, for editors.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::draft::Draft;

/// What a file must have that is based on nothing; the checks say the rest.
const REQUIRED: [&str; 8] = ["version", "id", "name", "dialect", "origin", "time_zone", "currency", "pace"];

/// The JSON schema of a definition.
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Draft>().to_value();
    without_required(&mut schema);
    schema["title"] = json!("A Ticketfall seller definition");
    schema["properties"]["based_on"] =
        json!({ "type": "string", "description": "The id of a shipped definition that this one builds on." });
    schema["anyOf"] = json!([{ "required": ["based_on", "id"] }, { "required": REQUIRED }]);
    schema
}

/// In a file that is based on another, what the other has need not be said again, at any depth.
fn without_required(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("required").is_some_and(Value::is_array) {
                fields.remove("required");
            }
            fields.values_mut().for_each(without_required);
        }
        Value::Array(values) => values.iter_mut().for_each(without_required),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
