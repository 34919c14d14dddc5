//! The plans of venues, each kept once however many of its events are watched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use ticketfall_core::ids::SellerId;
use ticketfall_core::plan::Plan;

use super::locked;

/// Every plan that a watch uses, by seller.
#[derive(Debug, Default)]
pub(super) struct Plans(Mutex<BTreeMap<SellerId, Vec<Weak<Plan>>>>);

impl Plans {
    /// The plan that is known already where it says the same, else this one.
    pub(super) fn shared(&self, seller: &SellerId, plan: Arc<Plan>) -> Arc<Plan> {
        let mut plans = locked(&self.0);
        let known = plans.entry(seller.clone()).or_default();
        known.retain(|known| known.strong_count() > 0);
        if let Some(same) = known.iter().filter_map(Weak::upgrade).find(|known| *known == plan) {
            return same;
        }
        known.push(Arc::downgrade(&plan));
        plan
    }
}

#[cfg(test)]
mod tests {
    use ticketfall_core::ids::AreaId;
    use ticketfall_core::plan::AreaPlan;

    use super::*;

    fn plan(area: &str) -> Arc<Plan> {
        let areas = [(AreaId::new(area).unwrap(), AreaPlan::default())];
        Arc::new(Plan { areas: areas.into() })
    }

    #[test]
    fn a_plan_that_says_the_same_is_kept_once_and_forgotten_with_its_last_event() {
        let (plans, seller) = (Plans::default(), SellerId::new("northend").unwrap());
        let first = plans.shared(&seller, plan("1205"));
        assert!(Arc::ptr_eq(&first, &plans.shared(&seller, plan("1205"))));
        assert!(!Arc::ptr_eq(&first, &plans.shared(&seller, plan("1206"))));
        assert!(!Arc::ptr_eq(&first, &plans.shared(&SellerId::new("old-quay").unwrap(), plan("1205"))));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert!(gone.upgrade().is_none());
    }
}
