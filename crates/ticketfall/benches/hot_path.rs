//! The machine's own time between an answer's last byte and a hold: reading
//! 200 KB of availability, checking it, and sharing it out.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde::Deserialize;
use ticketfall::seller::dialects::catalogue::{Area, Band, Catalogue};
use ticketfall::seller::dialects::exchange::{Layout, read_availability};
use ticketfall::seller::dialects::read::ReadContext;
use ticketfall_core::allotment::{Seeker, allot};
use ticketfall_core::checker::{best_group, check_ticket};
use ticketfall_core::criteria::{Criteria, TypeWanted};
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::Falls;
use ticketfall_core::ids::{AreaId, ProfileId};
use ticketfall_core::offer::{Market, PriceClass, Snapshot};
use ticketfall_core::plan::Plan;
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::taken::Taken;

const ANSWER_BYTES: usize = 200_000;
const AREAS: usize = 60;
const BANDS: [&str; 6] = ["12", "07", "03", "01", "09", "15"];

/// An availability answer of `wire.md`'s shape, about as large as a big event's.
fn answer() -> Vec<u8> {
    let mut areas: Vec<String> = vec![String::new(); AREAS];
    let mut written = 0;
    for seat in 0.. {
        if written > ANSWER_BYTES {
            break;
        }
        let (area, row) = (seat % AREAS, seat / AREAS);
        let pounds = 40 + seat % 90;
        let band = BANDS[seat % BANDS.len()];
        let start = 100 + seat % 40;
        let text = format!(
            r#"{{"PriceBandCode":"{band}","TotalValueFormatted":"£{pounds}.00","AvailableSeatsIntervals":[{{"YCoord":{row},"StartXCoord":{start},"EndXCoord":{}}}]}}"#,
            start + seat % 3
        );
        written += text.len();
        if !areas[area].is_empty() {
            areas[area].push(',');
        }
        areas[area].push_str(&text);
    }
    let areas: Vec<String> = areas
        .iter()
        .enumerate()
        .map(|(n, bands)| format!(r#"{{"AreaId":{},"PriceBands":[{bands}]}}"#, 1201 + n))
        .collect();
    format!("[{}]", areas.join(",")).into_bytes()
}

fn catalogue() -> Catalogue {
    let areas = (0..AREAS).map(|n| Area {
        id: AreaId::new((1201 + n).to_string()).expect("a number is a name"),
        name: Some(format!("East Lower {n}").into()),
    });
    let bands = BANDS.map(|code| {
        let class = |id: &str, pence| PriceClass {
            id: id.into(),
            name: id.into(),
            price: Some(Price::new(pence, Currency::GBP)),
        };
        Band::new(code.into(), vec![class("31", 7_500), class("32", 4_500)])
    });
    Catalogue::new(areas, bands)
}

fn snapshot(bytes: &[u8], catalogue: &Catalogue) -> Snapshot {
    let context = ReadContext { market: Market::Exchange, currency: Currency::GBP, catalogue };
    Snapshot { offers: read_availability(bytes, &context).expect("the answer is sound").offers.into() }
}

fn criteria(seats: u32, pence: i64) -> Criteria {
    Criteria {
        seats,
        together: true,
        wanted_type: TypeWanted::All,
        areas: vec![],
        rows: vec![],
        price_max: Price::new(pence, Currency::GBP),
    }
}

type Members = Vec<(ProfileId, Arc<Criteria>)>;

fn members(count: usize, wish: impl Fn(usize) -> Arc<Criteria>) -> Members {
    (0..count).map(|n| (ProfileId::new(format!("member-{n}")).expect("a name"), wish(n))).collect()
}

fn seekers(members: &Members) -> Vec<Seeker<'_>> {
    let waiting_since = Timestamp::UNIX_EPOCH;
    members
        .iter()
        .map(|(profile, criteria)| Seeker { profile, criteria, priority: 0, waiting_since })
        .collect()
}

/// What anybody's typed parsing of that answer costs: the floor for reading it.
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
    #[serde(borrow)]
    available_seats_intervals: Vec<BareInterval<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(dead_code, reason = "only parsing it is measured")]
struct BareInterval<'a> {
    y_coord: i32,
    start_x_coord: i32,
    end_x_coord: i32,
    #[serde(skip)]
    _of: std::marker::PhantomData<&'a ()>,
}

fn reading(c: &mut Criterion) {
    let (bytes, catalogue) = (answer(), catalogue());
    let mut group = c.benchmark_group("read 200 KB");
    group.bench_function("typed parsing alone", |b| {
        b.iter(|| serde_json::from_slice::<Vec<BareArea<'_>>>(black_box(&bytes)).expect("sound"));
    });
    group.bench_function("read_availability", |b| b.iter(|| snapshot(black_box(&bytes), &catalogue)));
    let context = ReadContext { market: Market::Exchange, currency: Currency::GBP, catalogue: &catalogue };
    let layout = Layout::of(&bytes, &context).expect("the answer is sound");
    let mut later = bytes.clone();
    let digit = later.iter().rposition(u8::is_ascii_digit).expect("it has numbers");
    later[digit] ^= 1;
    group.bench_function("what differs in one area", |b| {
        b.iter(|| layout.read(&bytes, black_box(&later), &context).expect("little differs"));
    });
    group.finish();
}

fn checking(c: &mut Criterion) {
    let snapshot = snapshot(&answer(), &catalogue());
    let (plan, taken, wish) = (Plan::default(), Taken::default(), criteria(2, 6_100));
    let mut group = c.benchmark_group("check 200 KB");
    group.bench_function("1 criteria, every refusal explained", |b| {
        b.iter(|| check_ticket(black_box(&wish), &snapshot, &plan));
    });
    group.bench_function("1 criteria, the best group alone", |b| {
        b.iter(|| best_group(black_box(&wish), &snapshot, &plan, &taken));
    });
    group.sample_size(20);
    let equal = Arc::new(criteria(5, 100));
    let equal = members(10_000, |_| Arc::clone(&equal));
    let nobody = seekers(&equal);
    group.bench_function("10,000 equal criteria that nothing fits", |b| {
        b.iter(|| allot(&snapshot, &plan, black_box(&nobody), &taken));
    });
    let differing = members(10_000, |n| {
        Arc::new(criteria(1 + u32::try_from(n % 4).expect("small"), 4_000 + i64::try_from(n).expect("small")))
    });
    let differing = seekers(&differing);
    group.bench_function("10,000 differing criteria", |b| {
        b.iter(|| allot(&snapshot, &plan, black_box(&differing), &taken));
    });
    let few = Snapshot { offers: snapshot.offers.iter().take(3).cloned().collect() };
    group.bench_function("10,000 differing criteria, three offers", |b| {
        b.iter(|| allot(&few, &plan, black_box(&differing), &taken));
    });
    group.finish();
}

fn falling(c: &mut Criterion) {
    let snapshot = snapshot(&answer(), &catalogue());
    let mut known = Falls::default();
    known.observe(&Eye::Everybody, &snapshot, Timestamp::UNIX_EPOCH);
    c.bench_function("find falls in 200 KB", |b| {
        b.iter_batched(
            || known.clone(),
            |mut falls| falls.observe(&Eye::Everybody, black_box(&snapshot), Timestamp::UNIX_EPOCH),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, reading, checking, falling);
criterion_main!(benches);
