use serde::Serialize;

/// What came of looking at everything.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// How many roles, roles' sessions, buckets and keys the profiles name.
    pub subjects: usize,
    /// The scopes that look otherwise than before, and so were advanced.
    pub changed: Vec<String>,
    /// The scopes that had changed at the look before this one, and whose event has not come since.
    pub missed: Vec<String>,
    /// The scopes whose URLs, or whose sessions, may now be longer or shorter than before.
    pub corrected: Vec<String>,
    pub unseen: Vec<UnseenPart>,
    /// The scopes of roles that are in another account than the function, where it cannot look at them.
    pub elsewhere: Vec<String>,
    /// How many there was no time to look at. The next run begins with others.
    pub late: usize,
}

/// What could not be looked at. It counts neither as changed nor as unchanged.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct UnseenPart {
    pub scope: String,
    pub part: &'static str,
    pub reason: String,
}
