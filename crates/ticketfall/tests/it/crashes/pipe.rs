//! The binary's log where nobody reads it: a pipe that is full holds nothing up.

use std::time::Duration;

use tokio::time::sleep;

use super::machine::{Machine, Service};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_whose_log_nobody_reads_goes_on_looking_and_answering() {
    /// More than any pipe takes.
    const SAID: usize = 3 << 16;
    let machine = Machine::with_members(1).await;
    let log = machine.home.path().join("log/ticketfall.log");
    let mut command = machine.ticketfall("serve --log-level trace");
    command.env("TICKETFALL_LOG_FILE", &log);
    // From here on nobody reads what it says.
    let service = Service::begin(&mut command).await;
    let said = || std::fs::read(&log).map_or(0, |log| log.len());
    machine.is_looked_at().await;
    while said() < SAID {
        let before = machine.looks();
        (0..200).for_each(|_| machine.a_dear_seat_falls());
        sleep(Duration::from_secs(1)).await;
        assert!(machine.looks() > before, "looks wait for who reads the log");
    }
    assert!(machine.health(&service).await.contains("all is well"));
    let (status, rest) = service.end().await;
    assert_eq!(status.code(), Some(0));
    assert!(rest.len() > 1 << 16, "it was said once it was read");
}
