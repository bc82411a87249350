//! `gpuaas audit log`: what the log is called and who signs it, from a server.

use clap::Args;

use crate::client::{Ask, Session};
use crate::output::{self, Failure, Table};

/// Which server.
#[derive(Debug, Args)]
pub(crate) struct Log {}

impl Ask for Log {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let log = client.get_log().await?.value;
        if format.json {
            return output::json(&log);
        }
        let mut table = Table::without_head();
        table.row(["origin".to_owned(), log.origin]);
        table.row(["log".to_owned(), log.log_id]);
        for key in log.keys {
            table.row(["key".to_owned(), key]);
        }
        let published = match (log.publication.open, log.publication.every_seconds) {
            (true, seconds) => format!("for everybody, every {seconds} s"),
            (false, _) => "for platform auditors".to_owned(),
        };
        table.row(["published".to_owned(), published]);
        output::print(&table.to_string())
    }
}
