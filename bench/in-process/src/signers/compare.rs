use anyhow::Result;
use bench::measure::{Contender, Effort, InProcess, interleave};
use bench::measured::Signers;

use super::aws_sdk_s3::AwsSdkS3;
use super::aws_sigv4::AwsSigv4;
use super::hashing::Hashing;
use super::ours::Ours;
use super::reqsign::Reqsign;
use super::rusty_s3::RustyS3;
use super::{Task, prove_the_same};
use crate::other_languages;

pub fn compare(effort: Effort) -> Result<Signers> {
    let task = Task::get_with_token();
    let (ours, sdk, sigv4) = (Ours::new(&task)?, AwsSdkS3::new(&task)?, AwsSigv4::new(&task));
    let (rusty, reqsign) = (RustyS3::new(&task)?, Reqsign::new(&task));
    prove_the_same("aws-sdk-s3", &sdk.url(&task)?, &task)?;
    prove_the_same("aws-sigv4", &sigv4.url(&task)?, &task)?;
    prove_the_same("rusty-s3", &rusty.url(&task)?, &task)?;
    prove_the_same("reqsign", &reqsign.url(&task)?, &task)?;
    let hashing = Hashing::of(ours.url(&task, &[])?.expose());
    let others = other_languages::installed(&task, effort)?;
    let names: Vec<String> = others.iter().map(|other| other.name().to_owned()).collect();

    let mut contenders: Vec<Box<dyn Contender + '_>> = vec![
        Box::new(InProcess::new("hashing alone", || Ok(hashing.hash()))),
        Box::new(InProcess::new("ours", || ours.url(&task, &[]))),
        Box::new(InProcess::new("rusty-s3", || rusty.url(&task))),
        Box::new(InProcess::new("aws-sigv4", || sigv4.url(&task))),
        Box::new(InProcess::new("reqsign", || reqsign.url(&task))),
        Box::new(InProcess::new("aws-sdk-s3", || sdk.url(&task))),
    ];
    contenders.extend(others.into_iter().map(|other| Box::new(other) as Box<dyn Contender>));
    let mut figures = interleave(&mut contenders, effort)?;
    let rest = figures.split_off(6);
    let [hashed, ours, rusty_s3, aws_sigv4, reqsign, aws_sdk_s3] = figures.as_slice() else {
        anyhow::bail!("six are measured in this process")
    };
    Ok(Signers {
        ours: *ours,
        hashing: *hashed,
        aws_sdk_s3: *aws_sdk_s3,
        rusty_s3: *rusty_s3,
        aws_sigv4: *aws_sigv4,
        reqsign: *reqsign,
        others: names.into_iter().zip(rest).collect(),
        blocks: hashing.blocks_hashed(),
    })
}
