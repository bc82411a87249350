//! What is asked at launch, and how it is shown.

use serde_json::{Map, Value};

use crate::bounded::Text;
use crate::event::{fields, words};

words! {
    /// A part of the launch wizard.
    pub enum ComponentKind {
        /// Picks the allocation.
        TargetAllocation = "platform.target_allocation",
        /// Picks the artifact.
        ArtifactSelector = "platform.artifact_selector",
        /// Picks a credential to reach the host with.
        AccessCredential = "platform.access_credential",
        /// Picks the app's own machine identity.
        OperatorServiceAccount = "platform.operator_service_account",
        /// Shows everything once more.
        Review = "platform.review",
        /// Asks for a parameter.
        Field = "field",
    }
}

fields! {
    /// What is asked at launch.
    pub struct Parameters {
        /// JSON Schema of the values, an object.
        pub schema: Map<String, Value>,
        /// How they are shown.
        #[serde(default)]
        pub ui: Ui,
    }

    /// How parameters are shown.
    #[derive(Default)]
    pub struct Ui {
        /// In which order.
        #[serde(default)]
        pub order: Vec<Text<64>>,
        /// Together with which others.
        #[serde(default)]
        pub groups: Vec<Group>,
        /// Step by step.
        pub launch_wizard: Option<Wizard>,
    }

    /// Parameters that belong together.
    pub struct Group {
        /// Its id.
        pub id: Text<48>,
        /// Its heading.
        pub title: Text<120>,
        /// Which parameters.
        pub fields: Vec<Text<64>>,
    }

    /// The launch, step by step.
    pub struct Wizard {
        /// The steps, in order.
        pub steps: Vec<WizardStep>,
    }

    /// A step of the launch.
    pub struct WizardStep {
        /// Its id.
        pub id: Text<48>,
        /// Its heading.
        pub title: Text<120>,
        /// What to do.
        pub description: Option<Text<500>>,
        /// What is in it.
        pub components: Vec<Component>,
    }

    /// A part of a step.
    pub struct Component {
        /// Which.
        pub kind: ComponentKind,
        /// The parameter, of a field.
        pub name: Option<Text<64>>,
        /// Whether it has to be filled in.
        #[serde(default)]
        pub required: bool,
    }
}

impl Parameters {
    /// The declared parameters: name and schema.
    pub fn declared(&self) -> impl Iterator<Item = (&str, &Value)> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    /// Whether a parameter of this name is declared.
    #[must_use]
    pub fn declares(&self, name: &str) -> bool {
        self.declared().any(|(declared, _)| declared == name)
    }

    /// What a parameter is if nothing is given.
    #[must_use]
    pub fn default_of(&self, name: &str) -> Option<&Value> {
        self.declared().find(|(declared, _)| *declared == name)?.1.get("default")
    }

    /// Every parameter that the UI speaks of, with where it does.
    pub(super) fn mentioned(&self) -> Vec<(String, &str)> {
        let ui = &self.ui;
        let order = ui.order.iter().map(|name| ("parameters.ui.order".to_owned(), name.as_str()));
        let groups = ui.groups.iter().flat_map(|group| {
            group.fields.iter().map(move |name| (format!("parameters.ui.groups.{}", group.id), name.as_str()))
        });
        let steps = ui.launch_wizard.iter().flat_map(|wizard| &wizard.steps).flat_map(|step| {
            let place = format!("parameters.ui.launch_wizard.steps.{}", step.id);
            step.components.iter().filter_map(move |component| Some((place.clone(), component.name.as_deref()?)))
        });
        order.chain(groups).chain(steps).collect()
    }
}
