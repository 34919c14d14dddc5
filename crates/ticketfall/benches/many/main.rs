//! What many members cost a service: starting again with all of them, a season's database, and every page that people
//! and programs ask for, beside the same with a hundred. The seller is in this process and has no budget.
#![expect(clippy::print_stdout, reason = "what was measured is this program's answer")]

mod faces;
mod season;
mod stage;

use std::error::Error;

use stage::Stage;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// So many members are what many are measured against.
const FEW: usize = 100;
const MANY: usize = 10_000;
/// So many are enough to see that everything runs.
const QUICK: usize = 50;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let members = arguments.iter().skip_while(|word| *word != "--members").nth(1);
    let (few, many) = match members {
        Some(members) => (FEW, members.parse()?),
        None if arguments.iter().any(|word| word == "--test") => (QUICK / 5, QUICK),
        None => (FEW, MANY),
    };
    let few = measured(few).await?;
    let many = measured(many).await?;
    println!("\n| page | bytes | ms | bytes, against few | ms, against few |\n|---|---|---|---|---|");
    for (few, many) in few.iter().zip(&many) {
        println!("{}", many.against(few));
    }
    Ok(())
}

/// Starts a service with so many members and the season behind them, and asks for its pages.
async fn measured(members: usize) -> Outcome<Vec<faces::Page>> {
    println!("\n{members} members");
    let home = tempfile::TempDir::new()?;
    let stage = Stage::fill(home.path(), members).await?;
    season::fill(home.path(), members)?;
    let service = stage.start().await?;
    service.tidied().await?;
    let pages = faces::ask(&service).await?;
    service.supervisor.shut_down().await;
    Ok(pages)
}
