//! A jq program that turns documents into offers: compiled with neither files, environment, clock nor further
//! input, and given values by name. It is only ever run in a process of its own.

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, load, unwrap_valr};
use jaq_json::{Val, read};

/// The names under which a program finds more than the feed.
pub(crate) const VARIABLES: [&str; 4] = ["documents", "event", "market", "currency"];

/// What would tell of the machine, say something, or end more than the program.
const WITHHELD: [&str; 13] = [
    "env",
    "now",
    "halt",
    "halt_error",
    "debug",
    "debug_empty",
    "stderr",
    "stderr_empty",
    "localtime",
    "strflocaltime",
    "input",
    "inputs",
    "input_line_number",
];

/// The longest program, in bytes.
const LENGTH_MAX: usize = 16 << 10;

/// A parser that goes as deep as the longest program needs this much stack.
const STACK: usize = 256 << 20;

type Compiled = jaq_core::Filter<JustLut<Val>>;

/// Says what is wrong with a program.
pub(crate) fn check(source: &str) -> Result<(), String> {
    if source.len() > LENGTH_MAX {
        return Err(format!("the program is longer than {} KiB", LENGTH_MAX >> 10));
    }
    std::thread::scope(|scope| {
        let checking = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || compiled(source).map(drop))
            .map_err(|error| format!("the program cannot be checked: {error}"))?;
        checking.join().map_err(|_panic| "the program is too involved".to_owned())?
    })
}

/// Compiles a program.
pub(super) fn compiled(source: &str) -> Result<Compiled, String> {
    let is_free = |name: &str| !WITHHELD.contains(&name);
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let natives = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let loader = Loader::new(definitions.filter(|definition| is_free(definition.name)));
    let modules = loader
        .load(&arena, File { code: source, path: () })
        .map_err(|errors| first(errors.into_iter().flat_map(|(file, error)| loading(file.code, error))))?;
    let variables: Vec<_> = VARIABLES.iter().map(|name| format!("${name}")).collect();
    Compiler::default()
        .with_funs(natives.filter(|(name, _, _)| is_free(name)))
        .with_global_vars(variables.iter().map(String::as_str))
        .compile(modules)
        .map_err(|errors| {
            let undefined = errors.into_iter().flat_map(|(file, errors)| {
                let told = |(name, kind): (&str, jaq_core::compile::Undefined)| {
                    let line = line_of(file.code, name);
                    format!("line {line} of the program: there is no {} `{name}`", kind.as_str())
                };
                errors.into_iter().map(told).collect::<Vec<_>>()
            });
            first(undefined)
        })
}

/// Runs a program on a feed; `each` gets every output as JSON, and says whether to go on.
pub(super) fn run(
    program: &Compiled,
    feed: &[u8],
    variables: &[u8],
    mut each: impl FnMut(String) -> Result<(), String>,
) -> Result<(), String> {
    let feed = read::parse_single(feed).map_err(|error| format!("the feed is no JSON: {error}"))?;
    let variables =
        read::parse_single(variables).map_err(|error| format!("a document is no JSON: {error}"))?;
    let values = VARIABLES.map(|name| match &variables {
        Val::Obj(values) => values.get(&Val::from(name.to_owned())).cloned().unwrap_or_default(),
        Val::Null | Val::Bool(_) | Val::Num(_) | Val::BStr(_) | Val::TStr(_) | Val::Arr(_) => Val::Null,
    });
    let context = Ctx::<JustLut<Val>>::new(&program.lut, Vars::new(values));
    for output in program.id.run((context, feed)).map(unwrap_valr) {
        each(output.map_err(|error| format!("the program fails: {error}"))?.to_string())?;
    }
    Ok(())
}

fn first(mut problems: impl Iterator<Item = String>) -> String {
    problems.next().unwrap_or_else(|| "the program cannot be read".to_owned())
}

fn loading(code: &str, error: load::Error<&str>) -> Vec<String> {
    match error {
        load::Error::Io(errors) => {
            errors.into_iter().map(|(path, _)| format!("the program may not load {path:?}")).collect()
        }
        load::Error::Lex(errors) => {
            errors.into_iter().map(|(expected, found)| unexpected(code, expected.as_str(), found)).collect()
        }
        load::Error::Parse(errors) => {
            errors.into_iter().map(|(expected, found)| unexpected(code, expected.as_str(), found)).collect()
        }
    }
}

fn unexpected(code: &str, expected: &str, found: &str) -> String {
    let line = line_of(code, found);
    match found.lines().next().filter(|found| !found.is_empty()) {
        Some(found) => {
            let found: String = found.chars().take(20).collect();
            format!("line {line} of the program: {expected} is expected where {found:?} stands")
        }
        None => format!("line {line} of the program: {expected} is expected where it ends"),
    }
}

/// The line, from one, in which a part of the code begins; the last for a part that is elsewhere.
fn line_of(code: &str, part: &str) -> usize {
    let start = part.as_ptr().addr().checked_sub(code.as_ptr().addr());
    let before = start.and_then(|start| code.get(..start)).unwrap_or(code);
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(program: &str, feed: &str) -> Result<Vec<String>, String> {
        let variables = r#"{"documents":{"prices":{"A":"9.90"}},"event":"7","market":"primary"}"#;
        let mut outputs = Vec::new();
        run(&compiled(program)?, feed.as_bytes(), variables.as_bytes(), |output| {
            outputs.push(output);
            Ok(())
        })?;
        Ok(outputs)
    }

    #[test]
    fn a_program_sees_the_feed_and_what_is_joined_to_it() {
        let program = ".[] | {area: .s, price: $documents.prices[.p], $event, $market, none: $currency}";
        assert_eq!(
            outputs(program, r#"[{"s":"N","p":"A"}]"#).unwrap(),
            [r#"{"area":"N","price":"9.90","event":"7","market":"primary","none":null}"#]
        );
    }

    #[test]
    fn decimals_stay_as_they_are_written() {
        assert_eq!(outputs(".price", r#"{"price":79.20}"#).unwrap(), ["79.20"]);
    }

    #[test]
    fn a_program_knows_neither_the_machine_nor_the_time() {
        let withheld = "env;now;input;inputs;halt;halt_error;debug;stderr;$ENV;$__prog_args;input_filename;\
                        localtime;get_search_list;include \"a\"; .;import \"a\" as a; ."
            .split(';')
            .filter(|program| program.trim() != ".");
        for program in withheld {
            let program =
                if program.contains("\"a\"") { format!("{program}; .") } else { program.to_owned() };
            assert!(check(&program).is_err(), "{program}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        assert_eq!(
            check(".a\n| .b]\n").unwrap_err(),
            "line 2 of the program: token is expected where \"]\" stands"
        );
        assert_eq!(check(".\n| seats(.)").unwrap_err(), "line 2 of the program: there is no filter `seats`");
        assert_eq!(check("$prices").unwrap_err(), "line 1 of the program: there is no variable `$prices`");
        assert!(check("if . then").unwrap_err().ends_with("expected where it ends"));
    }

    #[test]
    fn the_most_involved_program_is_checked_or_refused() {
        assert!(check(&"(".repeat(16_000)).is_err());
        drop(check(&format!("{}1{}", "[".repeat(8_000), "]".repeat(8_000))));
        drop(check(&vec!["."; 8_000].join("|")));
        assert!(check(&" ".repeat(17_000)).unwrap_err().contains("16 KiB"));
    }
}
