//! What a search asks of the seller for a hold. Everything is written down beside the requests, never between them.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ticketfall_core::hold::{Basket, BasketReading, HoldOutcome, HoldRequest};
use ticketfall_core::monitor::{Doubt, Input, Story, Try};
use ticketfall_core::offer::SeatGroup;
use ticketfall_core::pace::Purpose;
use ticketfall_core::reading::Reading;
use ticketfall_core::seat_view::SeatMap;
use tokio::sync::oneshot;

use super::super::{locked, record};
use super::Member;
use crate::notify::{Notice, attempt_name};
use crate::seller::{Exchange, Told};
use crate::store::holds::AskedHold;

impl Member {
    /// Writes in the order of the calls, while whoever calls goes on.
    fn write_beside(self: &Arc<Self>, writing: impl Future<Output = ()> + Send + 'static) {
        let turn = self.journal.turn();
        self.tasks.spawn(async move {
            turn.comes().await;
            writing.await;
        });
    }

    fn keep_beside(self: &Arc<Self>, exchanges: Vec<Exchange>) {
        let member = Arc::clone(self);
        self.write_beside(async move { record::exchanges(&member, exchanges).await });
    }

    /// Keeps a story; the last one of a search is kept when this ends, and with it all before it.
    pub(in crate::monitoring) async fn keep_story(self: &Arc<Self>, story: Story) {
        if matches!(story, Story::Ended(_)) {
            let turn = self.journal.turn();
            turn.comes().await;
            record::story(self, &story).await;
        } else {
            let member = Arc::clone(self);
            self.write_beside(async move { record::story(&member, &story).await });
        }
    }

    /// Holds of an earlier search whose end nobody wrote down.
    pub(in crate::monitoring) async fn doubt(&self) -> Option<Doubt> {
        self.journal.is_written().await;
        record::doubt(self).await
    }

    /// Settles what an earlier search left open by what the basket says, once all of this one is written.
    pub(in crate::monitoring) async fn reconcile(&self, has_seats: bool) {
        let turn = self.journal.turn();
        turn.comes().await;
        record::reconcile(self, has_seats).await;
    }

    /// Writes that the search does not start again with the service, and says when it is written. Nothing may be asked
    /// for after this: whoever is not resumed must have every hold on record.
    pub(in crate::monitoring) fn is_not_wanted(self: &Arc<Self>, written: oneshot::Sender<()>) {
        let member = Arc::clone(self);
        self.write_beside(async move {
            record::not_wanted(&member.store, &member.profile, &member.watched).await;
            let _nobody_waits = written.send(());
        });
    }

    pub(in crate::monitoring) async fn hold(
        self: &Arc<Self>,
        request: HoldRequest,
        attempt: Try,
    ) -> HoldOutcome {
        let began = self.clock.now();
        *locked(&self.asked_at) = Some(began);
        let group = match &request {
            HoldRequest::BestAvailable { part, .. } => SeatGroup { parts: vec![part.clone()] },
            HoldRequest::Seats(group) => group.clone(),
        };
        let (profile, key) = (self.profile.clone(), self.watched.clone());
        let asked = AskedHold { profile, key, group: group.clone(), at: began };
        let (client, prepared) = (self.client().asking_for(Purpose::Hold), self.prepared());
        let mut answer = Box::pin(client.hold(&request, &self.watched.event, &prepared));
        // A note is enough to know of it after a crash; its row would make the request wait for the disk.
        let noted = record::leaves(&self.store, &asked);
        let first = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        if first.is_pending() {
            // Its connection is next: the bytes go out before anything is written or told.
            tokio::task::yield_now().await;
        }
        // A turn of its own: nobody who waits until this is written waits for the seller.
        let member = Arc::clone(self);
        self.write_beside(async move { record::asked(&member, asked, noted).await });
        let Told { outcome, exchanges } = match first {
            Poll::Ready(answered) => answered,
            Poll::Pending => answer.await,
        };
        let took = self.clock.now().duration_since(began);
        self.tell(Notice::Hold {
            profile: self.profile.clone(),
            watched: self.watched.clone(),
            attempt: attempt_name(attempt),
            seats: prepared.plan.describe(&group),
            answer: answer_name(&outcome),
            reason: answer_reason(&outcome),
            took_ms: u64::try_from(took.as_millis()).unwrap_or_default(),
        });
        let (member, answer) = (Arc::clone(self), outcome.clone());
        self.write_beside(async move { record::answered(&member, &answer, exchanges).await });
        outcome
    }

    /// Reads the basket: for a hold that is on its way, or to get ready.
    pub(in crate::monitoring) async fn basket(self: &Arc<Self>, purpose: Purpose) -> BasketReading {
        if !self.can_hold() {
            // Nothing of ours can be in it.
            return BasketReading::Read(Basket::default());
        }
        let told = self.client().asking_for(purpose).basket().await;
        self.keep_beside(told.exchanges);
        match told.outcome {
            BasketReading::Read(basket) => {
                let expires_in = basket.expires_in.or_else(|| self.usual_time_left());
                BasketReading::Read(Basket { expires_in, ..basket })
            }
            turned @ BasketReading::Turned(_) => turned,
        }
    }

    /// What a basket usually lasts, counted from our last hold; nothing is known of seats that were there before it.
    fn usual_time_left(&self) -> Option<Duration> {
        let lasts = self.client().definition().basket.as_ref()?.lasts?;
        let since = locked(&self.asked_at).as_ref().copied()?;
        let age = Duration::try_from(self.clock.now().duration_since(since)).unwrap_or_default();
        lasts.checked_sub(age)
    }

    pub(in crate::monitoring) async fn read_key(self: &Arc<Self>) -> Input {
        match self.renew_key_for_a_hold().await {
            Ok(()) => Input::KeyRead,
            Err(reading) => Input::Turned(reading),
        }
    }

    async fn renew_key_for_a_hold(self: &Arc<Self>) -> Result<(), Reading> {
        let told = self.client().asking_for(Purpose::Hold).renew_key(&self.watched.event).await;
        self.keep_beside(told.exchanges);
        told.outcome
    }

    pub(in crate::monitoring) async fn seat_map(self: &Arc<Self>) -> Result<SeatMap, Reading> {
        let client = self.client().asking_for(Purpose::Hold);
        let told = client.seat_map(&self.watched.event, &self.prepared()).await;
        self.keep_beside(told.exchanges);
        told.outcome
    }

    /// Gives seats back; where the seller does not understand it, once more with a page key read again.
    pub(in crate::monitoring) async fn release(self: &Arc<Self>) -> Result<(), Reading> {
        let refused = self.ask_to_release().await;
        if !matches!(refused, Err(Reading::Unknown { .. } | Reading::KeyMissing { .. })) {
            return refused;
        }
        self.renew_key_for_a_hold().await?;
        self.ask_to_release().await
    }

    async fn ask_to_release(self: &Arc<Self>) -> Result<(), Reading> {
        let client = self.client().asking_for(Purpose::Hold);
        let told = client.release(&self.watched.event, &self.prepared()).await;
        self.keep_beside(told.exchanges);
        told.outcome
    }
}

fn answer_name(outcome: &HoldOutcome) -> &'static str {
    match outcome {
        HoldOutcome::Granted { .. } => "granted",
        HoldOutcome::Refused { .. } => "refused",
        HoldOutcome::Turned { reading, .. } => reading.name(),
        HoldOutcome::Unknown { .. } => "unknown",
    }
}

fn answer_reason(outcome: &HoldOutcome) -> Option<String> {
    match outcome {
        HoldOutcome::Granted { .. } => None,
        HoldOutcome::Refused { reason, .. } | HoldOutcome::Unknown { reason } => Some(reason.clone()),
        HoldOutcome::Turned { reading, .. } => reading.reason().map(str::to_owned),
    }
}
