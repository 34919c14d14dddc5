//! The real binary on a real store and real sockets: killed at any moment and started again, and let down by its disk.

mod disk;
mod machine;
mod pipe;

use std::time::Duration;

use fastrand::Rng;

use machine::Machine;

const MEMBERS: usize = 24;
const KILLS: u64 = 10;

/// How often the service is killed: a few times, or as `scripts/simulate --kills` says.
fn kills() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test has no other configuration")]
    std::env::var("TICKETFALL_KILLS").map_or(KILLS, |kills| kills.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_killed_over_and_over_holds_nothing_twice_and_forgets_nothing() {
    let machine = Machine::with_members(MEMBERS).await;
    let (mut rng, mut in_the_middle, mut noted) = (Rng::with_seed(kills()), 0, 0);
    for kill in 0..kills() {
        let service = machine.serve().await;
        // How many holds a random moment meets depends on how busy the machine is.
        if kill % 5 == 2 {
            machine.seats_fall_until_a_hold_waits_for_its_answer(&mut rng).await;
        } else {
            machine.seats_fall_for(Duration::from_millis(rng.u64(50..2_500)), &mut rng).await;
        }
        service.kill().await;
        assert_eq!(machine.wrong(), [] as [&str; 0]);
        noted += machine.holds_without_a_row();
        in_the_middle += machine.holds_in_the_middle().await;
        machine.some_members_pay(&mut rng).await;
    }
    assert!(in_the_middle > 0, "no hold was in the middle of it");
    println!("{} kills, {in_the_middle} holds in the middle of them, {noted} without a row yet", kills());
    let service = machine.serve().await;
    machine.settles().await;
    assert_eq!(machine.wrong(), [] as [&str; 0]);
    assert_eq!(service.end().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_interrupted_while_it_starts_its_searches_ends_in_order() {
    let machine = Machine::with_members(MEMBERS).await;
    let service = machine.serve_until_it_asks().await;
    assert_eq!(service.end().await.0.code(), Some(0));
    assert!(machine.ended_in_order().await);
    assert_eq!(machine.wrong(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_in_line_keeps_no_connection_to_the_seller() {
    let machine = Machine::with_members(MEMBERS).await;
    let service = machine.serve().await;
    machine.all_have_asked_for("/Basket", 1).await;
    machine.all_but_a_few_close().await;
    machine.all_have_asked_for("/EDP/Event/Index/", 2).await;
    machine.all_but_a_few_close().await;
    assert_eq!(service.end().await.0.code(), Some(0));
}
