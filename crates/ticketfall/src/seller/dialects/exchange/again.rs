//! Reading an answer of which nearly all is known: only the areas whose bytes changed are parsed, and the offers of
//! the others are those of the answer before.

use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;
use ticketfall_core::offer::{Block, Offers};

use super::availability::{Reader, WholeArea};
use crate::seller::dialects::read::ReadContext;

/// Bytes are compared so many at a time.
const BLOCK: usize = 64;

/// Stand for the areas that are known before and behind those that changed, which so make a list of their own.
const HEAD: &[u8] = b"[{}";
const TAIL: &[u8] = b"{}]";

/// The areas of an answer: where each stands in it, and its offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout(Vec<Area>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Area {
    bytes: Range<usize>,
    offers: Arc<Block>,
}

impl Layout {
    /// Of an answer that is sound throughout; any other has none.
    pub fn of(bytes: &[u8], context: &ReadContext<'_>) -> Option<Self> {
        let areas: Vec<&RawValue> = serde_json::from_slice(bytes).ok()?;
        areas.into_iter().map(|area| Area::read(area, bytes, context)).collect::<Option<_>>().map(Self)
    }

    /// The same, in the blocks that the answer was read in before.
    #[must_use]
    pub fn sharing(mut self, known: &Offers) -> Self {
        let mut known = known.blocks().map(|(_, block)| block).peekable();
        for area in &mut self.0 {
            if let Some(block) = known.next_if(|block| **block == area.offers) {
                area.offers = Arc::clone(block);
            }
        }
        self
    }

    /// The offers in the answer's order.
    pub fn offers(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.0.iter().map(|area| &area.offers)
    }

    /// Reads an answer that differs in some areas from `before`, which this is the layout of; nothing where it must be
    /// read as a whole.
    pub fn read(&self, before: &[u8], bytes: &[u8], context: &ReadContext<'_>) -> Option<Self> {
        let (head, tail) = self.known(before, bytes);
        let from = head.last().map_or(0, |last| last.bytes.end);
        let behind = tail.first().map_or(0, |first| before.len() - first.bytes.start);
        let changed = &bytes[from..bytes.len() - behind];
        if changed.len() > bytes.len() / 2 {
            return None;
        }
        let (open, close) =
            (if head.is_empty() { b"" } else { HEAD }, if tail.is_empty() { b"" } else { TAIL });
        let text = [open, changed, close].concat();
        let between: Vec<&RawValue> = serde_json::from_slice(&text).ok()?;
        let until = between.len().checked_sub(usize::from(!tail.is_empty()))?;
        let between = between.get(usize::from(!head.is_empty())..until)?;

        let mut areas = Vec::with_capacity(head.len() + between.len() + tail.len());
        areas.extend_from_slice(head);
        for area in between {
            areas.push(Area::read(area, &text, context)?.moved(open.len(), from));
        }
        areas.extend(tail.iter().map(|area| area.clone().moved(before.len(), bytes.len())));
        Some(Self(areas))
    }

    /// The areas that begin an answer as they begin the one before, and those that end both.
    fn known(&self, before: &[u8], bytes: &[u8]) -> (&[Area], &[Area]) {
        let start = same_start(before, bytes);
        let end = same_end(&before[start..], &bytes[start..]);
        let head = self.0.partition_point(|area| area.bytes.end <= start);
        let tail = self.0.partition_point(|area| area.bytes.start < before.len() - end);
        (&self.0[..head], &self.0[tail..])
    }
}

impl Area {
    /// Reads an area where it stands in a text; nothing where something of it is not understood.
    fn read(area: &RawValue, text: &[u8], context: &ReadContext<'_>) -> Option<Self> {
        let mut reader = Reader::new(context);
        reader.area(&serde_json::from_str::<WholeArea<'_>>(area.get()).ok()?);
        let start = area.get().as_ptr().addr() - text.as_ptr().addr();
        let bytes = start..start + area.get().len();
        (reader.read.dropped.count == 0).then(|| Self { bytes, offers: Arc::new(reader.read.offers.into()) })
    }

    /// The same area where what stood at `from` stands at `to`.
    fn moved(self, from: usize, to: usize) -> Self {
        let Range { start, end } = self.bytes;
        Self { bytes: start + to - from..end + to - from, ..self }
    }
}

/// How many bytes two texts begin with alike.
fn same_start(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.as_chunks::<BLOCK>().0.iter().zip(other.as_chunks::<BLOCK>().0);
    let blocks = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let rest = one[blocks..].iter().zip(&other[blocks..]);
    blocks + rest.take_while(|(one, other)| one == other).count()
}

/// How many bytes two texts end with alike.
fn same_end(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.as_rchunks::<BLOCK>().1.iter().rev().zip(other.as_rchunks::<BLOCK>().1.iter().rev());
    let blocks = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let rest = one[..one.len() - blocks].iter().rev().zip(other[..other.len() - blocks].iter().rev());
    blocks + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ticketfall_core::offer::Market;
    use ticketfall_core::price::Currency;

    use super::super::read_availability;
    use super::*;
    use crate::seller::dialects::catalogue::Catalogue;
    use crate::seller::dialects::read::Read;

    fn context(catalogue: &Catalogue) -> ReadContext<'_> {
        ReadContext { market: Market::Exchange, currency: Currency::GBP, catalogue }
    }

    /// An area with so many lots, of which one without lots makes no offer.
    fn area((number, lots): (u32, u32)) -> String {
        let lots: Vec<String> =
            (0..lots).map(|y| format!(r#"{{"YCoord": {y}, "StartXCoord": 3, "EndXCoord": 4}}"#)).collect();
        let band = r#"{"PriceBandCode": "B", "TotalValueFormatted": "£40.00", "AvailableSeatsIntervals": "#;
        format!(r#"{{"AreaId": {number}, "PriceBands": [{band}[{}]}}]}}"#, lots.join(","))
    }

    fn answer(areas: &[(u32, u32)]) -> String {
        format!("[{}]", areas.iter().copied().map(area).collect::<Vec<_>>().join(" ,"))
    }

    /// Reads `after` by what differs from `before`.
    fn read_again(before: &str, after: &str) -> Option<Layout> {
        let catalogue = Catalogue::default();
        let context = context(&catalogue);
        let layout = Layout::of(before.as_bytes(), &context)?;
        layout.read(before.as_bytes(), after.as_bytes(), &context)
    }

    /// Whether what is read by what differs is what is read as a whole; if it is not read so, that is right too.
    fn is_right(before: &str, after: &str) -> bool {
        let catalogue = Catalogue::default();
        let context = context(&catalogue);
        read_again(before, after).is_none_or(|layout| {
            let offers = layout.offers().flat_map(|block| block.offers().iter().cloned()).collect();
            read_availability(after.as_bytes(), &context) == Ok(Read { offers, ..Read::default() })
                && Layout::of(after.as_bytes(), &context) == Some(layout)
        })
    }

    #[test]
    fn only_what_changed_is_parsed() {
        let areas: Vec<_> = (0..40).map(|number| (number, 1 + number % 3)).collect();
        let before = answer(&areas);
        let mut after = areas.clone();
        after[17] = (17, 9);
        after.remove(30);
        for other in [&after[..], &areas[..39], &areas[1..], &[&[(99, 2)][..], &areas].concat()] {
            assert!(read_again(&before, &answer(other)).is_some(), "{other:?}");
            assert!(is_right(&before, &answer(other)), "{other:?}");
        }
        assert_eq!(read_again(&before, &answer(&[(50, 2), (51, 3)])), None);
        assert_eq!(read_again(&before, &before.replace("},{", "},,{")), None);
    }

    #[test]
    fn what_was_read_as_a_whole_is_not_kept_twice() {
        let (answer, catalogue) = (answer(&[(1, 2), (2, 0), (3, 1)]), Catalogue::default());
        let context = context(&catalogue);
        let offers = Offers::by_area(read_availability(answer.as_bytes(), &context).unwrap().offers);
        let layout = Layout::of(answer.as_bytes(), &context).unwrap().sharing(&offers);
        let kept: Vec<_> = layout.offers().filter(|block| !block.offers().is_empty()).collect();
        assert_eq!((kept.len(), layout.offers().count()), (2, 3));
        assert!(kept.iter().zip(offers.blocks()).all(|(kept, (_, known))| Arc::ptr_eq(kept, known)));
    }

    prop_compose! {
        fn areas()(areas in prop::collection::vec((0..6_u32, 0..3_u32), 0..9)) -> Vec<(u32, u32)> {
            areas
        }
    }

    proptest! {
        #[test]
        fn what_is_read_again_is_what_is_read_as_a_whole(before in areas(), after in areas()) {
            prop_assert!(is_right(&answer(&before), &answer(&after)));
        }

        #[test]
        fn a_broken_answer_is_never_read_again_as_a_sound_one(
            areas in areas(), at in any::<prop::sample::Index>(), cut in 0..40_usize,
            put in r#"[\[\]{},:" 0.ae\-\x0c]{0,4}|\{\}|\},\{|\],\["#,
        ) {
            let before = answer(&areas);
            let letters: Vec<char> = before.chars().collect();
            let at = at.index(letters.len());
            let rest = letters.iter().skip(at + cut);
            let after: String = letters[..at].iter().chain(&put.chars().collect::<Vec<_>>()).chain(rest).collect();
            prop_assert!(is_right(&before, &after), "{before}\n{after}");
        }
    }
}
