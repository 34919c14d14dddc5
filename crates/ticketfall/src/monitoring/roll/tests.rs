use super::*;

fn id(name: &str) -> ProfileId {
    ProfileId::new(name).unwrap()
}

fn captcha() -> Status {
    Status::Captcha { reason: String::new() }
}

fn stopped() -> Status {
    Status::Stopped { reason: String::new() }
}

fn named(names: &[&str]) -> Roll {
    let roll = Roll::default();
    let label = |name: &&str| (id(name), format!("{} Member", name.to_uppercase()));
    roll.name(1, names.iter().map(label).collect());
    roll
}

fn everybody() -> RollQuery {
    RollQuery { called: String::new(), standing: Standing::Holds..=Standing::Rests, page: 1, page_rows: 10 }
}

fn page(roll: &Roll, asked: &RollQuery) -> RollPage {
    locked(&roll.0).page(asked)
}

fn shown(roll: &Roll, asked: &RollQuery) -> Vec<String> {
    page(roll, asked).shown.iter().map(ToString::to_string).collect()
}

#[test]
fn who_holds_or_needs_somebody_comes_first_and_then_everybody_by_name() {
    let roll = named(&["ada", "ben", "chloe", "dev", "esi"]);
    roll.begins(&id("esi"), &Status::Tickets);
    roll.begins(&id("dev"), &captcha());
    roll.begins(&id("chloe"), &Status::SearchingTickets);
    roll.waits(&id("ben"), &Status::StartingAgain);
    assert_eq!(shown(&roll, &everybody()), ["esi", "dev", "ben", "chloe", "ada"]);
    let needs = RollQuery { standing: Standing::Needs..=Standing::Blocked, ..everybody() };
    assert_eq!(shown(&roll, &needs), ["dev"]);
    let rests = RollQuery { standing: Standing::Rests..=Standing::Rests, ..everybody() };
    assert_eq!(shown(&roll, &rests), ["ada"]);
    let page = page(&roll, &rests);
    assert_eq!((page.all, page.called.of(&(Standing::Holds..=Standing::Rests))), (5, 5));
    assert_eq!(page.called.of(&(Standing::Searches..=Standing::Searches)), 2);
}

#[test]
fn a_page_that_is_not_there_is_the_last_one() {
    let roll = named(&["ada", "ben", "chloe"]);
    let last = RollQuery { page: 9, page_rows: 2, ..everybody() };
    assert_eq!(shown(&roll, &last), ["chloe"]);
    let found = page(&roll, &last);
    assert_eq!((found.page, found.pages), (2, 2));
    assert_eq!(page(&roll, &RollQuery { page: 0, page_rows: 2, ..everybody() }).page, 1);
}

#[test]
fn members_are_found_by_what_they_are_called_and_by_name_and_counted() {
    let roll = named(&["ada", "ben", "badger"]);
    roll.begins(&id("badger"), &Status::SearchingTickets);
    let found = |called: &str| {
        let page = page(&roll, &RollQuery { called: called.to_owned(), ..everybody() });
        (page.shown.iter().map(ToString::to_string).collect::<Vec<_>>(), page.all)
    };
    assert_eq!(found("ad"), (vec!["badger".to_owned(), "ada".to_owned()], 3));
    assert_eq!(found("n member").0, ["ben"]);
    let looking =
        RollQuery { called: "ad".to_owned(), standing: Standing::Rests..=Standing::Rests, ..everybody() };
    assert_eq!(shown(&roll, &looking), ["ada"]);
    assert_eq!(page(&roll, &looking).called.of(&(Standing::Searches..=Standing::Searches)), 1);
}

#[test]
fn what_an_earlier_search_still_says_does_not_count() {
    let roll = named(&["ada"]);
    let first = roll.begins(&id("ada"), &Status::SearchingTickets);
    let second = roll.begins(&id("ada"), &Status::Tickets);
    roll.stands(&id("ada"), first, &stopped());
    let word = |word: &str| roll.words().get(word).copied().unwrap_or_default();
    assert_eq!((word("Tickets"), word("Stopped"), word("SearchingTickets")), (1, 0, 0));
    roll.waits_no_more(&id("ada"));
    assert_eq!(word("Tickets"), 1, "the search has started");
    roll.stands(&id("ada"), second, &stopped());
    assert_eq!((word("Tickets"), word("Stopped")), (0, 1));
    roll.forget(&id("ada"));
    assert_eq!(word("Stopped"), 0);
}

#[test]
fn names_that_change_are_taken_in_with_how_each_stands() {
    let roll = Roll::default();
    roll.begins(&id("ben"), &Status::Tickets);
    assert_eq!(roll.named(), None);
    assert_eq!(page(&roll, &everybody()).all, 0);
    roll.name(1, vec![(id("ada"), "Ada".to_owned()), (id("ben"), "Ben".to_owned())]);
    assert_eq!(shown(&roll, &everybody()), ["ben", "ada"]);
    roll.name(2, vec![(id("ben"), "Ben".to_owned()), (id("chloe"), "Ada".to_owned())]);
    assert_eq!(
        (roll.named(), shown(&roll, &everybody())),
        (Some(2), vec!["ben".to_owned(), "chloe".to_owned()])
    );
}
