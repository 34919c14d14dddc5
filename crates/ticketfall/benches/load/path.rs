//! The way from the last byte of a large answer to the first byte of a hold's request, and on to the proof: measured
//! by a relay in the seller's process, and stage by stage in ours.

use std::hint::black_box;
use std::time::{Duration, Instant};

use http::Method;
use serde::Deserialize;
use ticketfall::seller::{Network, Tls, Transport};
use ticketfall::session::Session;

use crate::Outcome;
use crate::bare::Wire;
use crate::seller::Terms;
use crate::service::{House, Service, availability, fall_request, feed, signed_in, wish};
use crate::stages::{Ear, Heard};

/// So many lots make an answer of about 200 KB.
const LOTS: u32 = 1_750;
/// More than any lot of the opening has, and cheaper: nothing but the fall fits.
const SEATS: u32 = 4;
const FALL_PENCE: i64 = 500;
const FEED: &str = "AvailableResale";
/// What a bare connection asks for once the feed is there; the box office does not know it.
const NEXT: &str = "/EDP/Next";
const HELD_WITHIN: Duration = Duration::from_secs(20);

/// Monitors on the event, and the target: so much of typed parsing, and so much for each further monitor.
const COUNTS: [usize; 4] = [1, 100, 1_000, 10_000];
const OF_PARSING: f64 = 1.3;
const FOR_EACH: f64 = 1.0;

/// One fall, in microseconds.
#[derive(Debug, Clone, Default)]
struct Trial {
    to_hold: f64,
    to_held: f64,
    stages: Vec<(String, f64)>,
}

pub(crate) async fn measure(is_quick: bool, most: usize) -> Outcome<()> {
    let ear = Ear::of_stages();
    let trials = if is_quick { 1 } else { 11 };
    println!("from the last byte of an answer to the first of a hold's request; medians of {trials} falls");
    for count in COUNTS.iter().filter(|count| **count <= most) {
        let house = House::open(Terms { members: trials + 12, lots: LOTS, recorded: false })?;
        let sessions = signed_in(&house, trials + 12).await?;
        let bytes = availability(&house, &sessions[0]).await?;
        let service = Service::open(&house).await?;
        service.enlist(0..count + trials, &sessions).await?;
        let mut wire = wire(&house, &sessions[0]).await?;
        let (mut floors, mut bare, mut all, mut log) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let wish = |number: usize| wish(&house, SEATS, cap(number));
        service.start_all(0..*count, |number| Ok(wish(number))).await?;
        service.until_looking(*count).await?;
        house.told();
        let since = Instant::now();
        for trial in 0..trials {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            floors.push(parsing(&bytes));
            bare.push(turned_round(&house, &mut wire, &mut log).await?);
            all.push(fall(&house, &ear, &mut log).await?);
            // Whoever holds goes on holding, and another one takes its place in line.
            service.start(count + trial, wish(count + trial)).await?;
            service.until_looking(*count).await?;
        }
        report((*count, bytes.len()), (&floors, &bare), &all);
        tell_requests(&log, since.elapsed(), trials);
        service.supervisor.shut_down().await;
    }
    Ok(())
}

/// A cap in pence that few share, and that the fall is within.
fn cap(number: usize) -> i64 {
    FALL_PENCE + i64::try_from(number % 900).expect("small")
}

/// Lets seats fall, and follows them into a basket.
async fn fall(house: &House, ear: &Ear, log: &mut Vec<String>) -> Outcome<Trial> {
    log.extend(house.told());
    let before = log.len();
    ear.heard();
    let client = Network::new(&Tls::new()?, None, true)?;
    let request = fall_request(house, SEATS, FALL_PENCE)?;
    let answer = Transport::Network(client).send(request, HELD_WITHIN).await?;
    if !answer.status.is_success() {
        return Err(String::from_utf8_lossy(&answer.body).into());
    }
    let deadline = Instant::now() + HELD_WITHIN;
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        log.extend(house.told());
        if let Some(passed) = passed(&log[before..]) {
            let Passed { look, hold, basket } = passed;
            return Ok(Trial {
                to_hold: micros(look, hold),
                to_held: micros(look, basket),
                stages: stages(&ear.heard(), passed),
            });
        }
        if Instant::now() > deadline {
            return Err(format!("nobody holds the seats:\n{}", log[before..].join("\n")).into());
        }
    }
}

/// A bare connection as the first member.
async fn wire(house: &House, session: &Session) -> Outcome<Wire> {
    let cookies = session.jar.header_for(&feed(house), session.taken_at).ok_or("nobody is signed in")?;
    Wire::open(&house.origin, cookies.to_str()?.to_owned()).await
}

/// From the last byte of the feed to the first of the next request of a bare connection, which does nothing with what it
/// gets: what sockets and waking up take. In microseconds.
async fn turned_round(house: &House, wire: &mut Wire, log: &mut Vec<String>) -> Outcome<f64> {
    log.extend(house.told());
    wire.ask(Method::GET, &feed(house)).await?;
    wire.ask(Method::POST, &house.page(NEXT)).await?;
    let mut told = Vec::new();
    let deadline = Instant::now() + HELD_WITHIN;
    while Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
        told.extend(house.told());
        let Some(next) = told.iter().position(|line| line.starts_with('>') && line.contains(NEXT)) else {
            continue;
        };
        let words = |line: &str| {
            Some(line.split(' ').nth(1)?.parse().ok()?).zip(line.split(' ').nth(2).map(str::to_owned))
        };
        let (at, connection): (u128, String) = words(&told[next]).ok_or("a line without a time")?;
        let (ours, others): (Vec<_>, Vec<_>) =
            told.drain(..).partition(|line| line.split(' ').nth(2) == Some(&connection));
        log.extend(others);
        let answered = ours.iter().rfind(|line| line.starts_with('<') && line.contains(FEED));
        let (feed, _) = answered.and_then(|line| words(line)).ok_or("no answer passed")?;
        return Ok(micros(feed, at));
    }
    Err("nothing passed the relay".into())
}

/// When bytes passed that the way begins and ends with, in nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Passed {
    /// The last of the look's answer.
    look: u128,
    /// The first of the hold's request.
    hold: u128,
    /// The last of the basket.
    basket: u128,
}

fn passed(told: &[String]) -> Option<Passed> {
    let lines: Vec<(bool, u128, &str)> = told
        .iter()
        .filter_map(|line| {
            let mut words = line.splitn(4, ' ');
            let (way, at, _connection) = (words.next()?, words.next()?, words.next()?);
            Some((way == ">", at.parse().ok()?, words.next()?))
        })
        .collect();
    let hold = lines
        .iter()
        .position(|(asks, _, what)| *asks && what.contains("POST") && what.contains("BestAvailable"))?;
    let (_, look, _) = *lines[..hold].iter().rev().find(|(asks, _, what)| !asks && what.contains(FEED))?;
    let (_, basket, _) =
        *lines[hold..].iter().rev().find(|(asks, _, what)| !asks && what.ends_with("/Checkout/Basket"))?;
    Some(Passed { look, hold: lines[hold].1, basket })
}

/// How long each stage took up to the hold's request.
fn stages(heard: &[Heard], passed: Passed) -> Vec<(String, f64)> {
    let marks: Vec<(u128, &str)> = heard
        .iter()
        .filter_map(
            |heard| if let Heard::Over(at, stage) = heard { Some((*at, stage.as_str())) } else { None },
        )
        .collect();
    let Some(allotted) = marks.iter().position(|(_, stage)| *stage == "allotted") else { return Vec::new() };
    let after = |stage: &str| marks[allotted..].iter().find(|(_, name)| *name == stage).map(|(at, _)| *at);
    let before =
        |stage: &str| marks[..allotted].iter().rev().find(|(_, name)| *name == stage).map(|(at, _)| *at);
    let steps = [
        ("received", before("answered")),
        ("classified", before("classified")),
        ("read", before("read")),
        ("allotted", Some(marks[allotted].0)),
        ("taken up", after("taken up")),
        ("permitted", after("permitted")),
        ("asked", after("asked")),
        ("sent", Some(passed.hold)),
    ];
    let mut from = passed.look;
    let mut taken = Vec::new();
    for (stage, at) in steps {
        let Some(at) = at else { continue };
        taken.push((stage.to_owned(), micros(from, at)));
        from = at;
    }
    taken
}

fn micros(from: u128, to: u128) -> f64 {
    to.saturating_sub(from) as f64 / 1e3
}

/// What anybody's typed parsing of the answer costs in microseconds: the floor. Once, after a rest as long as a look's,
/// so that neither finds the machine warmer than the other.
fn parsing(bytes: &[u8]) -> f64 {
    let began = Instant::now();
    black_box(serde_json::from_slice::<Vec<BareArea<'_>>>(black_box(bytes)).expect("the answer is sound"));
    began.elapsed().as_secs_f64() * 1e6
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only parsing it is measured")]
struct BareArea<'a> {
    area_id: u32,
    #[serde(borrow)]
    price_bands: Vec<BareBand<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only parsing it is measured")]
struct BareBand<'a> {
    price_band_code: &'a str,
    total_value_formatted: &'a str,
    #[serde(rename = "AvailableSeatsIntervals")]
    intervals: Vec<BareInterval>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "only parsing it is measured")]
struct BareInterval {
    #[serde(rename = "YCoord")]
    y: i32,
    #[serde(rename = "StartXCoord")]
    start: i32,
    #[serde(rename = "EndXCoord")]
    end: i32,
}

/// What all of them together cost the seller.
fn tell_requests(log: &[String], within: Duration, falls: usize) {
    let asked = |what: &str| log.iter().filter(|line| line.starts_with('>') && line.contains(what)).count();
    let (looks, holds) = (asked(FEED), asked("POST /northend/EDP/BestAvailable"));
    let all = log.iter().filter(|line| line.starts_with('>')).count();
    let second = |count: usize| count as f64 / within.as_secs_f64();
    println!(
        "  at the seller: {:.2} looks a second, {holds} holds for {falls} falls, {:.1} other requests a second",
        second(looks),
        second(all - looks - holds)
    );
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn report((count, bytes): (usize, usize), (floors, bare): (&[f64], &[f64]), trials: &[Trial]) {
    let floor = median(floors.to_vec());
    let of = |what: fn(&Trial) -> f64| median(trials.iter().map(what).collect());
    let (asked, held) = (of(|trial| trial.to_hold), of(|trial| trial.to_held));
    let allowed = floor * OF_PARSING + (count - 1) as f64 * FOR_EACH;
    println!("\n{count} monitors, {bytes} bytes");
    println!("  typed parsing alone     {floor:>9.0} us      1.00");
    let bare = median(bare.to_vec());
    println!("  a bare turn-round       {bare:>9.0} us {:>9.2}", bare / floor);
    println!("  to the hold             {asked:>9.0} us {:>9.2}   (target {allowed:.0} us)", asked / floor);
    println!("  to the proof            {held:>9.0} us {:>9.2}", held / floor);
    let names: Vec<&str> = trials
        .first()
        .map(|trial| trial.stages.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    for name in names {
        let took =
            |trial: &Trial| trial.stages.iter().find(|(stage, _)| stage == name).map(|(_, took)| *took);
        let took = median(trials.iter().filter_map(took).collect());
        println!("    {name:<22}{took:>9.0} us {:>9.2}", took / floor);
    }
}
