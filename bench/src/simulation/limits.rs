use super::Simulated;
use super::period::Period;

/// Something that traffic can pass.
pub struct Limit {
    pub name: &'static str,
    /// Of what, and over what.
    pub unit: &'static str,
    pub most: f64,
    /// What a period has of it, at so many requests a second.
    has: fn(f64, &Period) -> f64,
}

/// How a region has come to its traffic.
#[derive(Clone, Copy)]
pub enum When {
    /// All of it at once, with nothing warm.
    Cold,
    /// Growing, with nothing warm.
    Growing,
    Warm,
    /// Warm, with requests that go to the instance that was idle longest.
    WarmByIdleLongest,
}

impl Simulated {
    pub fn period(&self, when: When) -> &Period {
        match when {
            When::Cold => &self.cold,
            When::Growing => &self.growing,
            When::Warm => &self.warm,
            When::WarmByIdleLongest => &self.warm_by_idle_longest,
        }
    }
}

impl Limit {
    /// The first of the simulated rates that passes it, if one does.
    pub fn passed_from(&self, simulated: &[Simulated], when: When) -> Option<f64> {
        let passed = simulated.iter().find(|it| (self.has)(it.per_second, it.period(when)) > self.most);
        passed.map(|it| it.per_second)
    }
}

/// Parameters of template.yaml, with their defaults.
pub const SETTINGS: [Limit; 3] = [
    Limit { name: "`ThrottlingRate`", unit: "requests/s", most: 100.0, has: |requests, _| requests },
    Limit { name: "`IssuerConcurrency`", unit: "instances at once", most: 50.0, has: |_, it| it.instances },
    // Source: AWS Lambda developer guide, "Lambda quotas": ten times the concurrency, by synchronous requests.
    Limit { name: "the same, ten times", unit: "requests/s", most: 500.0, has: |requests, _| requests },
];

/// Quotas as an account has them before it asks for more, and what no one can have more of.
pub const QUOTAS: [Limit; 12] = [
    // Source: IAM user guide, "IAM and AWS STS quotas".
    Limit { name: "STS", unit: "calls/s", most: 600.0, has: |_, it| it.worst.sts_calls },
    // Source: AWS Lambda developer guide, "Lambda quotas".
    Limit { name: "Lambda's concurrency", unit: "instances at once", most: 1_000.0, has: |_, it| it.instances },
    Limit { name: "the same, ten times", unit: "requests/s", most: 10_000.0, has: |requests, _| requests },
    // Source: AWS Lambda developer guide, "Lambda scaling behavior".
    Limit { name: "a function's starts", unit: "in 10 s", most: 1_000.0, has: |_, it| it.starts },
    // Source: Amazon API Gateway developer guide, "Amazon API Gateway quotas".
    Limit { name: "API Gateway", unit: "requests/s", most: 10_000.0, has: |requests, _| requests },
    // One partition, and so one key of the table or of an index. Source: AWS re:Post Knowledge Center, "Why is my on-demand
    // DynamoDB table being throttled?".
    Limit {
        name: "a bucket's part of the index",
        unit: "write units/s",
        most: 1_000.0,
        has: |_, it| it.worst.hottest_index_units,
    },
    Limit {
        name: "the account's generation",
        unit: "read units/s",
        most: 3_000.0,
        has: |_, it| it.worst.hottest_reads,
    },
    Limit {
        name: "the most-asked URL's row",
        unit: "read units/s",
        most: 3_000.0,
        has: |_, it| it.worst.hottest_row_reads,
    },
    // What a table on demand takes from the first; later, twice what it has ever had. Source: Amazon DynamoDB developer guide,
    // "Understanding DynamoDB warm throughput in different scenarios" and "Pre-warming a table for on-demand capacity mode".
    Limit { name: "a new table, reading", unit: "read units/s", most: 12_000.0, has: |_, it| it.worst.read_units },
    Limit { name: "a new table, writing", unit: "write units/s", most: 4_000.0, has: |_, it| it.worst.write_units },
    // Of a table, and of an index by itself. Source: Amazon DynamoDB developer guide, "Quotas in Amazon DynamoDB".
    Limit { name: "the table, reading", unit: "read units/s", most: 40_000.0, has: |_, it| it.worst.read_units },
    Limit { name: "the table, writing", unit: "write units/s", most: 40_000.0, has: |_, it| it.worst.write_units },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::{Costs, simulate};

    #[test]
    fn a_limit_is_passed_from_the_first_rate_on_that_has_more_of_it() {
        let simulated = simulate(&Costs::FOR_TESTS, true);
        let from = |limits: &[Limit], name| {
            let limit = limits.iter().find(|limit| limit.name == name).unwrap();
            limit.passed_from(&simulated, When::Warm)
        };
        assert_eq!(from(&SETTINGS, "`ThrottlingRate`"), Some(316.0));
        assert_eq!(from(&QUOTAS, "API Gateway"), Some(31_623.0), "10,000 are not more than 10,000");
        let far = Limit { name: "", unit: "", most: 1e9, has: |requests, _| requests };
        assert_eq!(far.passed_from(&simulated, When::Cold), None);
    }
}
