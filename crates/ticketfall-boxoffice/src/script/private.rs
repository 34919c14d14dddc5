//! Areas that only some members are shown, as sellers do with seats for certain memberships.

use serde::Deserialize;

use crate::stadium::AreaRef;

/// An area that only some members are shown, and sold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// Which.
    pub area: AreaRef,
    /// Their addresses.
    pub members: Vec<String>,
}

impl Private {
    /// Why nobody could be meant, where that is known.
    pub(super) fn complaint(&self) -> Option<String> {
        let area = &self.area;
        let unknown =
            || format!("the stadium has no area {area}; names look like \"East Lower 5\", ids like 1220");
        let is_known = area.id().is_some();
        (!is_known).then(unknown).or_else(|| {
            self.members
                .is_empty()
                .then(|| format!("nobody is shown {area}; give members = [\"ada@example.org\"]"))
        })
    }
}
