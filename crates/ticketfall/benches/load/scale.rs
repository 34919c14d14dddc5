//! Ever more monitors: how late looks are, what each costs, and what a monitor holds in memory; beside it the same
//! requests by a bare loop.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ticketfall_core::configuration::{Configuration, SeatCount, SpeedLimit};
use ticketfall_core::price::{Currency, Price};
use url::Url;

use crate::plot::{Chart, drawn};
use crate::process::{cpu, memory};
use crate::seller::Terms;
use crate::service::{House, Service, signed_in};
use crate::stages::{Ear, Heard};
use crate::{Outcome, bare};

pub(crate) const COMMAND: &str = "--monitors";
/// So many lots make an answer of about 20 KB.
const LOTS: u32 = 150;
const COUNTS: [usize; 4] = [100, 1_000, 10_000, 100_000];
const EVENTS_MAX: usize = 1_000;
/// The number of the first event; all have as many digits.
const FIRST_EVENT: usize = 500_000;
/// So many searches are under way before memory is first read, for what all of them share.
const SHARING: usize = 10;
const SETTLED: Duration = Duration::from_secs(3);
const SETTLINGS_MAX: usize = 20;
/// Work that falls to no less than its last measure by this factor is what it will be.
const STEADY: f64 = 1.1;

/// What is asked of a process.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) origin: Url,
    pub(crate) monitors: usize,
    pub(crate) events: usize,
    pub(crate) interval: Duration,
    pub(crate) seconds: Duration,
}

impl Load {
    fn words(&self) -> Vec<String> {
        let numbers = [self.monitors as u128, self.events as u128, self.seconds.as_millis()];
        std::iter::once(self.origin.to_string()).chain(numbers.iter().map(ToString::to_string)).collect()
    }

    pub(crate) fn read(words: &[String]) -> Outcome<(Self, String)> {
        let [origin, monitors, events, millis, rest @ ..] = words else {
            return Err("four words at least".into());
        };
        let load = Self {
            origin: origin.parse()?,
            monitors: monitors.parse()?,
            events: events.parse()?,
            interval: Duration::from_secs(1),
            seconds: Duration::from_millis(millis.parse()?),
        };
        Ok((load, rest.first().cloned().unwrap_or_default()))
    }

    /// The feed of an event.
    pub(crate) fn feed(&self, number: usize) -> Url {
        let event = FIRST_EVENT + number;
        let query = format!(
            "AreSeatsTogether=false&EventId={event}&MarketType=1&MaximumPrice=10000000&MinimumPrice=0&Quantity=1"
        );
        let mut url =
            self.origin.join("/northend/EDP/Seats/AvailableResale").expect("a path joins an origin");
        url.set_query(Some(&query));
        url
    }
}

/// What a process told of its load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    looks: f64,
    seconds: f64,
    p50: f64,
    p99: f64,
    max: f64,
    cpu: f64,
    kib: f64,
}

impl Told {
    /// Lateness and CPU in microseconds, the latter a look; memory in KiB a monitor.
    pub(crate) fn of(mut late: Vec<u64>, used: Duration, within: Duration, kib: f64) -> Self {
        late.sort_unstable();
        let at = |percent: usize| {
            late.get(late.len().saturating_sub(1) * percent / 100).map_or(0.0, |late| *late as f64)
        };
        let looks = late.len() as f64;
        Self {
            looks,
            seconds: within.as_secs_f64(),
            p50: at(50),
            p99: at(99),
            max: at(100),
            cpu: used.as_secs_f64() * 1e6 / looks.max(1.0),
            kib,
        }
    }

    pub(crate) fn line(&self) -> String {
        let Self { looks, seconds, p50, p99, max, cpu, kib } = self;
        format!("{looks} {seconds} {p50} {p99} {max} {cpu} {kib}")
    }

    fn read(line: &str) -> Outcome<Self> {
        let numbers = line.split(' ').map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?;
        let [looks, seconds, p50, p99, max, cpu, kib] = numbers[..] else { return Err(line.into()) };
        Ok(Self { looks, seconds, p50, p99, max, cpu, kib })
    }
}

/// Each count in a process of its own, with a fresh seller.
pub(crate) async fn measure(is_quick: bool, most: usize, plot: Option<&String>) -> Outcome<()> {
    let seconds = Duration::from_secs(if is_quick { 2 } else { 20 });
    let mut lines = Lines::default();
    println!(
        "\n{:>9}{:>8}{:>9}{:>10}{:>10}{:>10}{:>12}{:>9}{:>14}{:>10}",
        "monitors",
        "events",
        "looks/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU us/look",
        "bare",
        "bare p99 ms",
        "KiB each"
    );
    for monitors in COUNTS.into_iter().filter(|count| *count <= most) {
        let house = House::open(Terms { members: 12, lots: LOTS, recorded: true })?;
        let sessions = signed_in(&house, 1).await?;
        let url = house.page("/EDP/Seats/AvailableResale");
        let cookies = sessions[0].jar.header_for(&url, sessions[0].taken_at).ok_or("nobody is signed in")?;
        let events = monitors.min(EVENTS_MAX);
        let load = Load {
            origin: house.origin.clone(),
            monitors,
            events,
            interval: Duration::from_secs(1),
            seconds,
        };
        let ours = child(COMMAND, &load, "")?;
        let floor = child(bare::COMMAND, &load, cookies.to_str()?)?;
        lines.add(monitors as f64, &ours, &floor);
        println!(
            "{monitors:>9}{events:>8}{:>9.0}{:>10.1}{:>10.1}{:>10.1}{:>12.0}{:>9.0}{:>14.1}{:>10.1}",
            ours.looks / ours.seconds,
            ours.p50 / 1e3,
            ours.p99 / 1e3,
            ours.max / 1e3,
            ours.cpu,
            floor.cpu,
            floor.p99 / 1e3,
            ours.kib,
        );
    }
    if let Some(file) = plot {
        std::fs::write(file, lines.drawn())?;
    }
    Ok(())
}

/// What is plotted, by the number of monitors.
#[derive(Debug, Default)]
struct Lines {
    late: [Vec<(f64, f64)>; 3],
    cpu: [Vec<(f64, f64)>; 2],
    memory: Vec<(f64, f64)>,
}

impl Lines {
    fn add(&mut self, monitors: f64, ours: &Told, floor: &Told) {
        for (line, micros) in self.late.iter_mut().zip([ours.max, ours.p99, ours.p50]) {
            line.push((monitors, micros / 1e3));
        }
        for (line, micros) in self.cpu.iter_mut().zip([ours.cpu, floor.cpu]) {
            line.push((monitors, micros));
        }
        self.memory.push((monitors, ours.kib));
    }

    fn drawn(self) -> String {
        let [max, p99, p50] = self.late;
        let [ours, bare] = self.cpu;
        let charts = [
            Chart {
                title: "Lateness of a look, ms",
                lines: vec![("the latest", max), ("p99", p99), ("p50", p50)],
            },
            Chart { title: "CPU for a look, us", lines: vec![("Ticketfall", ours), ("bare hyper", bare)] },
            Chart { title: "Memory for a monitor, KiB", lines: vec![("PSS", self.memory)] },
        ];
        drawn(
            &charts,
            "By the number of monitors, on at most 1,000 events at one look a second, bodies of 20 KB",
        )
    }
}

fn child(command: &str, load: &Load, cookies: &str) -> Outcome<Told> {
    let mut process = Command::new(std::env::current_exe()?);
    process.arg(command).args(load.words()).arg(cookies).stderr(Stdio::inherit());
    let output = process.output()?;
    let text = String::from_utf8(output.stdout)?;
    Told::read(text.lines().last().ok_or("it told nothing")?)
}

/// Runs the searches, and tells how they fared.
pub(crate) async fn run(words: &[String]) -> Outcome<()> {
    let (load, _) = Load::read(words)?;
    let ear = Ear::open();
    let house = House::known(load.origin.clone());
    let sessions = signed_in(&house, 1).await?;
    let service = Service::open(&house).await?;
    service.enlist(0..load.monitors, &sessions).await?;
    let sharing = SHARING.min(load.monitors / 2);
    start(&service, &load, 0..sharing).await?;
    tokio::time::sleep(SETTLED).await;
    let before = memory(std::process::id())?;
    start(&service, &load, sharing..load.monitors).await?;
    settled().await?;
    ear.heard();
    let (used, since) = (cpu(std::process::id())?, Instant::now());
    tokio::time::sleep(load.seconds).await;
    let used = cpu(std::process::id())?.saturating_sub(used);
    let within = since.elapsed();
    let late = ear
        .heard()
        .into_iter()
        .filter_map(|heard| if let Heard::Late(micros) = heard { Some(micros) } else { None })
        .collect();
    let kib = (memory(std::process::id())? - before) / (load.monitors - sharing) as f64;
    println!("{}", Told::of(late, used, within, kib).line());
    // Nothing is held, so nothing has to be given back.
    Ok(())
}

/// Ends when what follows a start is done, such as writing down what is on sale.
async fn settled() -> Outcome<()> {
    let mut before = Duration::MAX;
    for _ in 0..SETTLINGS_MAX {
        let used = cpu(std::process::id())?;
        tokio::time::sleep(SETTLED).await;
        let used = cpu(std::process::id())?.saturating_sub(used);
        if used.mul_f64(STEADY) >= before {
            break;
        }
        before = used;
    }
    Ok(())
}

/// Starts searches, and waits until all of them look.
pub(crate) async fn start(service: &Service, load: &Load, numbers: std::ops::Range<usize>) -> Outcome<()> {
    let count = numbers.end;
    service.start_all(numbers, |number| wish(load, number)).await?;
    service.until_looking(count).await
}

/// What a search wants; searches are spread evenly over the events.
pub(crate) fn wish(load: &Load, number: usize) -> Outcome<Configuration> {
    let event = FIRST_EVENT + number % load.events;
    let url = load.origin.join(&format!("/northend/EDP/Event/Index/{event}"))?;
    Ok(Configuration {
        event: Some(url.to_string()),
        seat_count: SeatCount::new(2).expect("two is a number of seats"),
        max_price: Price::new(500, Currency::GBP),
        speed_limit: SpeedLimit::default(),
        ..Configuration::default()
    })
}
