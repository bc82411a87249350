use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::aggregate::Aggregate;
use crate::bounded::Text;
use crate::code::Code;
use crate::id::{AppId, ArtifactId, TypedId};
use crate::node::Architecture;
use crate::node_protocol::task::Image;
use crate::profile::{MediaType, Profile};
use crate::sku::{GpuShape, Shape};
use crate::{EventSet, Rejected};

pub(crate) fn uploaded(name: &str, architecture: Architecture, accelerator: Option<Accelerator>) -> Uploaded {
    Uploaded {
        organization: None,
        app: AppId::from_uuid(Uuid::from_u128(1)),
        name: Text::new(name).unwrap(),
        image: Image::Registry(Text::new(format!("127.0.0.1:5000/lab@sha256:{}", "a1".repeat(32))).unwrap()),
        media_type: MediaType::OciImageManifest,
        architecture,
        accelerator,
    }
}

fn runtime_cpu() -> Uploaded {
    uploaded("runtime-cpu", Architecture::Amd64, None)
}

fn sound() -> Command {
    Command::RecordVerification(Ok(Verified { config_digest: None, size_bytes: 5 }))
}

fn faulty(fault: VerificationFault) -> Command {
    Command::RecordVerification(Err(fault))
}

fn after(commands: impl IntoIterator<Item = Command>) -> Artifact {
    commands.into_iter().fold(Artifact::default(), |state, command| {
        let events = state.decide(command).unwrap();
        state.evolve_all(&events)
    })
}

fn promoted(uploaded: Uploaded) -> Artifact {
    after([Command::Upload(uploaded), sound(), Command::Publish, Command::Promote])
}

fn refusal(artifact: &Artifact, command: Command) -> Code {
    artifact.decide(command).unwrap_err().code()
}

#[test]
fn an_artifact_is_launched_once_it_is_promoted() {
    assert!(promoted(runtime_cpu()).require_promoted().is_ok());
    let verified = after([Command::Upload(runtime_cpu()), sound()]);
    assert_eq!(refusal(&verified, Command::Promote), Code::ArtifactNotReady);
    assert_eq!(verified.require_promoted().unwrap_err().code(), Code::ArtifactNotReady);
}

#[test]
fn a_digest_that_the_registry_does_not_have_is_refused_by_code() {
    let missing = after([Command::Upload(runtime_cpu()), faulty(VerificationFault::NotInRegistry)]);
    assert_eq!(refusal(&missing, Command::Publish), Code::ArtifactNotInRegistry);
    let asked_again = missing.clone().evolve_all(&missing.decide(Command::RequestVerification).unwrap());
    assert_eq!(refusal(&asked_again, Command::Publish), Code::ArtifactNotReady);
    assert_eq!(missing.decide(faulty(VerificationFault::NotInRegistry)).unwrap(), []);
}

#[test]
fn a_tag_is_refused() {
    let tag = Uploaded { image: Image::Registry(Text::new("127.0.0.1:5000/lab:latest").unwrap()), ..runtime_cpu() };
    assert_eq!(refusal(&Artifact::default(), Command::Upload(tag)), Code::ImageTagRefused);
}

#[test]
fn a_retired_artifact_stays_retired() {
    let retired = promoted(runtime_cpu()).evolve(&Retired {}.into());
    for command in [Command::Publish, Command::Promote, Command::RequestVerification] {
        assert_eq!(refusal(&retired, command), Code::ArtifactRetired);
    }
    assert_eq!(retired.decide(sound()).unwrap(), []);
    assert_eq!(retired.decide(Command::Retire).unwrap(), []);
}

#[test]
fn what_the_registry_has_must_be_what_was_said() {
    let digest = format!("sha256:{}", "a1".repeat(32));
    let found = Inspection {
        digest: digest.clone(),
        media_type: MediaType::OciImageManifest.as_str().into(),
        config_digest: Some(digest.parse().unwrap()),
        architecture: Some("amd64".into()),
        size_bytes: 7,
    };
    assert_eq!(runtime_cpu().verify(&found).unwrap().size_bytes, 7);
    let other = format!("sha256:{}", "b2".repeat(32));
    for (spoilt, fault) in [
        (Inspection { digest: other, ..found.clone() }, VerificationFault::DigestMismatch),
        (Inspection { media_type: "application/json".into(), ..found.clone() }, VerificationFault::MediaTypeMismatch),
        (Inspection { config_digest: None, ..found.clone() }, VerificationFault::MediaTypeMismatch),
        (Inspection { architecture: Some("arm64".into()), ..found }, VerificationFault::ArchitectureMismatch),
    ] {
        assert_eq!(runtime_cpu().verify(&spoilt), Err(fault));
    }
}

fn profile() -> Profile {
    Profile::parse(&serde_json::from_str(include_str!("../profile/jupyterlab.json")).unwrap()).unwrap()
}

fn shape(model: Option<&str>) -> Shape {
    let gpu = model.map(|model| GpuShape { model: Text::new(model).unwrap(), count: 1 });
    Shape { architecture: Architecture::Amd64, cpu_cores: 4, memory_gib: 8, gpu }
}

fn selected(artifacts: &[Artifact], shape: &Shape, gpu_count: u16) -> Option<usize> {
    let id = |number: usize| ArtifactId::from_uuid(Uuid::from_u128(number as u128 + 1));
    let candidates: Vec<Candidate<'_>> =
        artifacts.iter().enumerate().map(|(number, artifact)| Candidate { id: id(number), artifact }).collect();
    let chosen = select(&profile(), &candidates, shape, gpu_count)?;
    (0..artifacts.len()).find(|number| id(*number) == chosen)
}

#[test]
fn the_artifact_is_chosen_by_processor_and_gpu() {
    let artifacts = [
        promoted(uploaded("runtime-amd-rocm", Architecture::Amd64, Some(Accelerator::Amd))),
        promoted(uploaded("runtime-cpu", Architecture::Arm64, None)),
        promoted(runtime_cpu()),
        promoted(uploaded("runtime-nvidia-h200", Architecture::Amd64, Some(Accelerator::Nvidia))),
        promoted(uploaded("somebody-elses", Architecture::Amd64, None)),
    ];
    let h200 = shape(Some("NVIDIA H200"));
    assert_eq!(selected(&artifacts, &h200, 1), Some(3));
    assert_eq!(selected(&artifacts, &h200, 0), Some(2));
    assert_eq!(selected(&artifacts, &shape(None), 0), Some(2));
    assert_eq!(selected(&artifacts[4..], &shape(None), 0), None);
    assert_eq!(selected(&artifacts[1..2], &shape(None), 0), Some(0), "so that the refusal says what is wrong");
}

#[test]
fn the_newest_promoted_artifact_is_chosen_before_any_other() {
    let draft = after([Command::Upload(runtime_cpu())]);
    let artifacts = [promoted(runtime_cpu()), promoted(runtime_cpu()), draft.clone()];
    assert_eq!(selected(&artifacts, &shape(None), 0), Some(1));
    assert_eq!(selected(&[promoted(runtime_cpu()).evolve(&Retired {}.into()), draft], &shape(None), 0), Some(1));
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(runtime_cpu().into()),
        Just(VerificationRequested {}.into()),
        Just(Verified { config_digest: None, size_bytes: 1 }.into()),
        Just(VerificationFailed { fault: VerificationFault::NotInRegistry }.into()),
        Just(Published {}.into()),
        Just(Promoted {}.into()),
        Just(Retired {}.into()),
    ]
}

proptest! {
    #[test]
    fn events_in_any_order_make_some_state(events in prop::collection::vec(any_event(), 0..12)) {
        let state = Artifact::default().evolve_all(&events);
        let known = events.iter().any(|event| event.name() == "artifact.uploaded");
        prop_assert_eq!(state.details().is_some(), known);
    }
}
