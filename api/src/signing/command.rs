//! A key that a program holds, or whatever the program asks: a card, a module, a service.
//! It gets the text to sign on its standard input, and answers the 64 bytes of the Ed25519
//! signature in base64 on its standard output.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::BASE64;
use gpuaas_log::checkpoint::{SigningError, Signs, VerifierKey};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of what it says on its standard error is passed on.
const TOLD: usize = 200;

/// A key behind a command.
#[derive(Debug)]
pub struct CommandKey {
    key: VerifierKey,
    words: Vec<String>,
    patience: Duration,
}

impl CommandKey {
    /// The key that this command signs with.
    #[must_use]
    pub fn new(key: VerifierKey, words: Vec<String>) -> Self {
        Self { key, words, patience: PATIENCE }
    }

    /// It may take so long.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn failed(&self, why: impl std::fmt::Display) -> SigningError {
        let program = self.words.first().map_or("", String::as_str);
        SigningError(format!("the signing command {program} {why}"))
    }

    async fn answer(&self, text: &str) -> Result<String, SigningError> {
        let (program, arguments) = self.words.split_first().ok_or_else(|| self.failed("is empty"))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Whoever gives up waiting for it ends it.
        let spawned = command.kill_on_drop(true).spawn();
        let mut child = spawned.map_err(|error| self.failed(format!("cannot be started: {error}; check its path")))?;
        let input = child.stdin.take();
        let ended = async {
            if let Some(mut input) = input {
                // A program that knows what to sign without reading may have ended already.
                let _ = input.write_all(text.as_bytes()).await;
            }
            child.wait_with_output().await
        };
        let ended = tokio::time::timeout(self.patience, ended).await.map_err(|_| {
            self.failed(format!("did not answer within {} s: see what it waits for", self.patience.as_secs_f32()))
        })?;
        let output = ended.map_err(|error| self.failed(format!("could not be waited for: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: String = said.trim().chars().take(TOLD).collect();
            return Err(self.failed(format!("ended with {}: {said:?}; run it by hand to see why", output.status)));
        }
        String::from_utf8(output.stdout).map_err(|_| self.failed("answered something that is no text"))
    }
}

#[async_trait]
impl Signs for CommandKey {
    fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    async fn sign(&self, text: &str) -> Result<[u8; 64], SigningError> {
        let answer = self.answer(text).await?;
        let bytes = BASE64.decode(answer.trim().as_bytes()).ok();
        let signature = bytes.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        signature.ok_or_else(|| self.failed("did not answer the 64 bytes of an Ed25519 signature in base64"))
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_log::checkpoint::{Signer, signature_of};

    use super::*;

    const TEXT: &str = "example.org/log\n7\ntext\n";

    fn signer() -> Signer {
        Signer::from_seed("example.org/log", &[7; 32]).unwrap()
    }

    fn key(script: &str) -> CommandKey {
        let words = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        CommandKey::new(signer().verifier().clone(), words)
    }

    #[tokio::test]
    async fn a_command_that_signs_what_it_reads_is_a_key() {
        // It answers only if the text is what is on its input.
        let answer = BASE64.encode(&signer().sign(TEXT));
        let digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(TEXT));
        let script = format!("test \"$(sha256sum | cut -d' ' -f1)\" = {digest} && echo {answer}");
        assert_eq!(signature_of(&key(&script), TEXT).await, Ok(signer().sign(TEXT)));
    }

    #[tokio::test]
    async fn a_command_that_fails_says_what_to_do() {
        let other = BASE64.encode(&signer().sign("another text"));
        for (script, why) in [
            ("exit 3".to_owned(), "exit status: 3"),
            ("echo the card is locked >&2; exit 1".to_owned(), "the card is locked"),
            ("echo no signature".to_owned(), "64 bytes"),
            ("echo AAAA".to_owned(), "64 bytes"),
            (format!("echo {other}"), "is not one of that key"),
        ] {
            let error = signature_of(&key(&script), TEXT).await.unwrap_err().to_string();
            assert!(error.contains(why), "{script}: {error}");
        }
        let slow = key("exec sleep 60").within(Duration::from_millis(300));
        let error = signature_of(&slow, TEXT).await.unwrap_err().to_string();
        assert!(error.contains("did not answer within"), "{error}");
        let absent = CommandKey::new(signer().verifier().clone(), vec!["/absent/program".into()]);
        let error = signature_of(&absent, TEXT).await.unwrap_err().to_string();
        assert!(error.contains("cannot be started"), "{error}");
    }
}
