//! The outsider's verifier agrees with every vector of the format.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::python;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/vectors")
}

fn vectors() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("vectors.json")).unwrap()).unwrap()
}

/// Runs it over the files that a list of the vectors names; gives each answer with what is expected.
fn answers(list: &str, under: &str) -> Vec<(String, Value, Value)> {
    let vectors = vectors();
    let expected = vectors[list].as_object().unwrap();
    let files: Vec<PathBuf> = expected.keys().map(|name| folder().join(under).join(format!("{name}.gpulog"))).collect();
    let current = vectors["keys"].as_array().unwrap().last().unwrap().as_str().unwrap();
    let answers = python::verify(&files, current);
    assert!(!answers.is_empty());
    expected.iter().zip(answers).map(|((name, expected), answer)| (name.clone(), expected.clone(), answer)).collect()
}

#[test]
fn the_outsider_finds_the_listed_fault_in_every_bad_vector() {
    for (name, expected, answer) in answers("bad", "bad") {
        let found = json!({"position": answer["position"], "kind": answer["fault"]});
        assert_eq!(found["position"], expected["position"], "{name}: {answer}");
        assert_eq!(found["kind"], expected["kind"], "{name}: {answer}");
    }
}

#[test]
fn the_outsider_finds_the_good_vectors_good() {
    for (name, expected, answer) in answers("good", "") {
        let found = json!([answer["kind"], answer["entries"], answer["root"]]);
        assert_eq!(found, expected, "{name}: {answer}");
    }
}

#[test]
fn no_vector_is_left_out() {
    let listed = vectors()["bad"].as_object().unwrap().len();
    assert_eq!(std::fs::read_dir(folder().join("bad")).unwrap().count(), listed);
}
