//! A disk that is full, cannot be written, or has lost something; and two services on one.

use std::time::Duration;

use fastrand::Rng;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::machine::{Machine, Service};

const SOON: Duration = Duration::from_secs(30);

/// How a command ends that is not expected to go on.
async fn refused(command: &mut Command) -> (i32, String) {
    let output = timeout(SOON, command.spawn().unwrap().wait_with_output()).await.unwrap().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_on_the_same_store_says_that_it_is_in_use() {
    let machine = Machine::with_members(1).await;
    let service = machine.serve().await;
    let (code, said) = refused(&mut machine.ticketfall("serve")).await;
    assert!(code != 0 && said.contains("another Ticketfall is using it"), "{code}: {said}");
    assert_eq!(service.end().await.0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_is_kept_aside_and_said_aloud_and_the_service_goes_on() {
    let machine = Machine::with_members(1).await;
    let database = machine.data_dir().join("ticketfall.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[4_096..].fill(0xff);
    std::fs::write(&database, &bytes).unwrap();
    let service = machine.serve().await;
    assert!(service.said.contains("the database was damaged: it is kept"), "{}", service.said);
    assert_eq!(service.end().await.0.code(), Some(0));
    let names = std::fs::read_dir(machine.data_dir()).unwrap().map(|entry| entry.unwrap().file_name());
    let kept = names.filter(|name| name.to_string_lossy().contains(".corrupt-")).count();
    assert!(kept >= 1, "the damaged one is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_be_written_is_named_and_nothing_starts() {
    /// Where a database says who may write it; a version that is not known yet may only read.
    const WRITE_VERSION: usize = 18;
    let machine = Machine::with_members(1).await;
    let database = machine.data_dir().join("ticketfall.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[WRITE_VERSION] = 3;
    std::fs::write(&database, &bytes).unwrap();
    let (code, said) = refused(&mut machine.ticketfall("serve")).await;
    assert!(code != 0 && said.contains("ticketfall.db: it is read-only"), "{code}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_whose_disk_is_full_says_so_and_goes_on_holding() {
    // A disk of its own, which only this process sees, and which is filled when the test says so.
    const ON_A_SMALL_DISK: &str = r#"
        mount -t tmpfs -o size=2m tmpfs "$1" && cp -a "$2"/. "$1" || exit 9
        (until [ -e "$0/fill" ]; do sleep 0.02; done; cat /dev/zero > "$1/filler"; : > "$0/filled") 2>/dev/null &
        exec "$3" --data-dir "$1" serve
    "#;
    let machine = Machine::with_members(2).await;
    let (home, disk) = (machine.home.path(), machine.home.path().join("disk"));
    std::fs::create_dir(&disk).unwrap();
    let mut command = Command::new("unshare");
    machine.set_up(&mut command);
    command.args(["--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK]);
    command.arg(home).arg(&disk).arg(machine.data_dir()).arg(assert_cmd::cargo::cargo_bin!("ticketfall"));
    let service = Service::begin(&mut command).await;
    std::fs::write(home.join("fill"), "").unwrap();
    while !home.join("filled").exists() {
        sleep(Duration::from_millis(20)).await;
    }
    machine.seats_fall_for(Duration::from_secs(1), &mut Rng::with_seed(1)).await;
    assert_eq!(machine.wrong(), [] as [&str; 0]);
    assert_eq!(machine.holders(), 2, "what cannot be written stops nothing");
    let (status, said) = service.end().await;
    assert_eq!(status.code(), Some(1), "its end could not be kept either");
    assert!(said.contains("the disk is full"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_go_on_while_another_program_keeps_the_store_busy_and_what_they_show_is_kept_afterwards() {
    const FALLS: u64 = 8;
    let machine = Machine::with_members(1).await;
    let service = machine.serve().await;
    machine.is_looked_at().await;
    let other = rusqlite::Connection::open(machine.data_dir().join("ticketfall.db")).unwrap();
    other.busy_timeout(SOON).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..FALLS {
        let before = machine.looks();
        machine.a_dear_seat_falls();
        sleep(Duration::from_secs(1)).await;
        assert!(machine.looks() > before + 2, "looks wait for the store");
    }
    assert_eq!(machine.falls_on_record().await, [] as [u64; 0]);
    drop(other);
    assert_eq!(service.end().await.0.code(), Some(0));
    assert_eq!(machine.falls_on_record().await, (0..FALLS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_another_program_keeps_busy_is_told_and_nothing_is_lost_by_it() {
    let machine = Machine::with_members(2).await;
    let service = machine.serve().await;
    machine.is_looked_at().await;
    let other = rusqlite::Connection::open(machine.data_dir().join("ticketfall.db")).unwrap();
    other.busy_timeout(SOON).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    machine.seats_fall_for(Duration::from_secs(1), &mut Rng::with_seed(1)).await;
    assert_eq!(machine.holders(), 2, "a hold waits for no record");
    let told = async {
        let is_told =
            |said: &str| said.contains("it has fallen behind") || said.contains("nothing can be written");
        loop {
            let said = machine.health(&service).await;
            if is_told(&said) {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    };
    timeout(SOON, told).await.expect("a store that falls behind is noticed");
    drop(other);
    assert_eq!(service.end().await.0.code(), Some(0));
    let service = machine.serve().await;
    machine.settles().await;
    assert_eq!(machine.wrong(), [] as [&str; 0]);
    assert_eq!(service.end().await.0.code(), Some(0));
}
