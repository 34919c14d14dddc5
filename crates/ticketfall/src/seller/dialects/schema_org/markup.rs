//! Microdata and RDFa: things that a page's elements describe, as the nodes that JSON-LD would have.

use scraper::{ElementRef, Html};
use serde_json::{Map, Value};

use crate::seller::dialects::html;

/// How deep things may be nested in things.
const DEPTH_MAX: usize = 20;

/// Which attributes a vocabulary uses.
#[derive(Debug, Clone, Copy)]
struct Syntax {
    /// Marks the element of a thing.
    thing: &'static str,
    /// Says what a thing is.
    kind: &'static str,
    /// Says which property of the thing around it an element is.
    property: &'static str,
}

const MICRODATA: Syntax = Syntax { thing: "itemscope", kind: "itemtype", property: "itemprop" };
const RDFA: Syntax = Syntax { thing: "typeof", kind: "typeof", property: "property" };

/// The things of a page that are no property of another.
pub(super) fn microdata(page: &Html) -> Vec<Value> {
    MICRODATA.things(page)
}

/// The things of a page that are no property of another, in RDFa Lite.
pub(super) fn rdfa(page: &Html) -> Vec<Value> {
    RDFA.things(page)
}

impl Syntax {
    fn things(self, page: &Html) -> Vec<Value> {
        let mut found = Vec::new();
        self.top(page.root_element(), &mut found);
        found
    }

    /// Walks without recursion: pages nest deeper than stacks.
    fn top(self, root: ElementRef<'_>, found: &mut Vec<Value>) {
        let mut next = vec![root];
        while let Some(element) = next.pop() {
            if self.is_thing(element) && element.attr(self.property).is_none() {
                found.push(self.thing(element, 0));
            }
            // Things that belong to no other may stand inside of one all the same.
            let children: Vec<_> = element.child_elements().collect();
            next.extend(children.into_iter().rev());
        }
    }

    fn is_thing(self, element: ElementRef<'_>) -> bool {
        element.attr(self.thing).is_some()
    }

    fn thing(self, element: ElementRef<'_>, depth: usize) -> Value {
        let mut fields = Map::new();
        let kinds = element.attr(self.kind).unwrap_or_default().split_whitespace();
        let kinds: Vec<Value> = kinds.map(|kind| Value::String(kind.to_owned())).collect();
        fields.insert("@type".to_owned(), Value::Array(kinds));
        let mut next: Vec<_> = element.child_elements().collect();
        next.reverse();
        while let Some(inner) = next.pop() {
            let is_thing = self.is_thing(inner);
            if let Some(names) = inner.attr(self.property) {
                let value = match is_thing {
                    true if depth < DEPTH_MAX => self.thing(inner, depth + 1),
                    true => Value::Null,
                    false => Value::String(text(inner)),
                };
                for name in names.split_whitespace() {
                    add(&mut fields, name.rsplit([':', '/', '#']).next().unwrap_or(name), value.clone());
                }
            }
            if !is_thing {
                let children: Vec<_> = inner.child_elements().collect();
                next.extend(children.into_iter().rev());
            }
        }
        Value::Object(fields)
    }
}

/// A property that comes twice is a list.
fn add(fields: &mut Map<String, Value>, name: &str, value: Value) {
    match fields.get_mut(name) {
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => drop(fields.insert(name.to_owned(), value)),
    }
}

/// The text of a property: what stands for it in an attribute, else what people read.
fn text(element: ElementRef<'_>) -> String {
    let attributes: &[&str] = match element.value().name() {
        "a" | "area" | "link" => &["content", "href"],
        "img" | "audio" | "embed" | "iframe" | "source" | "video" => &["content", "src"],
        "time" => &["content", "datetime"],
        "data" | "meter" => &["content", "value"],
        _ => &["content"],
    };
    let written = attributes.iter().find_map(|name| element.attr(name));
    written.map_or_else(|| html::words(element), |text| text.trim().to_owned())
}
