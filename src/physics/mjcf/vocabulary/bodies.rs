//! Attributes of bodies and their contents (joints, geoms, sites, inertia), and of excluded contacts.

use super::{NONE, Vocabulary};

const XYAXES: (&str, &str) = ("xyaxes", "write the same orientation as quat, axisangle, euler or zaxis");

pub const DRY: &str = "dry friction is not simulated: with 0 it moves where MuJoCo's holds still or slows down. damping \
    resists, too, but \
    in proportion to speed";

pub const DRIVE: &str = "the force of its actuators would be bounded, which is not simulated: a ctrlrange such that gear \
    times control stays \
    within it does the same for one motor";

pub const MESH: &str = "meshes are not simulated: delete the geom if it only is seen (contype=\"0\" conaffinity=\"0\", \
    and its body has \
    <inertial> or the geom no mass); else replace it by spheres, capsules or boxes of its shape, as its contacts and \
    mass are lost with it";

pub const BODY: Vocabulary = Vocabulary {
    read: &["name", "childclass", "pos", "quat", "axisangle", "euler", "zaxis"],
    harmless: &["fuse", "sleep", "user"],
    fixed: &[
        ("gravcomp", &["0"], "compensated gravity is not simulated: with 0 the body falls"),
        (
            "mocap",
            &["false"],
            "bodies that are put somewhere from outside are not simulated: without mocap it stays in its place",
        ),
        ("simple", &["auto"], "it changes how soft the contacts of the body are"),
    ],
    refused: &[XYAXES],
    parts: &["body", "geom", "site", "joint", "freejoint", "inertial", "camera", "light"],
    ..NONE
};

pub const INERTIAL: Vocabulary = Vocabulary {
    read: &["pos", "mass", "diaginertia", "fullinertia", "quat", "axisangle", "euler", "zaxis"],
    refused: &[XYAXES],
    ..NONE
};

pub const FREE_JOINT: Vocabulary = Vocabulary {
    read: &["name"],
    harmless: &["group"],
    fixed: &[("align", &["false", "auto"], "aligning a free body with its inertia changes what its qpos means")],
    ..NONE
};

pub const JOINT: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "pos",
        "axis",
        "limited",
        "range",
        "solreflimit",
        "solimplimit",
        "stiffness",
        "ref",
        "springref",
        "armature",
        "damping",
        "margin",
    ],
    harmless: &["group", "solimpfriction", "solreffriction", "user"],
    fixed: &[
        ("actuatorfrclimited", &["false", "auto"], DRIVE),
        ("actuatorgravcomp", &["false"], "compensated gravity is not simulated"),
        ("frictionloss", &["0"], DRY),
        ("springdamper", &["0"], "write the stiffness and the damping that it stands for"),
    ],
    refused: &[("actuatorfrcrange", DRIVE)],
    own: &["name", "class"],
    ..NONE
};

pub const GEOM: Vocabulary = Vocabulary {
    read: &[
        "name",
        "class",
        "type",
        "contype",
        "conaffinity",
        "condim",
        "size",
        "fromto",
        "pos",
        "quat",
        "axisangle",
        "euler",
        "zaxis",
        "mass",
        "density",
        "friction",
        "margin",
        "solref",
        "solimp",
        "solmix",
    ],
    harmless: &["fitscale", "fluidcoef", "group", "material", "rgba", "user"],
    fixed: &[
        ("adhesion", &["0"], "contacts that stick are not simulated"),
        ("fluidshape", &["none"], "the medium acts on the box of a body's inertia; forces on ellipsoids are others"),
        ("gap", &["0"], "MuJoCo 3.17 moves the same without it; older versions took it from the margin"),
        ("priority", &["0"], "contacts mix the parameters of both geoms: write those of the stronger one at both"),
        ("shellinertia", &["false"], "the moments of a shell are larger: write them into <inertial>"),
        ("surfacevel", &["0"], "surfaces that move like a conveyor's are not simulated"),
    ],
    refused: &[("hfield", "height fields are not simulated: replace it by planes or boxes"), ("mesh", MESH), XYAXES],
    own: &["name", "class"],
    ..NONE
};

/// Attributes of a site, of which only the position matters. The others affect only its look.
pub const SITE: Vocabulary = Vocabulary {
    read: &["name", "class", "pos", "fromto"],
    harmless: &[
        "type",
        "group",
        "size",
        "mesh",
        "quat",
        "axisangle",
        "xyaxes",
        "zaxis",
        "euler",
        "material",
        "rgba",
        "user",
    ],
    own: &["name", "class"],
    ..NONE
};

pub const EXCLUDE: Vocabulary = Vocabulary { read: &["name", "body1", "body2"], ..NONE };
