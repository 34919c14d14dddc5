//! What holds of a search whatever happens to it, in whatever order.

use proptest::prelude::*;

use super::tests::{Search, basket, criteria, granted, group, refused, silence};
use super::*;

/// Anything that can happen, as often too early or too late as in time.
fn anything() -> impl Strategy<Value = u8> {
    0_u8..28
}

fn input(number: u8) -> Input {
    let reading = |reading| Input::Turned(reading);
    let reason = || "why".to_owned();
    let turned = |reading, locked| Input::HoldAnswered(HoldOutcome::Turned { reading, locked });
    match number {
        0 | 1 => Input::Prepared,
        2 | 3 => basket(&[]),
        4 => basket(&["22", "23"]),
        5 => basket(&["22"]),
        6 => Input::BasketRead(BasketReading::Turned(Reading::Failing { reason: reason() })),
        7..=9 => Input::Allotted(group(20)),
        10 => granted(),
        11 => refused(),
        12 => silence(),
        13 => turned(Reading::SignedOut, true),
        14 => turned(Reading::Human { reason: reason() }, false),
        15 => Input::KeyRead,
        16 => Input::SeatsViewed(Some(group(30))),
        17 => Input::SeatsViewed(None),
        18 => Input::Released(Ok(())),
        19 => Input::Released(Err(Reading::Queue { url: reason() })),
        20 => Input::Delivered,
        21 => reading(Reading::SignedOut),
        22 => Input::PersonSeen(PersonSeen::Through),
        23 => Input::PersonCalled(Called::Shown),
        24 => Input::PersonShown(Called::Failed { why: reason() }),
        25 => Input::PersonSeen(PersonSeen::Gone),
        26 => turned(Reading::Queue { url: reason() }, true),
        _ => Input::RenewalDue,
    }
}

/// Holds that were sent and not answered, by the search's own account.
fn in_flight(search: &Search) -> bool {
    matches!(search.stage(), Stage::Asking { .. } | Stage::Stopping { .. })
}

proptest! {
    #[test]
    fn at_most_one_hold_is_in_flight_and_every_one_has_a_permit(numbers in prop::collection::vec(anything(), 1..80)) {
        let mut search = Search::new();
        for number in numbers {
            let was_in_flight = in_flight(&search);
            let answered = matches!(number, 10..=14 | 26);
            search.after(30, input(number));
            let sent = search.attempts().len();
            prop_assert!(sent <= 1);
            prop_assert!(sent == 0 || !was_in_flight || answered, "a second hold before the first was answered");
            prop_assert_eq!(sent == 1, in_flight(&search) && (!was_in_flight || answered));
            prop_assert!(sent == 0 || search.permits() == 1);
            search.after(30, Input::Tick);
        }
    }

    #[test]
    fn whatever_happened_a_stop_ends_with_nothing_in_flight(numbers in prop::collection::vec(anything(), 0..60)) {
        let mut search = Search::new();
        for number in numbers {
            search.after(30, input(number));
            search.after(30, Input::Tick);
        }
        search.on(Input::Stop);
        for last in [silence(), Input::Released(Ok(()))] {
            search.on(last);
        }
        prop_assert!(matches!(search.stage(), Stage::Ended(_)), "{:?}", search.stage());
        prop_assert_eq!(search.permits(), 0);
    }

    #[test]
    fn seats_that_were_granted_are_held_or_released(numbers in prop::collection::vec(anything(), 0..40)) {
        let mut search = Search::new();
        for number in numbers {
            search.after(30, input(number));
        }
        let proving = in_flight(&search);
        search.on(granted());
        let released = search.wants(&Effect::Release);
        prop_assert!(released || (proving && search.wants(&Effect::ReadBasket)), "{:?}", search.stage());
    }

    #[test]
    fn nothing_is_asked_for_while_the_basket_is_unread(numbers in prop::collection::vec(anything(), 1..60)) {
        let mut search = Search::new();
        let mut was_read = false;
        for number in numbers {
            was_read |= matches!(number, 2..=5) && matches!(search.stage(), Stage::ReadingBasket { .. });
            search.after(30, input(number));
            prop_assert!(was_read || search.attempts().is_empty());
        }
        prop_assert_eq!(search.monitor.as_ref().unwrap().criteria(), &criteria());
    }
}
