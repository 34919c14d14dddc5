//! The address of a profile's cookies: a template in which the profile's name has one place.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use url::Url;

const SLOT: &str = "{profile}";

/// Where a profile's cookies are: an HTTP address with `{profile}` in its path or query.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileUrl(String);

/// Why a text is no [`ProfileUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileUrlError {
    /// Not an address.
    #[error("it is no http or https address; write it like https://cookies.example/{SLOT}/cookies")]
    Form,
    /// One address for all would give each member the cookies of another.
    #[error("it has no {SLOT} in its path or query, so all profiles would get the same cookies")]
    NoProfile,
    /// A name or password in the address would be shown.
    #[error("it has a name or a password in it; put secrets into [cookies.headers]")]
    SignIn,
}

impl ProfileUrl {
    /// The address for one profile; none where the profile's name would lead to another place.
    pub fn of(&self, profile: &ProfileId) -> Option<Url> {
        let name = utf8_percent_encode(profile.as_str(), NON_ALPHANUMERIC).to_string();
        let url = Url::parse(&self.0.replace(SLOT, &name)).ok()?;
        // An address with ".." in its path is shortened, and the name is lost.
        url.as_str().contains(&name).then_some(url)
    }

    /// Where the service is: the address without its path.
    pub fn origin(&self) -> Url {
        let url = self.with("a").expect("the address was read before");
        url.join("/").expect("every such address has a first page")
    }

    fn with(&self, name: &str) -> Option<Url> {
        Url::parse(&self.0.replace(SLOT, name)).ok()
    }
}

impl FromStr for ProfileUrl {
    type Err = ProfileUrlError;

    fn from_str(text: &str) -> Result<Self, ProfileUrlError> {
        let template = Self(text.to_owned());
        let (one, other) = template.with("a").zip(template.with("b")).ok_or(ProfileUrlError::Form)?;
        if !matches!(one.scheme(), "http" | "https") || one.host_str().is_none() {
            return Err(ProfileUrlError::Form);
        }
        if !one.username().is_empty() || one.password().is_some() {
            return Err(ProfileUrlError::SignIn);
        }
        let is_same_place = one.origin() == other.origin();
        let differs = (one.path(), one.query()) != (other.path(), other.query());
        if is_same_place && differs { Ok(template) } else { Err(ProfileUrlError::NoProfile) }
    }
}

impl TryFrom<String> for ProfileUrl {
    type Error = ProfileUrlError;

    fn try_from(text: String) -> Result<Self, ProfileUrlError> {
        text.parse()
    }
}

impl From<ProfileUrl> for String {
    fn from(url: ProfileUrl) -> Self {
        url.0
    }
}

impl fmt::Debug for ProfileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProfileUrl({:?})", self.0)
    }
}

impl JsonSchema for ProfileUrl {
    fn schema_name() -> Cow<'static, str> {
        "ProfileUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^https?://.*\{profile\}" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> ProfileUrlError {
        text.parse::<ProfileUrl>().unwrap_err()
    }

    fn of(template: &str, profile: &str) -> Option<String> {
        let url = template.parse::<ProfileUrl>().unwrap().of(&ProfileId::new(profile).unwrap());
        url.map(|url| url.to_string())
    }

    #[test]
    fn a_profiles_name_stays_where_it_was_put() {
        let template = "https://cookies.example/{profile}/cookies?of={profile}";
        assert_eq!(of(template, "ada").unwrap(), "https://cookies.example/ada/cookies?of=ada");
        assert_eq!(
            of(template, "a/b?c#d@e").unwrap(),
            "https://cookies.example/a%2Fb%3Fc%23d%40e/cookies?of=a%2Fb%3Fc%23d%40e"
        );
        assert_eq!(of("https://cookies.example/v1/{profile}/cookies", ".."), None);
    }

    #[test]
    fn an_address_that_is_the_same_for_all_is_refused() {
        assert_eq!(refusal("https://cookies.example/cookies"), ProfileUrlError::NoProfile);
        assert_eq!(refusal("https://cookies.example/cookies#{profile}"), ProfileUrlError::NoProfile);
        assert_eq!(refusal("https://{profile}.cookies.example/"), ProfileUrlError::NoProfile);
    }

    #[test]
    fn an_address_with_a_password_or_of_another_kind_is_refused() {
        assert_eq!(refusal("https://ada:hush@cookies.example/{profile}"), ProfileUrlError::SignIn);
        assert_eq!(refusal("file:///etc/{profile}"), ProfileUrlError::Form);
        assert_eq!(refusal("cookies.example/{profile}"), ProfileUrlError::Form);
    }
}
