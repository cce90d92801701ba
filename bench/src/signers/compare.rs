use anyhow::Result;

use super::aws_sdk_s3::AwsSdkS3;
use super::aws_sigv4::AwsSigv4;
use super::hashing::Hashing;
use super::ours::Ours;
use super::reqsign::Reqsign;
use super::rusty_s3::RustyS3;
use super::{Task, prove_the_same};
use crate::measure::{Contender, Effort, Figure, InProcess, interleave};
use crate::other_languages;

/// The seconds that each signer takes for one URL.
pub struct Signers {
    pub ours: Figure,
    pub hashing: Figure,
    pub aws_sdk_s3: Figure,
    pub rusty_s3: Figure,
    pub aws_sigv4: Figure,
    pub reqsign: Figure,
    /// Those of other languages, where they are installed.
    pub others: Vec<(String, Figure)>,
    /// The blocks of SHA-256 that a URL takes.
    pub blocks: usize,
}

pub fn compare(effort: Effort) -> Result<Signers> {
    let task = Task::get_with_token();
    let (ours, sdk, sigv4) = (Ours::new(&task)?, AwsSdkS3::new(&task)?, AwsSigv4::new(&task));
    let (rusty, reqsign) = (RustyS3::new(&task)?, Reqsign::new(&task));
    prove_the_same("aws-sdk-s3", &sdk.url(&task)?, &task)?;
    prove_the_same("aws-sigv4", &sigv4.url(&task)?, &task)?;
    prove_the_same("rusty-s3", &rusty.url(&task)?, &task)?;
    prove_the_same("reqsign", &reqsign.url(&task)?, &task)?;
    let hashing = Hashing::of(ours.url(&task, &[])?.expose());
    let others = other_languages::installed(&task)?;
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
