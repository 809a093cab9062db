//! A fingerprint in four words, for people who compare two screens or read it out on the telephone.
//!
//! The words stand for 32 bits of a slow hash: finding a key with the same words takes some 2^44
//! hashes. Where that matters the whole `SHA256:` fingerprint is compared.

use crate::sha256;

/// How often the hash is hashed again: under a millisecond for us, 4096 times the work for whoever
/// looks for a key that sounds the same.
const ROUNDS: u32 = 4096;

/// Four words for the SHA-256 of a public key, like `amber-otter-violin-moss`.
pub fn words(spki: &[u8; 32]) -> String {
    let slow = (0..ROUNDS).fold(*spki, |hash, _| sha256(&hash));
    let [a, b, c, d, ..] = slow;
    [a, b, c, d].map(|byte| WORDS[usize::from(byte)]).join("-")
}

/// One word per byte, in alphabetical order. Never changed: both ends must say the same.
#[rustfmt::skip]
const WORDS: [&str; 256] = [
    "acid", "acorn", "alarm", "album", "alley", "amber", "anchor", "angle", "ankle", "apple",
    "apron", "arch", "arrow", "atlas", "attic", "autumn", "badge", "bagel", "baker", "balm",
    "banjo", "barn", "basil", "basket", "beach", "beaver", "bell", "berry", "birch", "bison",
    "blanket", "blossom", "bonfire", "bottle", "boulder", "branch", "brass", "bread", "brick",
    "bridge", "broom", "bubble", "bucket", "butter", "cabin", "cactus", "camel", "candle",
    "canoe", "canyon", "carpet", "castle", "cedar", "cello", "chalk", "cherry", "chess", "cider",
    "cinema", "circus", "clay", "clover", "cobalt", "coffee", "comet", "copper", "coral",
    "cotton", "cradle", "crane", "crayon", "cricket", "crown", "crystal", "cymbal", "daisy",
    "dancer", "denim", "desert", "diary", "dolphin", "domino", "dragon", "drum", "dune", "eagle",
    "easel", "echo", "elbow", "ember", "engine", "falcon", "feather", "fennel", "fern", "ferry",
    "fiddle", "fig", "flame", "flute", "foam", "forest", "fossil", "fox", "galaxy", "garden",
    "garlic", "gazebo", "geyser", "ginger", "glacier", "glove", "goblet", "gopher", "granite",
    "grape", "guitar", "hammer", "harbor", "harp", "hazel", "hedge", "helmet", "heron", "honey",
    "hornet", "husk", "igloo", "indigo", "ink", "iris", "iron", "island", "ivory", "ivy",
    "jacket", "jaguar", "jasmine", "jelly", "jigsaw", "jungle", "kayak", "kettle", "kiwi",
    "koala", "ladder", "lagoon", "lantern", "lark", "lasso", "lava", "lemon", "lentil", "lilac",
    "lily", "linen", "lizard", "lobster", "lotus", "magnet", "mango", "maple", "marble",
    "meadow", "melon", "mint", "mirror", "mitten", "monsoon", "moss", "muffin", "mustard",
    "napkin", "nectar", "needle", "nickel", "nutmeg", "oak", "oasis", "ocean", "olive", "onion",
    "opal", "orbit", "orchid", "otter", "oyster", "paddle", "panda", "papaya", "parrot", "peach",
    "pebble", "pelican", "pencil", "pepper", "piano", "pigeon", "pillow", "pine", "planet",
    "plum", "pocket", "polar", "poppy", "prism", "puzzle", "quail", "quartz", "quill", "rabbit",
    "radar", "raven", "ribbon", "river", "robin", "rocket", "ruby", "saddle", "saffron",
    "salmon", "sandal", "sapphire", "scarf", "shadow", "shell", "silver", "sketch", "spider",
    "spruce", "squid", "stable", "statue", "summit", "sunset", "swan", "tango", "teapot",
    "tiger", "timber", "toast", "tomato", "topaz", "trumpet", "tulip", "tunnel", "turtle",
    "velvet", "violin", "walnut", "walrus", "whale", "willow", "window", "winter", "zebra",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_byte_has_a_short_word_of_its_own() {
        assert_eq!(WORDS.iter().collect::<HashSet<_>>().len(), 256);
        assert!(WORDS.is_sorted());
        let short = |word: &&str| (3..=8).contains(&word.len());
        assert!(
            WORDS.iter().all(|word| short(word) && word.bytes().all(|b| b.is_ascii_lowercase()))
        );
    }

    #[test]
    fn a_key_has_the_same_words_for_ever_and_another_key_has_others() {
        let one = words(&[7; 32]);
        assert_eq!(one, "pelican-baker-whale-orchid");
        assert_eq!(one.split('-').count(), 4);
        assert_ne!(one, words(&[8; 32]));
    }
}
