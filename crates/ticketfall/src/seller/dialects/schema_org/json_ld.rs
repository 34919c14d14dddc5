//! JSON-LD in the scripts of a page, with all that pages do to JSON.

use scraper::Html;
use serde_json::Value;

use crate::seller::dialects::read::Dropped;
use crate::seller::dialects::{html, tolerant};

/// The most blocks that one page may have.
const BLOCKS_MAX: usize = 200;

/// The top-level nodes of all blocks; a block that cannot be read is told of and hides no other.
pub(super) fn nodes(page: &Html, dropped: &mut Dropped) -> Vec<Value> {
    let Ok(scripts) = html::selector("script[type]") else { return Vec::new() };
    let is_json_ld = |kind: &str| kind.trim().to_ascii_lowercase().starts_with("application/ld+json");
    let blocks = page.select(&scripts).filter(|script| script.attr("type").is_some_and(is_json_ld));
    let mut nodes = Vec::new();
    for (number, script) in blocks.take(BLOCKS_MAX).enumerate() {
        match block(&script.text().collect::<String>()) {
            Ok(found) => nodes.extend(found),
            Err(why) => dropped.note(|| format!("JSON-LD block {}: {why}", number + 1)),
        }
    }
    nodes
}

/// The nodes of one block: an object, those of a list, or those of a graph.
pub(super) fn block(text: &str) -> Result<Vec<Value>, String> {
    let value = tolerant::read_whole(text).or_else(|why| {
        // Some pages escape a script as if it were text.
        if text.contains("&quot;") { tolerant::read_whole(&unescaped(text)) } else { Err(why) }
    })?;
    let mut nodes = Vec::new();
    unfold(value, &mut nodes);
    Ok(nodes)
}

fn unfold(value: Value, nodes: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|value| unfold(value, nodes)),
        Value::Object(mut fields) => {
            if let Some(graph) = fields.remove("@graph") {
                unfold(graph, nodes);
            }
            if fields.keys().any(|key| key != "@context" && key != "@id") {
                nodes.push(Value::Object(fields));
            }
        }
        // Blocks that are `null`, `false` or a text say nothing.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Text without the character references of HTML.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    [("&quot;", "\""), ("&#34;", "\""), ("&#034;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&#039;", "'")]
        .into_iter()
        .chain([("&pound;", "£"), ("&euro;", "€"), ("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">")])
        .chain([("&#163;", "£"), ("&#8364;", "€"), ("&amp;", "&")])
        .fold(text.to_owned(), |text, (reference, character)| text.replace(reference, character))
}
