//! Attributes of motors and muscles, the tendons that they pull, and the muscles' laws.

use super::{
    NONE, Vocabulary,
    bodies::{DRIVE, DRY},
};

const SERVO: &str = "the drive's own armature and damping are not simulated: give them to the joint";
const LATE: &str = "controls act at once: delays are not simulated";

const TRANSMISSION: &str =
    "an actuator drives a slide or hinge joint, or a tendon: other transmissions are not simulated";

const FORCE: &str = "forces are not bounded by themselves here: for a motor, bound the control such that gear times \
    control stays within";

const ACTUATOR_FIXED: &[(&str, &[&str], &str)] = &[
    ("armature", &["0"], SERVO),
    ("damping", &["0"], SERVO),
    ("delay", &["0"], LATE),
    ("forcelimited", &["false", "auto"], FORCE),
    ("nsample", &["0"], LATE),
];

const ACTUATOR_REFUSED: &[(&str, &str)] = &[
    ("cranklength", TRANSMISSION),
    ("cranksite", TRANSMISSION),
    ("forcerange", FORCE),
    ("jointinparent", TRANSMISSION),
    ("refsite", TRANSMISSION),
    ("site", TRANSMISSION),
    ("slidersite", TRANSMISSION),
];

const ACTUATOR_OWN: &[&str] = &["name", "class", "joint", "tendon", "lengthrange", "tausmooth"];

pub const MOTOR: Vocabulary = Vocabulary {
    read: &["name", "class", "joint", "tendon", "gear", "ctrllimited", "ctrlrange", "lengthrange"],
    harmless: &["group", "interp", "user"],
    fixed: ACTUATOR_FIXED,
    refused: ACTUATOR_REFUSED,
    own: ACTUATOR_OWN,
    ..NONE
};

pub const MUSCLE: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "joint",
        "tendon",
        "gear",
        "ctrllimited",
        "ctrlrange",
        "lengthrange",
        "range",
        "force",
        "scale",
        "lmin",
        "lmax",
        "vmax",
        "fpmax",
        "fvmax",
        "timeconst",
        "tausmooth",
    ],
    ..MOTOR
};

/// Attributes of both kinds of tendon.
pub const FIXED_TENDON: Vocabulary = Vocabulary {
    read: &["name", "class", "limited", "range", "stiffness", "damping", "springlength", "solreflimit", "solimplimit"],
    harmless: &["group", "user", "solimpfriction", "solreffriction"],
    fixed: &[
        ("actuatorfrclimited", &["false", "auto"], DRIVE),
        ("armature", &["0"], "inertia of tendons is not simulated"),
        ("frictionloss", &["0"], DRY),
        ("margin", &["0"], "the limit would act before it is reached: write it into the range"),
    ],
    refused: &[("actuatorfrcrange", DRIVE)],
    own: &["name", "class", "actuatorfrclimited", "actuatorfrcrange", "armature"],
    parts: &["joint"],
    ..NONE
};

/// Attributes of a spatial tendon, which is drawn, and of the defaults of both kinds.
pub const TENDON: Vocabulary = Vocabulary {
    harmless: &["group", "user", "solimpfriction", "solreffriction", "material", "rgba", "width"],
    parts: &["site"],
    ..FIXED_TENDON
};

pub const TENDON_SITE: Vocabulary = Vocabulary { read: &["site"], ..NONE };
pub const TENDON_JOINT: Vocabulary = Vocabulary { read: &["joint", "coef"], ..NONE };

/// Attributes of a `<text>` of `<custom>` that defines muscle laws.
pub const CUSTOM_TEXT: Vocabulary = Vocabulary { read: &["name", "data"], ..NONE };
