//! A thousand members at a hundred events for a long time, while some come and others go: memory stays flat, no task is
//! left behind, and looks come on time. First an hour of virtual time in one process, then some minutes of real time.

use std::time::Duration;

use ticketfall::clock::Clock;
use ticketfall::monitoring::Connections;
use ticketfall::seller::{Network, Tls, Transport};
use tokio::runtime::Handle;

use crate::Outcome;
use crate::process::memory;
use crate::scale::{Load, start, wish};
use crate::seller::{self, Terms};
use crate::service::{House, Service, name, signed_in_over};
use crate::stages::{Ear, Heard};

pub(crate) const COMMAND: &str = "--soak";
const MEMBERS: usize = 1_000;
const EVENTS: usize = 100;
const LOTS: u32 = 250;
const SAMPLES: usize = 20;
/// One member in so many stops at each sample, and the one who stopped before starts again.
const ONE_IN: usize = 20;
/// What memory may grow by from the second quarter to the last, as a factor.
const FLAT: f64 = 1.1;
/// How long tasks have to end after the service did.
const ENDING: Duration = Duration::from_secs(10);

/// What was seen from time to time.
#[derive(Debug, Default)]
struct Sampled {
    kib: Vec<f64>,
    tasks: Vec<usize>,
}

/// Runs both, each in a process of its own.
pub(crate) fn measure(is_quick: bool, minutes: u64) -> Outcome<()> {
    let (members, events) = if is_quick { (40, 4) } else { (MEMBERS, EVENTS) };
    let real = if is_quick { 4 } else { minutes * 60 };
    let long = if is_quick { 120 } else { 3_600 };
    for (kind, seconds) in [("virtual", long), ("real", real)] {
        let mut process = std::process::Command::new(std::env::current_exe()?);
        let words = [members as u64, events as u64, seconds].map(|number| number.to_string());
        if !process.arg(COMMAND).arg(kind).args(words).status()?.success() {
            return Err(format!("the {kind} soak found something wrong").into());
        }
    }
    Ok(())
}

/// Runs one of them.
pub(crate) fn run(words: &[String]) -> Outcome<()> {
    let [kind, numbers @ ..] = words else { return Err("a soak takes four words".into()) };
    let numbers = numbers.iter().map(|word| word.parse()).collect::<Result<Vec<u64>, _>>()?;
    let [members, events, seconds] = numbers[..] else { return Err("a soak takes three numbers".into()) };
    let (members, events) = (usize::try_from(members)?, usize::try_from(events)?);
    let terms = Terms { members: 12, lots: LOTS, recorded: true };
    let is_virtual = kind == "virtual";
    let mut runtime = if is_virtual {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    runtime.enable_all().start_paused(is_virtual).build()?.block_on(async {
        let house =
            if is_virtual { House::known("http://127.0.0.1:1".parse()?) } else { House::open(terms)? };
        let (way, transport) = if is_virtual {
            let router = seller::recordings(&seller::office(terms));
            (Connections::InProcess(router.clone()), Transport::InProcess(router))
        } else {
            let tls = Tls::new()?;
            let transport = Transport::Network(Network::new(&tls, None, true)?);
            (Connections::Network(Box::new(tls)), transport)
        };
        let clock = if is_virtual { Clock::starting_at(Clock::system().now()) } else { Clock::system() };
        let load = Load {
            origin: house.origin.clone(),
            monitors: members,
            events,
            interval: Duration::from_secs(1),
            seconds: Duration::from_secs(seconds),
        };
        println!("{kind}: {} members at {} events for {:?}", load.monitors, load.events, load.seconds);
        let sessions = signed_in_over(&transport, &house, 1).await?;
        let before = Handle::current().metrics().num_alive_tasks();
        let service = Service::open_with(&house, way, clock).await?;
        service.enlist(0..load.monitors, &sessions).await?;
        let sampled = soak(&service, &load).await?;
        let ended = service.supervisor.shut_down().await;
        drop(service);
        judge(&sampled, ended, left_behind(before).await)
    })
}

async fn soak(service: &Service, load: &Load) -> Outcome<Sampled> {
    let ear = Ear::open();
    start(service, load, 0..load.monitors).await?;
    let pause = load.seconds / u32::try_from(SAMPLES)?;
    let mut sampled = Sampled::default();
    println!(
        "{:>8}{:>8}{:>9}{:>10}{:>10}{:>10}{:>10}",
        "after s", "tasks", "looks/s", "p50 ms", "p99 ms", "max ms", "MiB"
    );
    for sample in 1..=SAMPLES {
        tokio::time::sleep(pause).await;
        churn(service, load, sample).await?;
        let (tasks, kib) = (Handle::current().metrics().num_alive_tasks(), memory(std::process::id())?);
        sampled.kib.push(kib);
        sampled.tasks.push(tasks);
        let late = late(&ear);
        let at = |percent: usize| {
            late.get(late.len().saturating_sub(1) * percent / 100).map_or(0.0, |late| *late as f64 / 1e3)
        };
        println!(
            "{:>8.0}{tasks:>8}{:>9.1}{:>10.2}{:>10.2}{:>10.2}{:>10.1}",
            pause.as_secs_f64() * sample as f64,
            late.len() as f64 / pause.as_secs_f64(),
            at(50),
            at(99),
            at(100),
            kib / 1024.0,
        );
    }
    Ok(sampled)
}

/// Some stop, and those who stopped at the sample before start again.
async fn churn(service: &Service, load: &Load, sample: usize) -> Outcome<()> {
    let of = |sample: usize| (sample % ONE_IN..load.monitors).step_by(ONE_IN);
    for number in of(sample) {
        service.supervisor.stop(&name(number)).await;
    }
    for number in of(sample + ONE_IN - 1).filter(|_| sample > 1) {
        service.start(number, wish(load, number)?).await?;
    }
    Ok(())
}

/// How late looks were since it was last asked, in microseconds, the least first.
fn late(ear: &Ear) -> Vec<u64> {
    let mut late: Vec<u64> = ear
        .heard()
        .into_iter()
        .filter_map(|heard| match heard {
            Heard::Late(micros) => Some(micros),
            Heard::Over(..) => None,
        })
        .collect();
    late.sort_unstable();
    late
}

/// How many tasks are there that were not there before the service was.
async fn left_behind(before: usize) -> usize {
    let left = || Handle::current().metrics().num_alive_tasks().saturating_sub(before);
    let patience = tokio::time::timeout(ENDING, async {
        while left() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    // What is left then is told.
    drop(patience.await);
    left()
}

fn judge(sampled: &Sampled, ended: bool, left: usize) -> Outcome<()> {
    let mean = |quarter: usize| {
        let part = &sampled.kib[quarter * SAMPLES / 4..(quarter + 1) * SAMPLES / 4];
        part.iter().sum::<f64>() / part.len() as f64
    };
    let grown = mean(3) / mean(1);
    let tasks = (sampled.tasks.iter().min(), sampled.tasks.iter().max());
    println!(
        "memory in the last quarter against the second: {grown:.3}; tasks {tasks:?}; left behind: {left}"
    );
    match () {
        () if !ended => Err("the service did not end in time".into()),
        () if left > 0 => Err(format!("{left} tasks were left behind").into()),
        () if grown > FLAT => Err(format!("memory grew by a factor of {grown:.2}").into()),
        () => Ok(()),
    }
}
