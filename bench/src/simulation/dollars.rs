use super::costs::{Costs, MEGABYTES};
use super::logs::{ACCESS_LINE, LAMBDAS_LINES};
use super::period::Period;
use super::prices::{
    GIGABYTE_SECOND, GIGABYTES_OUT, LAMBDA_LOG_GIGABYTES, LOG_GIGABYTE, MILLION_API_REQUESTS, MILLION_INVOCATIONS,
    MILLION_READ_UNITS, MILLION_TRACES, MILLION_WRITE_UNITS, TRACED, TRACED_EACH_SECOND, Tier,
};

/// US dollars for a million URLs, where the traffic is the same for a month.
#[derive(Debug, Clone, Copy)]
pub struct Dollars {
    pub lambda: f64,
    pub dynamodb: f64,
    pub api_gateway: f64,
    /// Of the API's answers, out of AWS.
    pub transfer: f64,
    pub logs: f64,
    pub x_ray: f64,
}

/// Bytes of an answer with a URL: a body as long as `responseLength` is in the example of [`ACCESS_LINE`], and headers of some 300.
const ANSWER: f64 = 1_843.0 + 300.0;

const SECONDS_OF_A_MONTH: f64 = 730.0 * 3_600.0;

impl Dollars {
    /// Of a service that is warm.
    pub fn of(warm: &Period, per_second: f64, costs: &Costs) -> Self {
        let requests = per_second * SECONDS_OF_A_MONTH;
        let signed = 1.0 - warm.from_memory - warm.from_table;
        let by_the_function = costs.logged.signed * signed + costs.logged.hit * (1.0 - signed) + LAMBDAS_LINES;
        let units = warm.mean.write_units + warm.mean.index_units;
        Self {
            lambda: of_lambda(warm.billed / 1e3),
            dynamodb: (warm.mean.read_units * MILLION_READ_UNITS + units * MILLION_WRITE_UNITS) / per_second,
            api_gateway: of_api_gateway(requests),
            transfer: of_transfer(requests),
            logs: of_bytes(by_the_function, requests, &LAMBDA_LOG_GIGABYTES) + ACCESS_LINE / 1e3 * LOG_GIGABYTE,
            x_ray: (TRACED + TRACED_EACH_SECOND * (1.0 - TRACED) / per_second) * MILLION_TRACES,
        }
    }

    /// Of a function that takes so long for each, and that neither stores nor logs nor traces anything. Its answers are as long.
    pub fn of_nothing_but(seconds: f64, per_second: f64) -> f64 {
        let requests = per_second * SECONDS_OF_A_MONTH;
        of_lambda((seconds * 1e3).ceil() / 1e3) + of_api_gateway(requests) + of_transfer(requests)
    }

    pub fn sum(self) -> f64 {
        self.lambda + self.dynamodb + self.api_gateway + self.transfer + self.logs + self.x_ray
    }
}

fn of_lambda(billed: f64) -> f64 {
    MILLION_INVOCATIONS + 1e6 * billed * GIGABYTE_SECOND * MEGABYTES / 1024.0
}

fn of_api_gateway(requests: f64) -> f64 {
    average(requests / 1e6, &MILLION_API_REQUESTS)
}

fn of_transfer(requests: f64) -> f64 {
    of_bytes(ANSWER, requests, &GIGABYTES_OUT)
}

/// A million times so many bytes, a thousandth of a gigabyte for each, where a month has so many requests.
fn of_bytes(bytes: f64, requests: f64, gigabytes: &[Tier]) -> f64 {
    bytes / 1e3 * average(requests * bytes / 1e9, gigabytes)
}

/// What one of so many costs on average: those up to a tier's end are at its price, and only what is beyond at the next one's.
fn average(number: f64, tiers: &[Tier]) -> f64 {
    let mut begin = 0.0;
    let parts = tiers.iter().map(|tier| {
        let within = (number.min(tier.up_to) - begin).max(0.0);
        begin = tier.up_to;
        within * tier.price
    });
    parts.sum::<f64>() / number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_tier_is_at_the_next_price() {
        let million = |requests: f64| of_api_gateway(requests * 1e6);
        for (requests, expected) in [(100.0, 1.0), (300.0, 1.0), (600.0, 0.95)] {
            assert!((million(requests) - expected).abs() < 1e-9, "{requests}");
        }
        // 60 TB of Lambda's logs are $12,500.
        assert!((average(60_000.0, &LAMBDA_LOG_GIGABYTES) * 60_000.0 - 12_500.0).abs() < 1e-6);
    }

    #[test]
    fn a_million_answers_leave_aws_for_nineteen_cents_and_for_less_where_there_are_many() {
        let million = |per_second: f64| of_transfer(per_second * SECONDS_OF_A_MONTH);
        for (per_second, expected) in [(100.0, 0.19), (10_000.0, 0.18), (100_000.0, 0.12)] {
            assert!((million(per_second) - expected).abs() < 0.005, "{per_second}");
        }
        let of_a_millisecond = MILLION_INVOCATIONS + 1e3 * GIGABYTE_SECOND * MEGABYTES / 1024.0;
        let all = of_a_millisecond + 1.0 + million(100.0);
        assert!((Dollars::of_nothing_but(0.0005, 100.0) - all).abs() < 1e-9, "boto3's function answers too");
    }
}
