//! Prints an organization's events as they happen, over NATS JetStream:
//!
//! `subscriber nats://HOST:PORT http://HOST:PORT org_… [AFTER]`, with the token in `GPUAAS_TOKEN`.

use std::env::{args, var};
use std::error::Error;

use gpuaas_sdk::Client;
use gpuaas_sdk::jetstream::Subscriber;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = args().skip(1).collect();
    let [nats, server, organization, rest @ ..] = &arguments[..] else {
        return Err("name NATS, the server and the organization".into());
    };
    let after = rest.first().map_or(Ok(0), |after| after.parse())?;
    let client = Client::new(server, var("GPUAAS_TOKEN").ok().as_deref())?;
    let mut subscriber = Subscriber::connect(nats, client, organization.as_str(), after).await?;
    loop {
        let seen = subscriber.next().await?;
        // Whoever does more with it keeps the owner sequence when that is done.
        println!("{} {:?} {}", seen.owner_sequence, seen.source, seen.event);
    }
}
