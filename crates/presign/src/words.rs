use std::fmt;

use serde::de::{Error, Unexpected, Visitor};

/// Reads one of a few words. Whatever else stands in its place is told which they are.
pub(crate) struct OneOf<T: 'static> {
    pub words: &'static [T],
    /// These are read too, to be refused with better words: nobody is told of them.
    pub hidden: &'static [T],
    pub as_str: fn(T) -> &'static str,
}

impl<T: Copy> Visitor<'_> for OneOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.words.len() == 1 { "the text" } else { "a text, one of" })?;
        for (at, word) in self.words.iter().enumerate() {
            write!(f, "{} `{}`", if at == 0 { "" } else { "," }, (self.as_str)(*word))?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let known = self.words.iter().chain(self.hidden).find(|word| (self.as_str)(**word) == text);
        known.copied().ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Enumerations of S3's own words: each is read, written and shown as its text.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $word:ident = $text:literal,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$word_meta])* #[cfg_attr(feature = "schema", schemars(rename = $text))] $word,)+
        }

        impl $name {
            /// The word itself.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)+
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let one_of =
                    $crate::words::OneOf { words: &[$(Self::$word,)+], hidden: &[], as_str: Self::as_str };
                deserializer.deserialize_str(one_of)
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
