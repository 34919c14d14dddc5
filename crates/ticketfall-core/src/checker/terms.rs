//! What one seat of an offer costs for a member, and in which buyer class.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Reason;
use crate::criteria::TypeWanted;
use crate::offer::{Offer, PriceClass};
use crate::plan::Plan;
use crate::price::Price;

/// The buyer class to ask for, and what a seat costs in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms<'a> {
    pub(crate) class: Option<&'a Arc<str>>,
    pub(crate) price: Price,
}

/// The terms under which an offer is of the wanted type. A price that the offer states is the price;
/// else the class decides: the one that is named, or the dearest, so that nobody gets a concession by accident.
pub(crate) fn terms<'a>(offer: &'a Offer, wanted: &TypeWanted, plan: &Plan) -> Result<Terms<'a>, Reason> {
    let class = match wanted {
        TypeWanted::All => dearest(&offer.classes),
        TypeWanted::Named(_) if names_offer(offer, wanted, plan) => dearest(&offer.classes),
        TypeWanted::Named(_) => {
            Some(offer.classes.iter().find(|class| wanted.names(&class.name)).ok_or(Reason::WrongType)?)
        }
    };
    let price = offer.price.or_else(|| class?.price).filter(|price| price.minor() >= 0);
    Ok(Terms { class: class.map(|class| &class.id), price: price.ok_or(Reason::PriceUnknown)? })
}

/// What one seat of an offer costs in its dearest class, where that is known.
pub(crate) fn full_price(offer: &Offer) -> Option<Price> {
    offer.price.or_else(|| dearest(&offer.classes)?.price).filter(|price| price.minor() >= 0)
}

/// Whether a seat may cost this much.
pub(crate) fn within(price: Price, cap: Price) -> Result<(), Reason> {
    match price.compare(cap) {
        Some(Ordering::Less | Ordering::Equal) => Ok(()),
        Some(Ordering::Greater) => Err(Reason::TooDear { price, cap }),
        None => Err(Reason::OtherCurrency { price, cap }),
    }
}

fn names_offer(offer: &Offer, wanted: &TypeWanted, plan: &Plan) -> bool {
    wanted.names(offer.area.as_str())
        || offer.area_name.as_ref().is_some_and(|name| wanted.names(name))
        || offer.kind.as_ref().is_some_and(|kind| wanted.names(kind))
        || plan.area_name(&offer.area).is_some_and(|name| wanted.names(name))
}

/// The class with the highest price; nothing when one of several has no price that can be compared.
fn dearest(classes: &[PriceClass]) -> Option<&PriceClass> {
    let (first, others) = classes.split_first()?;
    others.iter().try_fold(first, |dearest, class| match class.price?.compare(dearest.price?)? {
        Ordering::Greater => Some(class),
        Ordering::Less | Ordering::Equal => Some(dearest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::sample::{class, offer, pounds, runs};
    use crate::plan::AreaPlan;
    use crate::price::Currency;

    fn banded(classes: Vec<PriceClass>) -> Offer {
        Offer { price: None, classes: classes.into(), ..offer("12", 0, runs(&[(1, 1, 2)])) }
    }

    fn ask(offer: &Offer, wanted: &str) -> Result<(Option<String>, Price), Reason> {
        let terms = terms(offer, &wanted.parse().unwrap(), &Plan::default())?;
        Ok((terms.class.map(|class| class.as_ref().to_owned()), terms.price))
    }

    #[test]
    fn all_takes_the_dearest_class_and_never_a_concession() {
        let band = banded(vec![
            class("1", "Junior", Some(20)),
            class("2", "Adult", Some(60)),
            class("3", "Senior", Some(40)),
        ]);
        assert_eq!(ask(&band, "All"), Ok((Some("2".to_owned()), pounds(60))));
    }

    #[test]
    fn a_named_class_is_asked_for_at_its_own_price() {
        let band = banded(vec![class("1", "Junior", Some(20)), class("2", "Adult", Some(60))]);
        assert_eq!(ask(&band, " junior "), Ok((Some("1".to_owned()), pounds(20))));
        assert_eq!(ask(&band, "Student"), Err(Reason::WrongType));
    }

    #[test]
    fn an_area_or_ticket_type_is_found_by_name_and_sold_to_the_dearest_class() {
        let band = Offer {
            area_name: Some("North Stand".into()),
            kind: Some("Standing".into()),
            ..banded(vec![class("1", "Junior", Some(20)), class("2", "Adult", Some(60))])
        };
        for name in ["north stand", "standing", "12"] {
            assert_eq!(ask(&band, name), Ok((Some("2".to_owned()), pounds(60))), "{name}");
        }
        let plan = Plan {
            areas: [(band.area.clone(), AreaPlan { name: Some("Lower 12".into()), ..AreaPlan::default() })]
                .into(),
        };
        assert!(terms(&band, &"LOWER 12".parse().unwrap(), &plan).is_ok());
    }

    #[test]
    fn a_price_that_the_offer_states_is_the_price() {
        let classes = vec![class("1", "Junior", Some(20)), class("2", "Adult", Some(60))];
        let exchange = Offer { price: Some(pounds(75)), ..banded(classes) };
        assert_eq!(ask(&exchange, "All"), Ok((Some("2".to_owned()), pounds(75))));
        assert_eq!(ask(&exchange, "Junior"), Ok((Some("1".to_owned()), pounds(75))));
    }

    #[test]
    fn an_unknown_price_is_not_free() {
        assert_eq!(ask(&banded(vec![]), "All"), Err(Reason::PriceUnknown));
        assert_eq!(ask(&banded(vec![class("1", "Adult", None)]), "All"), Err(Reason::PriceUnknown));
        let half_known = banded(vec![class("1", "Junior", Some(20)), class("2", "Adult", None)]);
        assert_eq!(ask(&half_known, "All"), Err(Reason::PriceUnknown));
        assert_eq!(ask(&half_known, "Adult"), Err(Reason::PriceUnknown));
        let negative = Offer { price: Some(pounds(-1)), ..banded(vec![]) };
        assert_eq!(ask(&negative, "All"), Err(Reason::PriceUnknown));
    }

    #[test]
    fn other_currencies_are_not_compared() {
        let euros = Price::new(1, Currency::EUR);
        assert_eq!(within(euros, pounds(100)), Err(Reason::OtherCurrency { price: euros, cap: pounds(100) }));
        assert_eq!(within(pounds(100), pounds(100)), Ok(()));
    }
}
