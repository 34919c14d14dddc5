//! Every format that is understood, rows that are not, and the way out and in again.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::session::cookie::{Attributes, Domain, SameSite};

const END: Timestamp = Timestamp::constant(1_900_000_000, 0);

fn only(text: &str) -> Cookie {
    let mut imported = read(text.as_bytes()).unwrap();
    assert_eq!((imported.refused.len(), imported.cookies.len()), (0, 1), "{imported:?}");
    imported.cookies.remove(0)
}

fn refusals(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap().refused.iter().map(RefusedRow::to_string).collect()
}

#[test]
fn a_netscape_file_keeps_hidden_cookies_and_names_with_slashes() {
    let text = "# Netscape HTTP Cookie File\r\n\r\n\
                #HttpOnly_.club.example\tTRUE\t/\tTRUE\t1900000000\twww.example.com/club\thush\r\n\
                tickets.club.example\tFALSE\t/x\tFALSE\t0\tlang\ten\r\n";
    let imported = read(text.as_bytes()).unwrap();
    assert_eq!((imported.format, imported.refused.len()), (Format::Netscape, 0));
    let [club, lang] = &*imported.cookies else { panic!("{imported:?}") };
    assert_eq!((club.name(), club.domain().to_string().as_str()), ("www.example.com/club", ".club.example"));
    let expected = Attributes { expires: Some(END), secure: true, http_only: true, ..Attributes::default() };
    assert_eq!(club.attributes, expected);
    assert_eq!(lang.attributes, Attributes::default());
    assert_eq!(lang.domain(), &Domain::HostOnly("tickets.club.example".to_owned()));
}

#[test]
fn netscape_rows_that_are_no_cookies_are_told_by_line_and_without_values() {
    let text = "# Netscape HTTP Cookie File\n\
                club.example\tFALSE\t/\tFALSE\t0\ta\tb\n\
                club.example FALSE / FALSE 0 a hush\n\
                club.example\tmaybe\t/\tFALSE\t0\ta\thush\n\
                club.example\tFALSE\t/\tFALSE\tsoon\ta\thush\n\
                club example\tFALSE\t/\tFALSE\t0\ta\thush";
    assert_eq!(read(text.as_bytes()).unwrap().cookies.len(), 1);
    insta::assert_snapshot!(refusals(text).join("\n"), @r#"
    line 3: cannot read it: it has 1 tab-separated fields, not 7
    line 4: cannot read its "subdomains"
    line 5: cannot read its "expiry"
    line 6: cannot keep a cookie for "club example", which names no host
    "#);
}

#[test]
fn a_netscape_value_may_be_empty() {
    assert_eq!(only("club.example\tFALSE\t/\tFALSE\t-1\ta").value().reveal(), "");
}

#[test]
fn an_extensions_json_is_read() {
    let text = r#"[{"domain":".club.example","expirationDate":1900000000,"hostOnly":false,"httpOnly":true,
        "name":"www.example.com/club","path":"/","sameSite":"no_restriction","secure":true,"session":false,
        "storeId":"0","value":"hush","id":1}]"#;
    let cookie = only(text);
    let expected = Attributes {
        expires: Some(END),
        secure: true,
        http_only: true,
        same_site: Some(SameSite::None),
        partition_key: None,
    };
    assert_eq!((cookie.name(), &cookie.attributes), ("www.example.com/club", &expected));
    assert_eq!(read(text.as_bytes()).unwrap().format, Format::Extension);
}

#[test]
fn host_only_goes_before_the_leading_dot_and_session_before_the_date() {
    let row = |more: &str| format!(r#"[{{"name":"a","value":"b",{more}}}]"#);
    let domain = |more: &str| only(&row(more)).domain().to_string();
    assert_eq!(domain(r#""domain":".club.example","hostOnly":true"#), "club.example");
    assert_eq!(domain(r#""domain":"club.example","hostOnly":false"#), ".club.example");
    assert_eq!(domain(r#""domain":"club.example""#), "club.example");
    assert_eq!(domain(r#""url":"https://club.example/x""#), "club.example");
    let session = only(&row(r#""domain":"club.example","session":true,"expirationDate":1900000000"#));
    assert_eq!(session.attributes.expires, None);
}

#[test]
fn puppeteers_and_devtools_json_are_read() {
    let row = json!({"name": "a", "value": "b", "domain": "club.example", "path": "/", "expires": -1, "size": 2,
        "httpOnly": false, "secure": true, "session": true, "sameSite": "Strict", "sameParty": false,
        "sourceScheme": "Secure", "partitionKey": {"topLevelSite": "https://club.example"}});
    for file in [json!([row]), json!({"cookies": [row]}), json!({"id": 1, "result": {"cookies": [row]}})] {
        let cookie = only(&file.to_string());
        assert_eq!((cookie.attributes.expires, cookie.partition()), (None, Some("https://club.example")));
        assert_eq!(cookie.attributes.same_site, Some(SameSite::Strict));
        assert_eq!(read(file.to_string().as_bytes()).unwrap().format, Format::DevTools);
    }
}

#[test]
fn playwrights_storage_state_is_read() {
    let text = r#"{"cookies":[{"name":"a","value":"b","domain":".club.example","path":"/","expires":-1,
        "httpOnly":true,"secure":false,"sameSite":"Lax"}],"origins":[{"origin":"https://club.example"}]}"#;
    assert_eq!(only(text).attributes.same_site, Some(SameSite::Lax));
    assert_eq!(read(text.as_bytes()).unwrap().format, Format::StorageState);
}

#[test]
fn json_entries_that_are_no_cookies_are_told_by_index_and_without_values() {
    let text = r#"[{"name":"a","value":"b","domain":"club.example"}, null, {"name":"a","value":7,"domain":"x"},
        {"name":"a","value":"hush"}, {"name":"a","value":"hush","domain":"x","expirationDate":"soon"},
        {"name":"a","value":"hush","domain":"x","sameSite":"novel"}, {"name":"","value":"hush","domain":"x"},
        {"name":"a","value":"hu\nsh","domain":"x"}]"#;
    insta::assert_snapshot!(refusals(text).join("\n"), @r#"
    entry 1: cannot read it: it is no object
    entry 2: cannot read its "value"
    entry 3: cannot read its "domain"
    entry 4: cannot read its "expirationDate"
    entry 5: cannot read its "sameSite"
    entry 6: cannot keep a cookie without a name
    entry 7: cannot keep a cookie with a control character, or a ";", in its value
    "#);
}

#[test]
fn empty_and_foreign_files_are_errors_that_say_what_is_understood() {
    let error = |bytes: &[u8]| {
        let error = read(bytes).unwrap_err();
        assert!(matches!(error, Error::TooLong(_)) || error.to_string().contains("Playwright"), "{error}");
        error
    };
    assert_eq!(error(b" \n"), Error::Empty);
    assert_eq!(error(b"[]"), Error::Empty);
    assert_eq!(error(b"a = b"), Error::Foreign);
    assert_eq!(error(br#"{"session": 1}"#), Error::Foreign);
    assert_eq!(error(br#"[{"title": "x"}]"#), Error::Foreign);
    assert_eq!(error(b"[{\"name\":\n oops}]"), Error::BrokenJson { line: 2, column: 2 });
    assert_eq!(error(b"PK\xff\xfe"), Error::NotText(2));
    assert_eq!(error(&vec![b' '; BYTES_MAX + 1]), Error::TooLong(BYTES_MAX + 1));
}

#[test]
fn an_end_beyond_all_calendars_is_the_last_moment() {
    let text = r#"[{"name":"a","value":"b","domain":"club.example","expirationDate":1e18}]"#;
    assert_eq!(only(text).attributes.expires, Some(Timestamp::MAX));
    assert_eq!(
        only("club.example\tFALSE\t/\tFALSE\t99999999999999\ta\tb").attributes.expires,
        Some(Timestamp::MAX)
    );
}

#[test]
fn a_tab_has_no_place_between_tabs() {
    let cookie = Cookie::new("a", "b\tc", Domain::parse("club.example").unwrap(), "/").unwrap();
    assert_eq!(write(Format::Netscape, [&cookie]), Err(Error::Unwritable("a".to_owned())));
    assert!(write(Format::Extension, [&cookie]).is_ok());
}

#[test]
fn formats_are_named_as_they_are_written() {
    for format in [Format::Netscape, Format::Extension, Format::DevTools, Format::StorageState] {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!("xml".parse::<Format>(), Err(Error::Unnamed));
}

prop_compose! {
    fn any_cookie()(
        name in "[!#-:<>-~]{1,20}",
        value in "[!-:<-~ ]{0,30}",
        domain in "\\.?[a-z]{1,8}\\.(example|test)",
        path in "/[a-z/]{0,10}",
        expires in proptest::option::of(1..4_000_000_000_i64),
        flags in any::<(bool, bool)>(),
        same_site in proptest::option::of(prop_oneof![
            Just(SameSite::Strict), Just(SameSite::Lax), Just(SameSite::None)
        ]),
    ) -> Cookie {
        Cookie::new(name, value, Domain::parse(&domain).unwrap(), path).unwrap().with(Attributes {
            expires: expires.map(|end| Timestamp::from_second(end).unwrap()),
            secure: flags.0,
            http_only: flags.1,
            same_site,
            partition_key: None,
        })
    }
}

fn back(format: Format, cookie: &Cookie) -> Cookie {
    only(&write(format, [cookie]).unwrap())
}

proptest! {
    #[test]
    fn json_loses_nothing(cookie in any_cookie()) {
        prop_assert_eq!(&back(Format::Extension, &cookie), &cookie);
        prop_assert_eq!(&back(Format::DevTools, &cookie), &cookie);
    }

    #[test]
    fn a_storage_state_calls_lax_what_was_not_said(cookie in any_cookie()) {
        let mut expected = cookie.clone();
        expected.attributes.same_site.get_or_insert(SameSite::Lax);
        prop_assert_eq!(back(Format::StorageState, &cookie), expected);
    }

    #[test]
    fn netscape_loses_only_the_same_site_rule(cookie in any_cookie()) {
        let mut expected = cookie.clone();
        expected.attributes.same_site = None;
        prop_assert_eq!(back(Format::Netscape, &cookie), expected);
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[{\"name:\\t#}\\]]{0,40}") {
        drop(read(&bytes));
        drop(read(text.as_bytes()));
    }
}

#[test]
fn cookies_are_found_where_a_pointer_says() {
    let row = json!({"name": "a", "value": "hush", "domain": "club.example"});
    let lines = "club.example\tFALSE\t/\tFALSE\t0\ta\thush";
    for found in [json!([row]), json!({"cookies": [row], "origins": []}), json!(lines)] {
        let answer = json!({"data": {"of/ada": found}}).to_string();
        let imported = read_at(answer.as_bytes(), "/data/of~1ada").unwrap();
        assert_eq!(imported.cookies[0].value().reveal(), "hush");
    }
}

#[test]
fn an_answer_without_cookies_at_the_pointer_is_told_apart_from_an_empty_one() {
    let told = |text: &str| read_at(text.as_bytes(), "/data").unwrap_err();
    assert_eq!(told("{}"), Error::Nowhere("/data".to_owned()));
    assert_eq!(told("<html>"), Error::Nowhere("/data".to_owned()));
    assert_eq!(told(r#"{"data": null}"#), Error::Nowhere("/data".to_owned()));
    assert_eq!(told(r#"{"data": 7}"#), Error::Foreign);
    assert_eq!(told(r#"{"data": []}"#), Error::Empty);
}
