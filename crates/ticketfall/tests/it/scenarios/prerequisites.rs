//! What a search needs before it starts: all that is missing is said at once, by name, and nothing is asked meanwhile.

use super::*;

/// A wish for `seats` at an event, with a keyword.
fn at(event: u32, seats: u32, keyword: &str) -> Configuration {
    let wish = serde_json::json!({ "event": event_url(event), "seatCount": seats, "keyword1": keyword });
    serde_json::from_value(wish).unwrap()
}

fn needs(refusals: &[Refusal]) -> Vec<Need> {
    refusals.iter().map(Refusal::need).collect()
}

fn refused(started: Result<(), StartError>) -> Vec<Refusal> {
    match started {
        Err(StartError::Refused(refusals)) => refusals,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn all_that_stands_in_the_way_is_said_at_once_and_by_name() {
    let story = async |r: &mut Scene| {
        r.forget_session("ada").await;
        let told = refused(r.try_start("ada", at(4004, 5, "")).await);
        let lines: Vec<String> = told.iter().map(|one| format!("{}: {one}", one.need().name())).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        keyword: the event boxoffice/4004 opens to an access keyword only, and none is given
        limits: 5 seats are wanted, and the seller gives a member 4 at most
        limits: 5 seats are wanted, and the profile's own limit is 2
        signedIn: nobody is signed in: the profile has no browser, and no cookies were imported
        ");
        assert_eq!(r.check("ada", &at(4004, 5, "")).await, told);
        assert_eq!(r.supervisor.statuses(), []);
        assert_eq!(r.count(|_| true), 0);
    };
    let own = |profile: &mut Profile| profile.seats_max = Some(2);
    Rehearsal::of(Script::default()).profiles(own).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn what_could_start_is_checked_without_starting() {
    let story = async |r: &mut Scene| {
        assert_eq!(r.check("ada", &wants(2)).await, []);
        assert_eq!(r.supervisor.statuses(), []);
        assert_eq!(needs(&r.check("nobody", &wants(2)).await), [Need::Profile]);
        let elsewhere = Configuration { event: Some("https://tickets.example/1".to_owned()), ..wants(2) };
        assert_eq!(needs(&r.check("nobody", &elsewhere).await), [Need::Profile, Need::Seller]);
        assert_eq!(r.count(|_| true), 0);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn who_has_no_browser_and_no_cookie_that_is_still_good_is_not_signed_in() {
    let story = async |r: &mut Scene| {
        r.let_cookies_end("ada").await;
        let told = r.check("ada", &wants(2)).await;
        insta::assert_json_snapshot!(told, @r#"
        [
          {
            "need": "signedIn",
            "status": "SessionError",
            "why": "nobody is signed in: every cookie for 127.0.0.1 is over, and the profile has no browser to sign in with",
            "advice": "import cookies with `ticketfall cookies import`, or give the profile a browser"
          }
        ]
        "#);
        r.forget_session("ada").await;
        assert_eq!(needs(&r.check("ada", &wants(2)).await), [Need::SignedIn]);
    };
    Rehearsal::of(Script::default()).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_is_switched_off_is_named_and_keeps_no_search_from_being_resumed() {
    let story = async |r: &mut Scene| {
        assert_eq!(needs(&refused(r.try_start("ada", wants(2)).await)), [Need::Browser]);
        let event = Some(event_url(4001));
        r.supervisor.line_up(vec![(profile("ada"), Configuration { event, ..wants(2) })]).await.unwrap();
        r.supervisor.resume_all().await;
        r.after(secs(60)).await;
        assert_eq!(r.basket("ada"), 2);
    };
    let elsewhere = |profile: &mut Profile| {
        profile.browser = BrowserChoice::Endpoint { url: "http://127.0.0.1:1".parse().unwrap() };
    };
    let rehearsal = Rehearsal::of(falls([seats(2).at(secs(30))])).profiles(elsewhere);
    rehearsal.warns("the search goes on with the session that was kept").run(story).await;
}

#[tokio::test(start_paused = true)]
async fn limits_that_no_seats_can_keep_are_refused_with_their_numbers() {
    let story = async |r: &mut Scene| {
        let told = |refusals: Vec<Refusal>| refusals.iter().map(ToString::to_string).collect::<Vec<_>>();
        let many = r.check("ada", &wants(5)).await;
        insta::assert_snapshot!(told(many).join("\n"), @"
        5 seats are wanted, and the seller gives a member 4 at most
        5 seats are wanted, and the profile's own limit is 3
        ");
        let euros = Configuration { max_price: Price::new(9_000, Currency::EUR), ..wants(2) };
        insta::assert_snapshot!(told(r.check("ada", &euros).await).join("\n"), @"a seat may cost €90.00, and the profile's cap for all of them is £200.00: another currency");
        let told_only = Configuration { on_match: OnMatch::Notify, ..wants(5) };
        assert_eq!(r.check("ada", &told_only).await, [], "who only wants to be told holds nothing");
        let free = Configuration { max_price: Price::new(0, Currency::GBP), ..told_only };
        insta::assert_snapshot!(told(r.check("ada", &free).await).join("\n"), @"a seat may cost £0.00 at most, and no seat is that cheap");
    };
    let own = |profile: &mut Profile| {
        profile.seats_max = Some(3);
        profile.cost_max = Some(Price::new(20_000, Currency::GBP));
    };
    Rehearsal::of(Script::default()).profiles(own).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_keyword_that_is_missing_or_refused_is_not_found_and_the_right_one_opens_the_event() {
    let story = async |r: &mut Scene| {
        let told = refused(r.try_start("ada", at(4004, 2, "")).await);
        assert_eq!((needs(&told), told[0].status()), (vec![Need::Keyword], "KeyNotFound"));
        r.start("ada", at(4004, 2, "not-this-one")).await;
        r.after(secs(60)).await;
        assert_eq!(r.status("ada"), "KeyNotFound");
        r.start("ada", at(4004, 2, KEYWORD)).await;
        r.after(secs(90)).await;
        insta::assert_snapshot!(r.lines(&["status", "hold", "proof"]), @"
         0.000 ada status SearchingTickets
         0.040 ada status KeyNotFound: EventRestricted
        60.000 ada status SearchingTickets
        70.320 ada hold first East Lower 5, row F, seats 245–246, £61.00 each -> granted
        70.360 ada proof proven East Lower 5, block 120, row F, seat 246; East Lower 5, block 120, row F, seat 245
        70.360 ada status Tickets
        ");
        assert_eq!(r.basket("ada"), 2);
    };
    let fall = Fall::of(4004).area("East Lower 5").row("F").seats(2).price(Pence(6_100)).at(secs(70));
    Rehearsal::of(falls([fall])).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_keyword_that_no_definition_speaks_of_is_asked_for_by_the_seller() {
    let story = async |r: &mut Scene| {
        r.start("ada", at(4004, 2, "")).await;
        r.after(secs(3)).await;
        insta::assert_snapshot!(r.lines(&["status"]), @"
        0.000 ada status SearchingTickets
        0.040 ada status KeyNotFound: EventRestricted
        ");
    };
    let silent = |seller: &mut Definition| seller.keyword_events.clear();
    Rehearsal::of(Script::default()).seller(silent).run(story).await;
}

#[tokio::test(start_paused = true)]
async fn a_keyword_comes_with_the_sellers_link_and_lies_nowhere_in_the_clear() {
    let story = async |r: &mut Scene| {
        let link = format!("{}?spell={KEYWORD}", event_url(4004));
        r.start("ada", Configuration { event: Some(link), ..wants(2) }).await;
        r.after(secs(20)).await;
        assert_eq!((r.basket("ada"), r.status("ada").as_str()), (2, "Tickets"));
        r.keeps_secret(KEYWORD);
        assert_eq!(r.exposed(), Vec::<String>::new());
        r.crash().await;
        r.resume().await;
        r.after(secs(40)).await;
        assert_eq!(r.status("ada"), "Tickets", "the keyword was kept");
        let kept = ticketfall::store::monitors::all(&r.store).await.unwrap();
        assert_eq!(kept[0].event_url.as_str(), event_url(4004));
    };
    let fall = Fall::of(4004).area("East Lower 5").row("F").seats(2).price(Pence(6_100)).at(secs(10));
    Rehearsal::of(falls([fall])).run(story).await;
}
