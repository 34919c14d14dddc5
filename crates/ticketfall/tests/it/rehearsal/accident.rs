//! Deaths of the process at chosen instants: between one thing that is done and the next, while no time passes.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use ticketfall::monitoring::Supervisor;
use ticketfall_core::ids::ProfileId;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use super::{Carried, Scene, copy, profile, scratch};

/// Plays a story on a runtime of its own: a process that dies in it is gone with it.
pub(crate) fn apart(story: impl Future<Output = ()>) {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(story);
}

impl Scene {
    /// A member stops the search the moment a request for a hold has left, and the process dies when everybody has had
    /// so many turns to do what they could.
    pub(crate) async fn stop_and_die(&mut self, name: &str, turns: usize) {
        let (supervisor, wire, line) = (self.supervisor.clone(), self.wire.clone(), self.line.clone());
        let (name, disk, left) = (profile(name), self.directory.path().to_owned(), scratch());
        let mut accident = JoinSet::new();
        accident.spawn(async move {
            let mut moved = wire.moved();
            while !wire.read(|carried| carried.iter().any(Carried::is_hold)) {
                moved.changed().await.unwrap();
            }
            stop_for(&supervisor, &name, turns).await;
            line.cut();
            copy(&disk, left.path());
            left
        });
        let left = accident.join_next().await.unwrap().unwrap();
        self.listening.abort_all();
        self.directory = left;
    }
}

/// A member stops, and is seen doing so for so many turns of everybody else.
pub(crate) async fn stop_for(supervisor: &Supervisor, name: &ProfileId, turns: usize) {
    let mut stopping = pin!(supervisor.stop(name));
    let mut is_stopped = false;
    for number in 0..turns {
        if number > 0 {
            turn().await;
        }
        is_stopped =
            is_stopped || poll_fn(|context| Poll::Ready(stopping.as_mut().poll(context).is_ready())).await;
    }
}

/// Lets every other task run that can, without looking whether anything has come from outside.
pub(crate) async fn turn() {
    let mut had = false;
    poll_fn(|context| {
        if had {
            return Poll::Ready(());
        }
        had = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
