//! The simulated box office by itself, for whoever wants to try a definition,
//! a script or a browser on it.

use std::net::SocketAddr;

use ticketfall_boxoffice::{BoxOffice, Script, Settings};
use tokio::task::JoinSet;
use url::Url;

use super::Error;
use super::service::{listen, serve};

/// A box office that is served for as long as it is kept.
#[derive(Debug)]
pub struct BoxOfficeHouse {
    box_office: BoxOffice,
    origin: Url,
    _serving: JoinSet<()>,
}

impl BoxOfficeHouse {
    /// Opens at `address`, with a seed and so many members; the script comes with the name that errors call it.
    pub async fn open(
        address: SocketAddr,
        (seed, members): (u64, usize),
        script: Option<(String, String)>,
    ) -> Result<Self, Error> {
        let script = match script {
            Some((file, text)) => {
                Script::from_toml(&text).map_err(|error| Error::Script { file, why: error.to_string() })?
            }
            None => Script::default(),
        };
        let (address, listener) = listen(address).await?;
        let box_office = BoxOffice::open(Settings { seed, script, members, ..Settings::default() });
        let serving = serve(listener, box_office.router());
        let origin = Url::parse(&format!("http://{address}")).expect("an address makes a URL");
        Ok(Self { box_office, origin, _serving: serving })
    }

    /// Where it is.
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// Whom it knows: email and password of each demo account.
    pub fn members(&self) -> Vec<(String, String)> {
        self.box_office.members().into_iter().map(|member| (member.email, member.password)).collect()
    }
}
