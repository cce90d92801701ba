//! US dollars, us-east-1, without free tiers. Sources: the price lists of AWS Lambda, Amazon DynamoDB (on demand), Amazon API Gateway
//! (HTTP APIs), Amazon EC2 (data transfer), Amazon CloudWatch and AWS X-Ray.

/// A price, and what it goes up to.
pub struct Tier {
    pub up_to: f64,
    pub price: f64,
}

pub const MILLION_INVOCATIONS: f64 = 0.20;
/// x86, of the first six billion in a month.
pub const GIGABYTE_SECOND: f64 = 0.000_016_666_7;
pub const MILLION_READ_UNITS: f64 = 0.125;
pub const MILLION_WRITE_UNITS: f64 = 0.625;
/// By millions in a month.
pub const MILLION_API_REQUESTS: [Tier; 2] =
    [Tier { up_to: 300.0, price: 1.00 }, Tier { up_to: f64::INFINITY, price: 0.90 }];
/// What leaves AWS for the internet, by gigabytes in a month. Source: Amazon EC2 pricing, "Data Transfer OUT From Amazon EC2 To Internet".
pub const GIGABYTES_OUT: [Tier; 4] = [
    Tier { up_to: 10_000.0, price: 0.09 },
    Tier { up_to: 50_000.0, price: 0.085 },
    Tier { up_to: 150_000.0, price: 0.07 },
    Tier { up_to: f64::INFINITY, price: 0.05 },
];
/// What is taken in.
pub const LOG_GIGABYTE: f64 = 0.50;
/// What is taken in of a Lambda function's logs, by gigabytes in a month. Source: AWS Compute blog, "AWS Lambda introduces tiered pricing
/// for Amazon CloudWatch logs and additional logging destinations".
pub const LAMBDA_LOG_GIGABYTES: [Tier; 4] = [
    Tier { up_to: 10_000.0, price: 0.50 },
    Tier { up_to: 30_000.0, price: 0.25 },
    Tier { up_to: 50_000.0, price: 0.10 },
    Tier { up_to: f64::INFINITY, price: 0.05 },
];
pub const MILLION_TRACES: f64 = 5.00;
/// Lambda traces the first request of a second, and this share of the others. Source: AWS Lambda developer guide, "Visualize Lambda
/// function invocations using AWS X-Ray".
pub const TRACED_EACH_SECOND: f64 = 1.0;
pub const TRACED: f64 = 0.05;
