/// How a URL is tried that only reads. There is none for one that writes: to use it would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    Get,
    Head,
}

impl Reading {
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }

    /// The call's name in a trace.
    pub(crate) fn operation(self) -> &'static str {
        match self {
            Self::Get => "GetObject",
            Self::Head => "HeadObject",
        }
    }
}
