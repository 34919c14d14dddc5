//! One watch for a crowd: what it costs the seller that many members want one event, and how many holds are sent where
//! seats fall that suit all of them. On virtual time, in one process; the box office's own log tells.

use std::time::Duration;

use ticketfall::clock::Clock;
use ticketfall::monitoring::Connections;
use ticketfall::seller::Transport;
use ticketfall_boxoffice::{BoxOffice, LogLine};

use crate::Outcome;
use crate::seller::{self, Terms};
use crate::service::{House, Service, fall_request, signed_in_over, wish};

const COUNTS: [usize; 3] = [100, 1_000, 10_000];
/// So many seats fall, twice, each of which suits everybody.
const SEATS: u32 = 3;
const FALL_PENCE: i64 = 500;
const WATCHED: Duration = Duration::from_mins(2);
const HELD_WITHIN: Duration = Duration::from_secs(5);
/// Members of the box office; searches share them in turn, and those who are served are the first in line.
const ACCOUNTS: usize = 100;

/// Prints a line for each size of a crowd.
pub(crate) fn measure(is_quick: bool, most: usize) -> Outcome<()> {
    println!(
        "one watch for everybody: what the box office's log says of {WATCHED:?} and two falls of {SEATS} seats"
    );
    println!(
        "{:>9}{:>14}{:>18}{:>16}{:>19}",
        "members", "looks/s", "other requests/s", "holds, granted", "the next, granted"
    );
    let counts: &[usize] = if is_quick { &[20] } else { &COUNTS };
    for count in counts.iter().filter(|count| **count <= most) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().start_paused(true).build()?.block_on(watched(*count))?;
    }
    Ok(())
}

async fn watched(count: usize) -> Outcome<()> {
    let house = House::known("http://127.0.0.1:1".parse()?);
    let office = seller::office(Terms { members: ACCOUNTS, lots: 200, recorded: false });
    let transport = Transport::InProcess(office.router());
    let sessions = signed_in_over(&transport, &house, ACCOUNTS).await?;
    let clock = Clock::starting_at(Clock::system().now());
    let service = Service::open_with(&house, Connections::InProcess(office.router()), clock).await?;
    service.enlist(0..count, &sessions).await?;
    service.start_all(0..count, |_| Ok(wish(&house, 1, FALL_PENCE))).await?;
    service.until_looking(count).await?;

    let before = office.log().len();
    tokio::time::sleep(WATCHED).await;
    let log = office.log().split_off(before);
    let looks = log.iter().filter(|line| line.path.contains("AvailableResale")).count();
    let second = |count: usize| count as f64 / WATCHED.as_secs_f64();
    let first = fall(&office, &house, &transport).await?;
    let next = fall(&office, &house, &transport).await?;
    println!(
        "{count:>9}{:>14.2}{:>18.2}{:>16}{:>19}",
        second(looks),
        second(log.len() - looks),
        told(&first),
        told(&next)
    );
    let served: Vec<_> = first.iter().chain(&next).filter(|line| is_granted(line)).collect();
    let twice =
        served.iter().any(|line| served.iter().filter(|other| other.member == line.member).count() > 1);
    service.supervisor.shut_down().await;
    if twice || [&first, &next].iter().any(|holds| holds.len() > SEATS as usize) {
        return Err("more holds were sent than there were seats, or somebody was served twice".into());
    }
    Ok(())
}

/// Lets seats fall; the holds that were asked for then.
async fn fall(office: &BoxOffice, house: &House, transport: &Transport) -> Outcome<Vec<LogLine>> {
    let before = office.log().len();
    let request = fall_request(house, SEATS, FALL_PENCE)?;
    let answer = transport.send(request, HELD_WITHIN).await?;
    if !answer.status.is_success() {
        return Err(String::from_utf8_lossy(&answer.body).into());
    }
    tokio::time::sleep(HELD_WITHIN).await;
    let is_hold = |line: &LogLine| line.method == "POST" && line.path.contains("BestAvailable");
    Ok(office.log().split_off(before).into_iter().filter(is_hold).collect())
}

fn is_granted(hold: &LogLine) -> bool {
    hold.status == 200
}

fn told(holds: &[LogLine]) -> String {
    format!("{}, {}", holds.len(), holds.iter().filter(|hold| is_granted(hold)).count())
}
