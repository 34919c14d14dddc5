//! The description of the API: that it is one, and that it says everything that is served.

use std::collections::BTreeSet;

use super::*;

/// Every object in a document with the way to it.
fn objects<'v>(value: &'v Value, visit: &mut impl FnMut(&'v serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| objects(value, visit));
        }
        Value::Array(values) => values.iter().for_each(|value| objects(value, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Path, method and operation of each.
pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().iter();
            methods.map(move |(method, operation)| (path.clone(), method.to_uppercase(), operation.clone()))
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_description_is_valid_openapi() {
    let story = async |r: &mut Scene| {
        let document = Caller::of(r).get("/openapi.json").await;
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
        assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
        let mut references = BTreeSet::new();
        objects(&document, &mut |object| {
            if let Some(Value::String(reference)) = object.get("$ref") {
                references.insert(reference.clone());
            }
        });
        assert!(references.len() > 10, "{references:?}");
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "nothing is at {reference}");
        }
        let mut names = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "two operations are called {name}");
            let declared: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| one["in"] == "path")
                .map(|one| one["name"].as_str().unwrap())
                .collect();
            let in_path: BTreeSet<&str> =
                path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            assert_eq!(declared, in_path, "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.values().all(|response| response["description"].is_string()),
                "{method} {path}"
            );
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn the_description_can_be_read_by_people_without_another_site() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        let page = caller.ask("GET", "/docs/").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("swagger-ui") && !page.text.contains("https://"), "{}", page.text);
        let script = caller.ask("GET", "/docs/swagger-initializer.js").await;
        assert!(script.text.contains("/openapi.json"), "{}", script.text);
        assert_eq!(caller.ask("GET", "/docs/nothing.js").await.status, 404);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

/// A path with nothing in its braces.
fn bare(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test(start_paused = true)]
async fn every_path_is_in_the_documentation() {
    let story = async |r: &mut Scene| {
        let documentation = include_str!("../../../../../docs/api.md");
        let written: BTreeSet<String> = documentation.split('`').skip(1).step_by(2).map(bare).collect();
        let document = Caller::of(r).get("/openapi.json").await;
        for (path, _, _) in operations(&document) {
            let path = bare(path.strip_prefix("/api/v1/").unwrap_or(&path));
            assert!(written.contains(&path), "docs/api.md says nothing of {path}");
        }
    };
    Rehearsal::of(Script::default()).run(story).await;
}
