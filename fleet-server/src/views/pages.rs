//! Pages: bounded in rows and in encoded bytes, so that every page fits one frame.

use crate::core::Core;
use minicbor::Encode;
use minicbor::encode::Write;
use std::convert::Infallible;
use wire::limits::{MAX_FRAME, MAX_PAGE};
use wire::message::operator::{More, Page};

/// Encoded rows of one page: half a frame leaves room for everything around them.
const PAGE_BYTES: usize = MAX_FRAME / 2;

/// Splits rows into pages.
pub(crate) struct Pages<I: Iterator> {
    rows: I,
    next: Option<I::Item>,
    most: usize,
}

impl<I> Pages<I>
where
    I: Iterator,
    I::Item: Encode<()>,
{
    pub(crate) fn new(rows: I) -> Self {
        Self::of(rows, MAX_PAGE as usize)
    }

    /// Pages of at most `most` rows.
    pub(crate) fn of(mut rows: I, most: usize) -> Self {
        let next = rows.next();
        Self { rows, next, most }
    }

    /// The next page; empty at the end only.
    pub(crate) fn next_page(&mut self) -> Vec<I::Item> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        while let Some(row) = self.next.take() {
            let size = encoded(&row);
            if page.len() >= self.most || (!page.is_empty() && bytes + size > PAGE_BYTES) {
                self.next = Some(row);
                break;
            }
            bytes += size;
            page.push(row);
            self.next = self.rows.next();
        }
        page
    }

    /// Nothing is left.
    pub(crate) fn is_done(&self) -> bool {
        self.next.is_none()
    }
}

/// One page of a list whose rows come with cursors in ascending order.
pub(crate) fn list<R, V: Encode<()>>(
    core: &Core,
    rows: impl Iterator<Item = (String, R)>,
    page: &Page,
    view: impl Fn(&R) -> V,
) -> (Vec<V>, More) {
    let after = page.after.as_ref().map(|after| after.as_str());
    let most = if page.limit == 0 { MAX_PAGE } else { page.limit.min(MAX_PAGE) };
    let rest = rows
        .skip_while(|(cursor, _)| after.is_some_and(|after| cursor.as_str() <= after))
        .map(|(cursor, row)| Row { view: view(&row), cursor });
    let mut pages = Pages::of(rest, most as usize);
    let rows = pages.next_page();
    let last = rows.last().map(|row| row.cursor.as_str().into());
    let next = if pages.is_done() { None } else { last };
    (rows.into_iter().map(|row| row.view).collect(), More { next, as_of: core.wall(), total: None })
}

struct Row<V> {
    cursor: String,
    view: V,
}

impl<V: Encode<()>> Encode<()> for Row<V> {
    fn encode<W: Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        context: &mut (),
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        self.view.encode(encoder, context)
    }
}

/// How many bytes a row takes in a frame.
fn encoded<T: Encode<()>>(row: &T) -> usize {
    let mut count = Count(0);
    // Counting cannot fail; a row whose encoder could would fail again when it is sent.
    let _ = minicbor::encode(row, &mut count);
    count.0
}

struct Count(usize);

impl Write for &mut Count {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 += bytes.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_lose_nothing_keep_order_and_fit(rows in prop::collection::vec("[a-z]{0,40000}", 0..30), most in 1usize..8) {
            let mut pages = Pages::of(rows.iter(), most);
            let mut seen = Vec::new();
            while !pages.is_done() {
                let page = pages.next_page();
                prop_assert!(!page.is_empty() && page.len() <= most);
                let bytes: usize = page.iter().map(encoded).sum();
                prop_assert!(page.len() == 1 || bytes <= PAGE_BYTES);
                seen.extend(page);
            }
            prop_assert_eq!(seen, rows.iter().collect::<Vec<_>>());
        }
    }
}
