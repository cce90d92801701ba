use serde::Serialize;

/// One thing found wrong, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The name of the check that found it. Names are stable: scripts decide by them.
    pub check: &'static str,
    pub certainty: Certainty,
    pub cause: String,
    pub evidence: Vec<Evidence>,
    pub fix: Fix,
    /// What need not be looked at any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules_out: Vec<String>,
    /// The check of S3's own words that this is the reason of: they are evidence of it then, and no second cause.
    #[serde(skip)]
    pub(crate) explains: Option<&'static str>,
}

/// How sure it is that this is why the URL fails; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Certainty {
    /// It fails because of this.
    Certain,
    /// It fails because of this, unless something unseen makes up for it.
    Likely,
    /// It may fail because of this; more must be known.
    Possible,
    /// It fails for something else; this is worth knowing.
    Hint,
}

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    pub from: Source,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    Url,
    Error,
    Request,
    Account,
    Clock,
}

/// What to do about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fix {
    pub text: String,
    /// A policy statement or a command, to be pasted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paste: Option<String>,
}

impl Certainty {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::Hint => "hint",
        }
    }

    /// Whether the finding is taken for the cause.
    #[must_use]
    pub fn is_cause(self) -> bool {
        self <= Self::Likely
    }
}

impl Source {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Error => "error",
            Self::Request => "request",
            Self::Account => "account",
            Self::Clock => "clock",
        }
    }
}

impl Finding {
    /// A finding whose check is named by the table that runs it.
    pub(crate) fn new(certainty: Certainty, cause: impl Into<String>) -> Self {
        Self {
            check: "",
            certainty,
            cause: cause.into(),
            evidence: Vec::new(),
            fix: Fix::default(),
            rules_out: Vec::new(),
            explains: None,
        }
    }

    pub(crate) fn certain(cause: impl Into<String>) -> Self {
        Self::new(Certainty::Certain, cause)
    }

    pub(crate) fn likely(cause: impl Into<String>) -> Self {
        Self::new(Certainty::Likely, cause)
    }

    pub(crate) fn possible(cause: impl Into<String>) -> Self {
        Self::new(Certainty::Possible, cause)
    }

    pub(crate) fn hint(cause: impl Into<String>) -> Self {
        Self::new(Certainty::Hint, cause)
    }

    /// The same, found by this check, where no table names it.
    pub(crate) fn of(self, check: &'static str) -> Self {
        Self { check, ..self }
    }

    pub(crate) fn seen(mut self, from: Source, text: impl Into<String>) -> Self {
        self.evidence.push(Evidence { from, text: text.into() });
        self
    }

    pub(crate) fn fix(mut self, text: impl Into<String>) -> Self {
        self.fix.text = text.into();
        self
    }

    pub(crate) fn paste(mut self, paste: impl Into<String>) -> Self {
        self.fix.paste = Some(paste.into());
        self
    }

    pub(crate) fn rules_out(mut self, what: &[&str]) -> Self {
        self.rules_out.extend(what.iter().map(|what| (*what).to_owned()));
        self
    }

    /// What is ruled out if this is the cause: what is less than certain rules nothing out.
    pub(crate) fn rules_out_if_certain(self, what: &[&str]) -> Self {
        if self.certainty == Certainty::Certain { self.rules_out(what) } else { self }
    }

    /// No surer than `certainty`, for the reason that is given. What is less than certain rules nothing out.
    pub(crate) fn at_most(mut self, certainty: Certainty, from: Source, why: impl Into<String>) -> Self {
        if self.certainty >= certainty {
            return self;
        }
        self.certainty = certainty;
        self.rules_out.clear();
        self.seen(from, why)
    }

    /// The reason of what S3 says under this check's name, if it is.
    pub(crate) fn explaining(self, check: Option<&'static str>) -> Self {
        Self { explains: check, ..self }
    }

    /// Every text in it.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let evidence = self.evidence.iter_mut().map(|evidence| &mut evidence.text);
        std::iter::once(&mut self.cause)
            .chain(evidence)
            .chain(std::iter::once(&mut self.fix.text))
            .chain(self.fix.paste.as_mut())
            .chain(self.rules_out.iter_mut())
    }
}
