//! Postgres, with its write-ahead log and a base backup.

use gpuaas_replay_tests::crash::cluster::Cluster;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use super::story::Person;
use crate::served::{Caller, Server};

#[tokio::test]
async fn an_erased_person_is_in_no_file_of_a_platform_on_postgres() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let cluster = Cluster::start().await.unwrap();
    let server = Server::start(folder, "data", &cluster.url());
    let operator = Caller::operator(&server.api, &folder.join("data"));
    let person = Person::live(&operator).await;
    person.is_known(&operator).await;
    person.export(&operator, folder, "before").await;
    cluster.back_up(&folder.join("backup")).unwrap();
    person.be_erased(&operator).await;
    person.export(&operator, folder, "after").await;
    // Whatever is only in memory yet comes into its files.
    let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
    connection.execute("CHECKPOINT").await.unwrap();
    person.is_nowhere(folder, 10_000_000);
    person.is_nowhere(cluster.directory(), 10_000_000);
    server.end();
    connection.execute("CHECKPOINT").await.unwrap();
    person.is_nowhere(cluster.directory(), 10_000_000);
    // And what the server itself wrote last.
    person.is_nowhere(folder, 10_000_000);
}
