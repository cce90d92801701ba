use presign::names::SessionName;

/// Who asks, as whoever authenticated them says. It never comes from the body or from a header that a client could set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    name: String,
    session_name: SessionName,
}

impl Caller {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        let session_name = SessionName::of_caller(&name);
        Self { name, session_name }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name under which the caller's URLs appear in CloudTrail.
    #[must_use]
    pub fn session_name(&self) -> &SessionName {
        &self.session_name
    }
}
