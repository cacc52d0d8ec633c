//! Every field of the schema, each in a configuration that has it.

use gpu_ec::config::{self, Config, FieldSpec, Kind, Source};

/// A robot with slides, a hinge, a motor and contacts.
const ROBOT: &str = r#"<mujoco><worldbody><geom type="plane" size="5 5 1"/><body name="b" pos="0 0 1">
<joint name="x" type="slide" axis="1 0 0"/><joint name="z" type="slide" axis="0 0 1"/><joint name="h" type="hinge" axis="0 1 0"/>
<geom type="capsule" fromto="0 0 -0.2 0 0 0.2" size="0.05"/></body></worldbody>
<actuator><motor joint="h" ctrlrange="-1 1" ctrllimited="true"/></actuator></mujoco>"#;
/// One with a muscle.
const MUSCLE: &str = r#"<mujoco><worldbody><body><joint name="j" axis="0 1 0" damping="0.1"/>
<geom type="capsule" size="0.02" fromto="0 0 0 0.3 0 0"/></body></worldbody>
<actuator><muscle name="m" joint="j" lengthrange="-1 1" force="20" ctrlrange="0 1"/></actuator></mujoco>"#;

/// A field and a file whose configuration has it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The file.
    pub text: String,
    /// The robot that it names, if it does.
    pub robot: Option<&'static str>,
    /// Path as in `--set`.
    pub path: String,
    /// What is known of the field.
    pub spec: &'static FieldSpec,
}

impl Site {
    /// The configuration with these settings.
    pub fn load(&self, sets: &[String]) -> Result<Config, String> {
        let source = Source { robot: self.robot.map(String::from), ..Source::new("test.ron", &self.text) };
        config::load(source, sets).map_err(|error| error.to_string())
    }

    /// The path of what the field is a part of.
    pub fn parent(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(parent, _)| parent)
    }
}

/// A file of these three, every optional section given.
pub fn file(task: &str, network: &str, algorithm: &str) -> String {
    let independent = ["Forward", "Dqsn", "Synapse"].iter().any(|name| algorithm.starts_with(name));
    let curriculum = if independent { "None" } else { "(start_length: 20)" };
    format!("(\n  task: {task},\n  network: {network},\n  algorithm: {algorithm},\n  curriculum: {curriculum},\n)\n")
}

/// Partners of an alternative of `task`, `network` or `algorithm`, this one being written as `own`.
fn around(field: &str, name: &str, own: &str) -> String {
    match (field, name) {
        ("task", _) => file(own, "Rsnn(neurons: 32)", "Ec(population: 4)"),
        ("network", "Rsnn") => file("CartPole()", own, "Ec(population: 4)"),
        ("network", "RsnnF32") => file("CartPole()", own, "Es(population: 4)"),
        ("network", "Reservoir") => file("ArmBalance()", own, "Es(population: 4)"),
        ("network", "Enu") => file("CartPole()", own, "Es(population: 4)"),
        ("network", "EnuNetwork") => file("Hopper()", own, "Es(population: 4)"),
        ("network", "TickNet") => file("CartPole()", own, "Es(population: 4)"),
        ("network", _) => file("CartPole()", &format!("{name}(weights: OneBit)"), "Ec(population: 4)"),
        (_, "Ec") => file("CartPole()", "Rsnn(neurons: 32)", own),
        (_, "Es") => file("CartPole()", "RsnnF32(neurons: 32)", own),
        (_, "Ppo") => file("CartPole()", "RsnnF32(neurons: 32)", own),
        (_, "Dqsn" | "SynapseAgents") => file("CartPole()", "TickNet()", own),
        _ => file("ArmBalance()", "Reservoir(neurons: 32)", own),
    }
}

/// What an item of a list cannot do without.
fn required(fields: &[FieldSpec]) -> String {
    let value = |field: &FieldSpec| match field.kind {
        Kind::Interval => format!("{}: (-1, 1)", field.name),
        _ => format!("{}: 0", field.name),
    };
    fields.iter().filter(|field| field.required).map(value).collect::<Vec<_>>().join(", ")
}

/// All fields with single values, in every alternative that has them.
pub fn sites() -> Vec<Site> {
    let mut list = vec![];
    let plain = around("task", "CartPole", "CartPole()");
    for field in Config::FIELDS {
        let site = |text: &str, path: String, spec| Site { text: text.into(), robot: None, path, spec };
        match field.kind {
            Kind::Section(fields) | Kind::Optional(&Kind::Section(fields)) => {
                list.extend(fields.iter().map(|spec| site(&plain, format!("{}.{}", field.name, spec.name), spec)));
            }
            Kind::Variants(variants) => {
                for variant in variants {
                    list.extend(alternative(field.name, variant.name, variant.fields));
                }
            }
            _ => list.push(site(&plain, field.name.into(), field)),
        }
    }
    list
}

fn alternative(field: &str, name: &str, fields: &'static [FieldSpec]) -> Vec<Site> {
    let own = name == "Locomotion";
    let start = if own { "robot: \"r.xml\", " } else { "" };
    let mut list = vec![];
    for spec in fields {
        let path = format!("{field}.{}", spec.name);
        let item = |item: &str, below: &'static [FieldSpec]| {
            let muscles = ["MuscleLengths", "MuscleVelocities", "MuscleForces", "Activations", "ActivationCost"];
            let robot = own.then_some(if muscles.contains(&item) { MUSCLE } else { ROBOT });
            let needs = required(below);
            let text = around(field, name, &format!("{name}({start}{}: [{item}({needs})])", spec.name));
            let site = |spec: &'static FieldSpec| {
                let path = format!("{path}[0].{}", spec.name);
                Site { text: text.clone(), robot, path, spec }
            };
            below.iter().map(site).collect::<Vec<_>>()
        };
        match spec.kind {
            Kind::List(&Kind::Variants(items)) => {
                list.extend(items.iter().flat_map(|each| item(each.name, each.fields)));
            }
            Kind::List(&Kind::Section(fields)) => list.extend(item("", fields)),
            _ => {
                let text = around(field, name, &format!("{name}({start})"));
                list.push(Site { text, robot: own.then_some(ROBOT), path, spec });
            }
        }
    }
    list
}
