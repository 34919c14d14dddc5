//! The requests of a definition's file: who is asked for what, and with which steps seats are held.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{JsonTest, Source, Spot, Text, Texts};

/// The headers that each kind of request carries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Headers {
    /// What a page carries.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) page: Texts,
    /// What a script's request carries.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) xhr: Texts,
    /// What a script's request that changes something carries beside that.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) write: Texts,
}

/// What a request pretends nothing about, but says: who asks, a page, its script, or its script to change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::seller) enum SentAs {
    Page,
    Xhr,
    Write,
}

/// One request; its texts are templates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Request {
    /// What a step of a hold is called in the log.
    pub(in crate::seller) label: Option<String>,
    /// GET, POST, PUT, PATCH or DELETE; left out, GET.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) method: Option<Text>,
    /// Where it goes, below origin and prefix.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) path: Option<Text>,
    /// One of the seller's other hosts, to which it goes; the prefix is not for those.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) host: Option<Text>,
    /// The name under which the event's config has its URL.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) url_from: Option<Text>,
    /// The query; a parameter without a value is left out.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) query: Texts,
    /// Which headers it carries, where that is not what its role says.
    pub(in crate::seller) sent_as: Option<SentAs>,
    /// Further headers.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) headers: Texts,
    /// The body, as JSON.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) json: Option<Text>,
    /// The body, as fields of a form.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(in crate::seller) form: Option<Texts>,
    /// The statuses that mean yes; left out, any of 2xx.
    #[schemars(with = "Option<Vec<u16>>")]
    pub(in crate::seller) accepted: Option<Spanned<Vec<u16>>>,
    /// Values that later steps use, by JSON pointer.
    #[schemars(with = "BTreeMap<String, String>")]
    #[serde(default)]
    pub(in crate::seller) capture: Texts,
    /// Values that later steps use, from elsewhere in the answer.
    #[schemars(with = "BTreeMap<String, Source>")]
    #[serde(default)]
    pub(in crate::seller) capture_from: BTreeMap<String, Spanned<Source>>,
    /// Lists that later steps use: all that the JSON pointers find.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    #[serde(default)]
    pub(in crate::seller) capture_list: BTreeMap<String, Vec<Text>>,
    pub(in crate::seller) granted: Option<Granted>,
    /// Where in the answer the document is; left out, the answer is JSON.
    #[schemars(with = "Option<DocumentPlace>")]
    pub(in crate::seller) read: Option<Spanned<DocumentPlace>>,
}

/// Where in an answer a document is: in a page's element, or as rows of a page.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct DocumentPlace {
    /// The element of a page that has JSON in it.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) selector: Option<Text>,
    /// The attribute that holds the JSON; left out, the element's text.
    pub(in crate::seller) attribute: Option<String>,
    /// What stands right before the JSON.
    pub(in crate::seller) after: Option<String>,
    /// Whether the JSON is the text of a string.
    #[serde(default)]
    pub(in crate::seller) string: bool,
    /// The element of a page that is one row.
    #[schemars(with = "Option<String>")]
    pub(in crate::seller) row: Option<Text>,
    /// What is read from each row.
    #[serde(default)]
    pub(in crate::seller) fields: BTreeMap<String, Spot>,
    /// What the page says, one or the other, when it has no rows.
    #[serde(default)]
    pub(in crate::seller) empty: Vec<String>,
}

/// Where in a step's answer the seats are that it gave.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Granted {
    /// One of the step's captured lists.
    #[schemars(with = "String")]
    pub(in crate::seller) list: Text,
    pub(in crate::seller) area: String,
    pub(in crate::seller) x: String,
    pub(in crate::seller) y: String,
    pub(in crate::seller) band: Option<String>,
}

/// The feeds of offers, by who sells them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Feeds {
    /// What the club itself sells.
    pub(in crate::seller) primary: Option<Request>,
    /// What members gave back.
    pub(in crate::seller) exchange: Option<Request>,
}

/// All requests but the holds.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Requests {
    /// The event page; left out, the first of `event_urls`.
    pub(in crate::seller) page: Option<Request>,
    /// The event's config.
    pub(in crate::seller) config: Option<Request>,
    /// The feeds of offers; left out, the event page is the feed.
    #[serde(default)]
    pub(in crate::seller) availability: Feeds,
    /// Further documents that the program joins, read now and then.
    #[serde(default)]
    pub(in crate::seller) documents: BTreeMap<String, Request>,
    /// How many seats are on sale together.
    pub(in crate::seller) totals: Option<Request>,
    /// The seat map.
    pub(in crate::seller) seat_map: Option<Request>,
    /// Gives everything back.
    pub(in crate::seller) release: Option<Request>,
    /// The basket, which proves a hold.
    pub(in crate::seller) basket: Option<Request>,
    /// How many seats the basket has.
    pub(in crate::seller) basket_count: Option<Request>,
    /// Where a person pays; left out, the basket.
    pub(in crate::seller) order_page: Option<Request>,
}

/// The steps of a hold, and the values without which its first step is not sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Hold {
    /// The values without which the first step is not sent.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub(in crate::seller) needs: Vec<Text>,
    /// The steps for the best available seats.
    #[serde(default)]
    pub(in crate::seller) best_available: Vec<Request>,
    /// The steps for concrete seats.
    #[serde(default)]
    pub(in crate::seller) seats: Vec<Request>,
    /// How an accepted answer is recognised as a refusal.
    #[serde(default)]
    pub(in crate::seller) refused: Vec<Refused>,
}

/// One way in which a step is refused although its status means yes: all that it names must be so.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::seller) struct Refused {
    /// The words that the answer has.
    #[serde(default)]
    pub(in crate::seller) text: Vec<String>,
    /// A value that the answer has.
    pub(in crate::seller) json: Option<JsonTest>,
    /// Where a JSON answer says why, as a JSON pointer.
    pub(in crate::seller) reason_pointer: Option<String>,
    /// Why, in our words.
    pub(in crate::seller) reason: Option<String>,
}
