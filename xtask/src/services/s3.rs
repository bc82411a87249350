//! A server of the S3 API on loopback, empty at the start, with one bucket.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, http, place, python};

/// `s3://BUCKET`; where it is and who may use it is in the variables of every client of S3.
const BUCKET: &str = "GPUAAS_TEST_S3";
/// The bucket of a server that is started here.
const NAME: &str = "gpuaas-tests";
/// The server and what it needs, pinned.
const REQUIREMENTS: &str = "xtask/services/s3.txt";

/// Nothing is missing where a bucket is given.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(BUCKET).is_some() || python::is_there();
    (!there).then_some(Missing {
        package: python::PACKAGE,
        otherwise: "Python 3.11 or later with its module venv is missing: install it, or name a bucket as s3://BUCKET in \
                    GPUAAS_TEST_S3, with AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it.",
    })
}

/// The given bucket, or one of a new server.
pub(crate) fn service() -> Result<Service> {
    if let Some(bucket) = std::env::var_os(BUCKET) {
        return Ok(Service::found(format!("the bucket that {BUCKET} names"), vec![(BUCKET, bucket)]));
    }
    let program = python::environment("s3", REQUIREMENTS)?.join("moto_server");
    let port = place::free_port()?.to_string();
    let address = format!("127.0.0.1:{port}");
    let command = vec![program.into(), "-H".into(), "127.0.0.1".into(), "-p".into(), port.into()];
    let plan = Plan { name: "s3", signal: "TERM", user: None, remove: None, users: None, command };
    let ready = || http::status(&address, "/moto-api/") == Some(200);
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(60), ready)?;
    if http::made(&address, &format!("/{NAME}")) != Some(200) {
        bail!("the server of the S3 API on {address} does not make a bucket");
    }
    let environment = vec![
        (BUCKET, format!("s3://{NAME}").into()),
        ("AWS_ENDPOINT_URL", format!("http://{address}").into()),
        ("AWS_ALLOW_HTTP", OsString::from("true")),
        ("AWS_REGION", "us-east-1".into()),
        ("AWS_ACCESS_KEY_ID", "tests".into()),
        ("AWS_SECRET_ACCESS_KEY", "tests".into()),
    ];
    Ok(Service::started(format!("S3 API started on {address}"), environment, guarded))
}
