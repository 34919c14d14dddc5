//! Many offers, in blocks that readings share where they show the same: a reading of which little changed costs
//! little to make, to keep and to forget.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Index;
use std::slice;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Offer, Stock};
use crate::price::Price;
use crate::seat::SeatRun;

/// Offers in the seller's order.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    /// None is empty.
    blocks: Vec<Arc<Block>>,
    /// The position of each block's first offer.
    firsts: Vec<usize>,
    len: usize,
}

/// Offers that stand together, and what is known of all of them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    offers: Box<[Offer]>,
    cheapest: Option<Price>,
    longest: u32,
}

impl Block {
    /// The offers.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// No seat in it costs less; nothing where that is not known.
    pub(crate) fn cheapest(&self) -> Option<Price> {
        self.cheapest
    }

    /// No more seats than this are together in it, as far as is known.
    pub(crate) fn longest(&self) -> u32 {
        self.longest
    }
}

impl From<Vec<Offer>> for Block {
    fn from(offers: Vec<Offer>) -> Self {
        let least = |one: Price, other: Price| match one.compare(other)? {
            Ordering::Less | Ordering::Equal => Some(one),
            Ordering::Greater => Some(other),
        };
        let prices = offers.iter().flat_map(prices);
        let cheapest = prices.map(Some).reduce(|one, other| least(one?, other?)).flatten();
        let longest = offers.iter().map(longest).max().unwrap_or_default();
        Self { offers: offers.into(), cheapest, longest }
    }
}

/// Every price at which a seat of an offer may be asked for.
fn prices(offer: &Offer) -> impl Iterator<Item = Price> {
    let of_classes = offer.classes.iter().filter_map(|class| class.price);
    offer.price.into_iter().chain(of_classes.filter(|_| offer.price.is_none()))
}

fn longest(offer: &Offer) -> u32 {
    match &offer.stock {
        Stock::Runs(runs) => runs.iter().map(SeatRun::seats).max().unwrap_or_default(),
        Stock::Count { .. } => u32::MAX,
    }
}

impl Offers {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The offer at a position.
    pub fn get(&self, at: usize) -> Option<&Offer> {
        let block = self.firsts.partition_point(|first| *first <= at).checked_sub(1)?;
        self.blocks[block].offers.get(at - self.firsts[block])
    }

    /// All of them.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// In one block for each area, so that a later reading can share those in which nothing changed.
    pub fn by_area(offers: Vec<Offer>) -> Self {
        let mut rest = offers.into_iter().peekable();
        let blocks = std::iter::from_fn(|| {
            let mut block = vec![rest.next()?];
            while let Some(offer) = rest.next_if(|offer| offer.area == block[0].area) {
                block.push(offer);
            }
            Some(Arc::new(Block::from(block)))
        });
        blocks.collect()
    }

    /// The blocks that they stand in, to be shared with another reading; each with the position of its first offer.
    pub fn blocks(&self) -> impl Iterator<Item = (usize, &Arc<Block>)> {
        self.firsts.iter().copied().zip(&self.blocks)
    }
}

impl FromIterator<Arc<Block>> for Offers {
    fn from_iter<I: IntoIterator<Item = Arc<Block>>>(blocks: I) -> Self {
        let mut all = Self::default();
        for block in blocks.into_iter().filter(|block| !block.offers.is_empty()) {
            all.firsts.push(all.len);
            all.len += block.offers.len();
            all.blocks.push(block);
        }
        all
    }
}

impl FromIterator<Offer> for Offers {
    fn from_iter<I: IntoIterator<Item = Offer>>(offers: I) -> Self {
        offers.into_iter().collect::<Vec<_>>().into()
    }
}

impl From<Vec<Offer>> for Offers {
    fn from(offers: Vec<Offer>) -> Self {
        [Arc::new(Block::from(offers))].into_iter().collect()
    }
}

impl Index<usize> for Offers {
    type Output = Offer;

    fn index(&self, at: usize) -> &Offer {
        self.get(at).expect("a position is one of these offers")
    }
}

impl<'o> IntoIterator for &'o Offers {
    type Item = &'o Offer;
    type IntoIter = std::iter::FlatMap<
        slice::Iter<'o, Arc<Block>>,
        slice::Iter<'o, Offer>,
        fn(&'o Arc<Block>) -> slice::Iter<'o, Offer>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.blocks.iter().flat_map(|block| block.offers.iter())
    }
}

impl PartialEq for Offers {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl Eq for Offers {}

impl Hash for Offers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|offer| offer.hash(state));
    }
}

impl Serialize for Offers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for Offers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Offer>::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AreaId;
    use crate::offer::{Market, Quantity};

    fn offer(area: usize) -> Offer {
        Offer {
            area: AreaId::new(area.to_string()).unwrap(),
            area_name: None,
            market: Market::Exchange,
            band: None,
            kind: None,
            price: None,
            classes: [].into(),
            quantity: Quantity::default(),
            stock: Stock::Runs(Vec::new()),
        }
    }

    #[test]
    fn in_whatever_blocks_they_stand_offers_are_the_same() {
        let all: Vec<Offer> = (0..7).map(offer).collect();
        let parts = [&all[..2], &[], &all[2..3], &all[3..]];
        let blocks: Offers = parts.iter().map(|part| Arc::new(part.to_vec().into())).collect();
        assert_eq!(blocks, Offers::from(all.clone()));
        assert_eq!(blocks.blocks().count(), 3);
        assert_eq!(blocks.iter().collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
        assert!((0..8).all(|at| blocks.get(at) == all.get(at)));
        assert_eq!(blocks[3], all[3]);
        let kept = serde_json::to_string(&blocks).unwrap();
        assert_eq!(serde_json::from_str::<Offers>(&kept).unwrap(), blocks);
    }
}
