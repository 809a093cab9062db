//! Bytes ⇄ frames: a big-endian length and one CBOR value. Incomplete input is a value.

use crate::error::DecodeError;
use minicbor::{Decode, Encode};

/// Bytes of the length word.
pub const HEAD: usize = 4;

/// Appends `message` as one frame to `out`.
///
/// # Errors
/// The encoded message is over `bound`; `out` is left as it was.
pub fn encode<T: Encode<()>>(
    message: &T,
    bound: usize,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    // Writing CBOR into a Vec has no failing case of its own; a custom encoder could have one.
    if let Err(error) = minicbor::encode(message, &mut *out) {
        out.truncate(start);
        return Err(DecodeError::Malformed(error.to_string()));
    }
    let length = out.len() - start - HEAD;
    match u32::try_from(length) {
        Ok(word) if length <= bound => {
            out[start..start + HEAD].copy_from_slice(&word.to_be_bytes());
            Ok(())
        }
        _ => {
            out.truncate(start);
            Err(DecodeError::TooLong { claimed: length, bound })
        }
    }
}

/// The length of the frame whose first bytes are `head`, or `None` while the word is incomplete.
///
/// # Errors
/// The claimed length is over `bound` (W1: nothing was allocated for it).
pub fn length(head: &[u8], bound: usize) -> Result<Option<usize>, DecodeError> {
    let Some(word) = head.first_chunk::<HEAD>() else { return Ok(None) };
    let claimed = u32::from_be_bytes(*word) as usize;
    if claimed > bound {
        return Err(DecodeError::TooLong { claimed, bound });
    }
    Ok(Some(claimed))
}

/// Takes one frame off the front of `input`: the message and how many bytes it took.
///
/// # Errors
/// Over the bound, or not a `T`.
pub fn decode<'b, T: Decode<'b, ()>>(
    input: &'b [u8],
    bound: usize,
) -> Result<Option<(T, usize)>, DecodeError> {
    let Some(length) = length(input, bound)? else { return Ok(None) };
    let Some(body) = input.get(HEAD..HEAD + length) else { return Ok(None) };
    Ok(Some((body_of(body)?, HEAD + length)))
}

/// Decodes an optional value; one that this build does not know, at any depth, reads as `None`.
///
/// The derived decoder skips "the next item" after an unknown variant, which is the right one only
/// for a variant with fields that is the value itself; this goes back and skips the whole value.
///
/// # Errors
/// Malformed, as opposed to unknown.
pub fn known<'b, C, T: Decode<'b, C>>(
    decoder: &mut minicbor::Decoder<'b>,
    context: &mut C,
) -> Result<Option<T>, minicbor::decode::Error> {
    let start = decoder.position();
    match Option::<T>::decode(decoder, context) {
        Err(error) if error.is_unknown_variant() => {
            decoder.set_position(start);
            decoder.skip()?;
            Ok(None)
        }
        read => read,
    }
}

/// Decodes the body of a frame.
///
/// # Errors
/// Not a `T`, or bytes left over.
pub fn body_of<'b, T: Decode<'b, ()>>(body: &'b [u8]) -> Result<T, DecodeError> {
    let mut decoder = minicbor::Decoder::new(body);
    let value = decoder.decode().map_err(|e| DecodeError::Malformed(e.to_string()))?;
    if decoder.position() != body.len() {
        return Err(DecodeError::Malformed("bytes after the message".to_owned()));
    }
    Ok(value)
}
