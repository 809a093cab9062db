//! Export, verify and import: one self-checking file that any store can be rebuilt from.
//!
//! Layout: magic, then per record `tag u8 | key length u16 | value length u16 | key | value` (big-endian),
//! then tag 0xff, the record count as u64, and the BLAKE3 hash of all bytes before it.

use std::io::{self, Read};

use crate::{Batch, Durability, MAX_KEY, MAX_RECORD, Pair, Store, StoreError, Tree, Write};

const MAGIC: &[u8; 16] = b"tunnelctl store\x01";
const END: u8 = 0xff;
/// Records read from, or committed to, the store at a time.
const PAGE: usize = 256;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Number of records.
    pub records: u64,
    /// BLAKE3 of everything before the hash itself.
    pub hash: [u8; 32],
}

/// Why an export cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Reading or writing the file failed.
    #[error("export file: {0}")]
    Io(#[from] io::Error),
    /// The file is not an export, is damaged or ends early.
    #[error("not a complete export: {0}")]
    Damaged(&'static str),
    /// Import needs a store without records.
    #[error("the store already has records; an import starts from an empty one")]
    NotEmpty,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes every record to `out`. The store thread runs it between two groups, so it is one moment's state.
///
/// # Errors
/// [`ExportError::Io`] and [`ExportError::Store`].
pub fn export(store: &dyn Store, out: &mut dyn io::Write) -> Result<Summary, ExportError> {
    let mut out = Hashing { inner: out, hash: blake3::Hasher::new() };
    let mut records = 0;
    out.write_all(MAGIC)?;
    for &tree in Tree::ALL {
        let mut from = Vec::new();
        loop {
            let page = store.range(tree, &[], &from, PAGE)?;
            for pair in &page {
                write_record(&mut out, tree, pair)?;
                records += 1;
            }
            let Some((last, _)) = page.last() else { break };
            // The smallest key after `last`.
            from = last.clone();
            from.push(0);
        }
    }
    out.write_all(&[END])?;
    out.write_all(&u64::to_be_bytes(records))?;
    let hash = *out.hash.finalize().as_bytes();
    out.inner.write_all(&hash)?;
    out.inner.flush()?;
    Ok(Summary { records, hash })
}

/// Reads a whole export and checks it, record by record and against its hash.
///
/// # Errors
/// [`ExportError::Damaged`] and [`ExportError::Io`].
pub fn verify(from: &mut dyn Read) -> Result<Summary, ExportError> {
    read_all(from, |_, _| Ok(()))
}

/// Fills an empty store from an export. Verify the file first: an import that fails half-way leaves the
/// store with a part of the records, and it must be thrown away.
///
/// # Errors
/// [`ExportError::NotEmpty`] before anything is written; the others as they come.
pub fn import(store: &mut dyn Store, from: &mut dyn Read) -> Result<Summary, ExportError> {
    for &tree in Tree::ALL {
        if !store.range(tree, &[], &[], 1)?.is_empty() {
            return Err(ExportError::NotEmpty);
        }
    }
    let mut batch = Batch::default();
    let summary = read_all(from, |tree, (key, value)| {
        batch.writes.push(Write::Put(tree, key, value));
        if batch.writes.len() >= PAGE { commit(store, &mut batch) } else { Ok(()) }
    })?;
    commit(store, &mut batch)?;
    store.sync()?;
    Ok(summary)
}

fn commit(store: &mut dyn Store, batch: &mut Batch) -> Result<(), ExportError> {
    let batch = std::mem::take(batch);
    if !batch.writes.is_empty() {
        for result in store.commit(&[batch], Durability::Lazy)? {
            result?;
        }
    }
    Ok(())
}

fn write_record(
    out: &mut Hashing<'_, dyn io::Write + '_>,
    tree: Tree,
    (key, value): &Pair,
) -> Result<(), ExportError> {
    let (Ok(key_len), Ok(value_len)) = (u16::try_from(key.len()), u16::try_from(value.len()))
    else {
        return Err(ExportError::Damaged("the store holds a record over the bound"));
    };
    out.write_all(&[tree.tag()])?;
    out.write_all(&key_len.to_be_bytes())?;
    out.write_all(&value_len.to_be_bytes())?;
    out.write_all(key)?;
    out.write_all(value)?;
    Ok(())
}

fn read_all(
    from: &mut dyn Read,
    mut each: impl FnMut(Tree, Pair) -> Result<(), ExportError>,
) -> Result<Summary, ExportError> {
    let mut from = Hashing { inner: from, hash: blake3::Hasher::new() };
    if &from.take::<16>()? != MAGIC {
        return Err(ExportError::Damaged("it does not begin like one"));
    }
    let mut records = 0;
    loop {
        let [tag] = from.take::<1>()?;
        if tag == END {
            break;
        }
        let tree = Tree::from_tag(tag).ok_or(ExportError::Damaged("an unknown tree"))?;
        let key_len = usize::from(u16::from_be_bytes(from.take()?));
        let value_len = usize::from(u16::from_be_bytes(from.take()?));
        if key_len > MAX_KEY || value_len > MAX_RECORD {
            return Err(ExportError::Damaged("a record over the bound"));
        }
        let pair = (from.bytes(key_len)?, from.bytes(value_len)?);
        each(tree, pair)?;
        records += 1;
    }
    if u64::from_be_bytes(from.take()?) != records {
        return Err(ExportError::Damaged("the record count differs"));
    }
    let hash = *from.hash.finalize().as_bytes();
    if from.take::<32>()? != hash {
        return Err(ExportError::Damaged("the hash differs"));
    }
    Ok(Summary { records, hash })
}

/// Passes bytes through and hashes them.
struct Hashing<'a, T: ?Sized> {
    inner: &'a mut T,
    hash: blake3::Hasher,
}

impl Hashing<'_, dyn io::Write + '_> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl Hashing<'_, dyn Read + '_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ExportError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn bytes(&mut self, len: usize) -> Result<Vec<u8>, ExportError> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ExportError> {
        self.inner.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ExportError::Damaged("it ends early"),
            _ => ExportError::Io(error),
        })?;
        self.hash.update(bytes);
        Ok(())
    }
}
