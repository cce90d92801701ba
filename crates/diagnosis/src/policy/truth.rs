/// Three-valued: what is not known is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    /// Whether any of them is true.
    pub(super) fn any(each: impl IntoIterator<Item = Self>) -> Self {
        each.into_iter().fold(Self::False, |any, it| match (any, it) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::False, Self::False) => Self::False,
        })
    }

    /// What all of them are; not known where they differ.
    pub(super) fn of_all(each: impl IntoIterator<Item = Self>) -> Self {
        let mut each = each.into_iter();
        let first = each.next().unwrap_or(Self::Unknown);
        if each.all(|it| it == first) { first } else { Self::Unknown }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(is: bool) -> Self {
        if is { Self::True } else { Self::False }
    }
}
