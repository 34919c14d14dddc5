//! What a process has used, as the kernel counts it.

use std::time::Duration;

use crate::Outcome;

/// The kernel's clock ticks are so long on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// The time that its threads have run.
pub(crate) fn cpu(pid: u32) -> Outcome<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(") ").ok_or("no stat")?.1;
    let ticks = after_name.split(' ').skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}

/// What it holds in memory, in KiB: what it shares with others counts by its part.
pub(crate) fn memory(pid: u32) -> Outcome<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
