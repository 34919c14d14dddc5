use ticketfall_core::offer::Market;

use super::super::*;
use super::{event, values_of, with};

const MAPPED: &str = r#"
version = 1
id = "arena"
name = "Harbour Arena"
dialect = "mapped"
origin = "https://arena.example"
hosts = ["api.arena.example"]
time_zone = "Europe/Dublin"
currency = "EUR"
event_urls = ["/show?lang=en&id={event}"]
[pace]
floor = "10s"
[mapped]
program = '''
.[]
'''
"#;

fn mapped(more: &str) -> Result<Definition, DefinitionError> {
    Definition::parse("arena.toml", &format!("{MAPPED}{more}"))
}

#[test]
fn a_definition_without_requests_looks_at_its_event_page() {
    let arena = mapped("").unwrap();
    let page = "https://arena.example/show?id=4001&lang=en";
    assert_eq!(arena.event_url(&event(), None).unwrap().as_str(), page);
    let feed = arena.requests.feed(Market::Primary).unwrap();
    let built = feed.build(&arena, &values_of(&arena)).unwrap();
    assert_eq!((built.url.as_str(), feed.is_page), (page, true));
    assert!(!arena.can_hold());
}

#[test]
fn an_event_is_known_by_a_parameter_of_its_url() {
    let event = |url: &str| mapped("").unwrap().event_id_from(url).map(|event| event.to_string());
    assert_eq!(event("https://arena.example/show?id=77").as_deref(), Some("77"));
    assert_eq!(event("https://arena.example/Show/?ID=7%207&x=1").as_deref(), Some("7 7"));
    assert_eq!(event("https://arena.example/show?idx=77"), None);
    assert_eq!(event("https://arena.example/other?id=77"), None);
}

#[test]
fn a_request_may_go_to_another_host_of_the_sellers_and_nowhere_else() {
    let feed = |host: &str| {
        format!("[requests.availability.primary]\nhost = \"{host}\"\npath = \"/v1/{{{{ event }}}}\"\n")
    };
    let arena = mapped(&feed("API.arena.example")).unwrap();
    let request = arena.requests.feed(Market::Primary).unwrap();
    let built = request.build(&arena, &values_of(&arena)).unwrap();
    assert_eq!(built.url.as_str(), "https://api.arena.example/v1/4001");
    let error = mapped(&feed("evil.example")).unwrap_err().to_string();
    assert!(error.contains("arena.toml:18:8: a request goes to the seller's own hosts"), "{error}");
}

#[test]
fn a_mistake_in_a_program_points_at_it() {
    let error = Definition::parse("arena.toml", &MAPPED.replace(".[]", ".[")).unwrap_err().to_string();
    assert!(error.contains("arena.toml:14:11: line 2 of the program: closing bracket"), "{error}");
}

#[test]
fn what_does_not_go_together_is_told() {
    let told = |more: &str| mapped(more).unwrap_err().to_string();
    assert!(told("[requests.config]\npath = \"/c\"\n").contains("only the exchange has [requests.config]"));
    assert!(told("[page]\nkey = { selector = \"a\", header = \"b\" }\n").contains("`pointer` or `header`"));
    assert!(told("[page]\nkey = { pointer = \"a\" }\n").contains("JSON pointer"));
    assert!(told("[[hold.refused]]\nreason = \"x\"\n").contains("fits every answer"));
    assert!(told("[basket]\nempty = [\"x\"]\n").contains("needs a `line` and a `seat`"));
    assert!(told("[basket]\njson = { list = \"seats\" }\n").contains("JSON pointer"));
    let document =
        |read: &str| told(&format!("[requests.documents.a]\npath = \"/a\"\nread = {{ {read} }}\n"));
    assert!(document("selector = \"a\", row = \"b\"").contains("`selector` or `row`"));
    assert!(document("row = \"b[\"").contains("no CSS selector"));
    let bare = MAPPED.split("[mapped]").next().unwrap();
    let error = Definition::parse("arena.toml", bare).unwrap_err().to_string();
    assert!(error.contains("arena.toml:5:11: a mapped seller needs a program"), "{error}");
    let foreign = with("[mapped]\nprogram = \".\"\n").unwrap_err().to_string();
    assert!(foreign.contains("only `dialect = \"mapped\"`"), "{foreign}");
}

#[test]
fn a_file_of_another_version_is_not_guessed_at() {
    let error = Definition::parse("arena.toml", &MAPPED.replace("version = 1", "version = 2")).unwrap_err();
    assert!(error.to_string().contains("arena.toml:2:11: this program reads version 1"), "{error}");
}

#[test]
fn the_schema_has_every_key_that_files_have() {
    let schema = schema();
    for part in ["version", "based_on", "dialect", "mapped", "requests", "hold", "classify", "basket", "pace"]
    {
        assert!(schema["properties"][part].is_object(), "{part}");
    }
    let request = &schema["$defs"]["Request"]["properties"];
    for key in ["path", "host", "capture", "capture_from", "granted", "read", "json", "form"] {
        assert!(request[key].is_object(), "{key}");
    }
    let properties = |part: &str| schema["$defs"][part]["properties"].as_object().unwrap().len();
    assert_eq!([properties("BasketJson"), properties("Rule")], [9, 11]);
    assert_eq!(schema["$defs"]["Request"]["additionalProperties"], false);
    assert!(!schema["$defs"].to_string().contains("\"required\":"), "a file may be based on another");
}
