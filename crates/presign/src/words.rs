use std::fmt;

use serde::de::{Error, Unexpected, Visitor};

/// Reads one of a few words. Whatever else stands in its place is told which they are.
pub(crate) struct OneOf<T> {
    /// Those that are told.
    pub words: &'static [&'static str],
    pub named: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for OneOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.join("`, `");
        if self.words.len() == 1 { write!(f, "the text `{words}`") } else { write!(f, "a text, one of `{words}`") }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.named)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Enumerations of words: each is read, written and shown as its text, which stands there once.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $word:ident = $text:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$word_meta])* #[cfg_attr(feature = "schema", schemars(rename = $text))] $word,)+
        }

        impl $name {
            pub(crate) const WORDS: &[&str] = &[$($text,)+];

            /// The word itself.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }

            /// Which word it is, if it is one.
            #[must_use]
            pub fn named(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$word),)+
                    _ => None,
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::words::OneOf { words: Self::WORDS, named: Self::named })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }
    )+};
}
pub(crate) use words;
