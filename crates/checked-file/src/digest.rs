use xxhash_rust::xxh3::{Xxh3Default, xxh3_64, xxh3_128};

/// It tells a file that has been changed from one that has not, and a start from what it need not do. Who may change one file may change
/// the other, whatever the digest: so it is a fast one.
///
/// It is of the digests of what is added: whatever checked the file, the file, and each line of what came of that.
pub struct Digest(Xxh3Default);

impl Digest {
    pub fn of_rules(rules: &[&str]) -> Self {
        let mut digest = Self(Xxh3Default::new());
        for rule in rules {
            digest.add(xxh3_128(rule.as_bytes()));
        }
        digest
    }

    pub fn add(&mut self, digest: u128) {
        self.0.update(&digest.to_le_bytes());
    }

    pub fn add_line(&mut self, digest: u64) {
        self.0.update(&digest.to_le_bytes());
    }

    /// As the first line of a checked file has it.
    pub fn stated(&self) -> String {
        format!("{:032x}", self.0.digest128())
    }
}

/// Of a line, with the break that ends it.
pub fn of_line(line: &[u8]) -> u64 {
    xxh3_64(line)
}
