//! What the service does under load, against what anybody would have otherwise in the same run: the way from an
//! answer to a hold (`path`), many members at one event (`crowd`), ever more events (`scale`), and a long time (`soak`).
#![expect(clippy::print_stdout, reason = "what was measured is this program's answer")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::cast_precision_loss, reason = "counts and times are small")]

mod bare;
mod crowd;
mod path;
mod plot;
mod process;
mod scale;
mod seller;
mod service;
mod soak;
mod stages;

use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What can be asked for by name; all of it otherwise.
const KINDS: [&str; 4] = ["path", "crowd", "scale", "soak"];
const SELLER: &str = "--seller";

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = arguments.iter().any(|word| word == "--test");
    let after = |name: &str| arguments.iter().position(|word| word == name).map(|at| &arguments[at + 1..]);
    if let Some(words) = after(SELLER) {
        return seller::serve(seller::Terms::read(words)?).await;
    }
    if let Some(words) = after(bare::COMMAND) {
        return bare::run(words).await;
    }
    if let Some(words) = after(scale::COMMAND) {
        return scale::run(words).await;
    }
    if let Some(words) = after(soak::COMMAND) {
        let words = words.to_vec();
        return tokio::task::spawn_blocking(move || soak::run(&words)).await?;
    }
    let wants = |kind: &str| {
        let named = |word: &String| word == kind;
        arguments.iter().any(named) || !arguments.iter().any(|word| KINDS.contains(&word.as_str()))
    };
    let most = after("--most").map(|words| words[0].parse()).transpose()?;
    let most = most.unwrap_or(if is_quick { 100 } else { 100_000 });
    if wants("path") {
        path::measure(is_quick, most).await?;
    }
    if wants("crowd") {
        tokio::task::spawn_blocking(move || crowd::measure(is_quick, most)).await??;
    }
    if wants("scale") {
        scale::measure(is_quick, most, after("--plot").and_then(<[String]>::first)).await?;
    }
    // It takes long, so that it is asked for by name.
    if is_quick || arguments.iter().any(|word| word == "soak") {
        let minutes = after("--minutes").map(|words| words[0].parse()).transpose()?;
        soak::measure(is_quick, minutes.unwrap_or(10))?;
    }
    Ok(())
}
