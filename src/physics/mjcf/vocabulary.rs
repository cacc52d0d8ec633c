//! The attributes each element may have: read, skipped, held at the values that are supported, or refused with what
//! to do instead.

/// The attributes that an element may have.
pub(super) struct Vocabulary {
    /// Attributes that change the model.
    pub(super) read: &'static [&'static str],
    /// Attributes without effect on the motion: names, colours, solver budgets. They are skipped and counted.
    pub(super) harmless: &'static [&'static str],
    /// Attributes that are skipped and counted although MuJoCo's motion may depend on them, and how.
    pub(super) unlike: &'static [(&'static str, &'static str)],
    /// Attributes that are accepted only with these values, and what to know about others.
    pub(super) fixed: &'static [(&'static str, &'static [&'static str], &'static str)],
    /// Attributes of MJCF that are refused, with what they would change and what to do.
    pub(super) refused: &'static [(&'static str, &'static str)],
    /// Attributes that only an element itself can have, not its default.
    pub(super) own: &'static [&'static str],
    /// Elements that it may hold.
    pub(super) parts: &'static [&'static str],
}

impl Vocabulary {
    /// Returns the attributes to offer in an error message.
    pub(super) fn listing(&self) -> String {
        if self.read.is_empty() { "no attribute".into() } else { self.read.join(", ") }
    }
}

const NONE: Vocabulary =
    Vocabulary { read: &[], harmless: &[], unlike: &[], fixed: &[], refused: &[], own: &[], parts: &[] };

/// Sections without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_SECTIONS: &[&str] = &["asset", "keyframe", "sensor", "size", "statistic", "visual"];

/// Sections that are skipped where they hold nothing, and refused otherwise.
pub(super) const EMPTY_SECTIONS: &[&str] = &["deformable", "equality", "extension"];

/// Sections that are read.
pub(super) const SECTIONS: &[&str] =
    &["compiler", "option", "default", "worldbody", "contact", "actuator", "tendon", "custom"];

/// Parts of a body without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_PARTS: &[&str] = &["camera", "light"];

/// Classes of elements that are skipped or refused anyway, so that their defaults do nothing.
pub(super) const SKIPPED_DEFAULTS: &[&str] = &["camera", "equality", "light", "material", "mesh", "pair", "texture"];

const XYAXES: (&str, &str) = ("xyaxes", "write the same orientation as quat, axisangle, euler or zaxis");

/// The root.
pub(super) const ROOT: Vocabulary = Vocabulary { harmless: &["model"], parts: SECTIONS, ..NONE };

/// A section that takes no attributes.
pub(super) const SECTION: Vocabulary = Vocabulary { parts: &["its own"], ..NONE };

pub(super) const DEFAULT: Vocabulary = Vocabulary { read: &["class"], parts: &["default"], ..NONE };

pub(super) const COMPILER: Vocabulary = Vocabulary {
    read: &["angle", "eulerseq", "inertiafromgeom", "autolimits", "settotalmass"],
    harmless: &[
        "assetdir",
        "conflict",
        "fitaabb",
        "meshdir",
        "savecanonical",
        "savecompiled",
        "saveinertial",
        "strippath",
        "texturedir",
        "usethread",
    ],
    fixed: &[
        ("alignfree", &["false"], "aligning free bodies with their inertia changes what their qpos means"),
        ("balanceinertia", &["false"], "it changes moments that no body can have: give right ones in <inertial>"),
        ("boundinertia", &["0"], "it raises small moments of inertia: write the raised ones into <inertial>"),
        ("boundmass", &["0"], "it raises small masses: write the raised ones into <inertial>"),
        ("coordinate", &["local"], "write places in the frame of the body around them"),
        ("discardvisual", &["false"], "without it, geoms that only are seen stay: they touch nothing"),
        ("fusestatic", &["false"], "it makes one body of several: without it the motion is the same"),
        ("inertiagrouprange", &["0 5"], "other geoms would give no mass: set their mass to 0 instead"),
        ("passthrough", &["false"], "remove it"),
    ],
    parts: &["lengthrange"],
    ..NONE
};

/// How MuJoCo searches for lengths of muscles; here they are always given.
pub(super) const LENGTH_RANGE: Vocabulary = Vocabulary {
    harmless: &["accel", "interval", "inttotal", "maxforce", "mode", "timeconst", "timestep", "tolrange", "uselimit"],
    fixed: &[("useexisting", &["true"], "the lengthrange that a muscle has in the file is used")],
    ..NONE
};

const CONVERGES: &str = "MuJoCo may stop short of the solution, which the stepper always finds";

/// The solver's kind and budget: the constraint problem has one solution and the stepper converges to it.
pub(super) const OPTION: Vocabulary = Vocabulary {
    read: &["timestep", "gravity", "integrator", "density", "viscosity", "wind", "solver"],
    harmless: &[
        "ccd_iterations",
        "ccd_tolerance",
        "jacobian",
        "magnetic",
        "noslip_tolerance",
        "o_friction",
        "o_margin",
        "o_solimp",
        "o_solref",
        "sdf_initpoints",
        "sdf_iterations",
        "sleep_tolerance",
    ],
    unlike: &[
        ("iterations", CONVERGES),
        ("ls_iterations", CONVERGES),
        ("ls_tolerance", CONVERGES),
        ("tolerance", CONVERGES),
    ],
    fixed: &[
        ("cone", &["pyramidal"], "friction in an elliptic cone is not simulated: a pyramid slides at other forces"),
        ("impratio", &["1"], "friction would be softer or stiffer against the normal force"),
        ("noslip_iterations", &["0"], "without it, contacts creep a little, as MuJoCo's do by default"),
    ],
    refused: &[("actuatorgroupdisable", "it switches actuators off: remove it, and those actuators")],
    parts: &["flag"],
    ..NONE
};

/// PGS is read by hand: of the three solvers it alone stops far from the solution.
pub(super) const PGS: &str = "MuJoCo's PGS stops short of the solution, which the stepper always finds";

const EXPLICIT: &str = "without it damping is integrated implicitly, which moves differently at coarse steps: \
    to keep the motion close, use a smaller timestep";

/// Switches; those held at one value change the motion.
pub(super) const FLAG: Vocabulary = Vocabulary {
    harmless: &[
        "autoreset",
        "energy",
        "equality",
        "frictionloss",
        "fwdinv",
        "invdiscrete",
        "island",
        "midphase",
        "multiccd",
        "nativeccd",
        "sensor",
        "warmstart",
    ],
    fixed: &[
        ("actuation", &["enable"], "without actuation nothing is driven: remove the flag and the <actuator> section"),
        (
            "clampctrl",
            &["enable"],
            "without clamping controls may leave their range: remove the flag and set ctrllimited=\"false\"",
        ),
        (
            "constraint",
            &["enable"],
            "without it nothing touches and no limit acts: remove the flag, set contype=\"0\" \
            conaffinity=\"0\" on all geoms and limited=\"false\" on all joints and tendons",
        ),
        (
            "contact",
            &["enable"],
            "removing the flag alone would let geoms touch: set contype=\"0\" conaffinity=\"0\" on all geoms as well",
        ),
        (
            "damper",
            &["enable"],
            "removing the flag alone would let dampers act: set damping=\"0\" on all joints and tendons as well",
        ),
        ("diagexact", &["disable"], "it makes limits and contacts softer or stiffer, which is not simulated"),
        ("eulerdamp", &["enable"], EXPLICIT),
        ("filterparent", &["enable"], "it lets a body touch its parent, which is not simulated"),
        (
            "gravity",
            &["enable"],
            "removing the flag alone would let everything fall: set gravity=\"0 0 0\" in <option> as well",
        ),
        ("ipc", &["disable"], "that kind of contact is not simulated"),
        (
            "limit",
            &["enable"],
            "removing the flag alone would let limits act: set limited=\"false\" on all joints and tendons as well",
        ),
        (
            "override",
            &["disable"],
            "it gives all contacts the o_ parameters of <option>: write them at the geoms instead",
        ),
        ("refsafe", &["enable"], "without it a solref below two time steps is taken as it is, which is not simulated"),
        ("sleep", &["disable"], "bodies at rest would stop to move, which is not simulated"),
        (
            "spring",
            &["enable"],
            "removing the flag alone would let springs act: set stiffness=\"0\" on all joints and tendons as well",
        ),
    ],
    ..NONE
};

pub(super) const BODY: Vocabulary = Vocabulary {
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

pub(super) const INERTIAL: Vocabulary = Vocabulary {
    read: &["pos", "mass", "diaginertia", "fullinertia", "quat", "axisangle", "euler", "zaxis"],
    refused: &[XYAXES],
    ..NONE
};

pub(super) const FREE_JOINT: Vocabulary = Vocabulary {
    read: &["name"],
    harmless: &["group"],
    fixed: &[("align", &["false", "auto"], "aligning a free body with its inertia changes what its qpos means")],
    ..NONE
};

const DRY: &str = "dry friction is not simulated: with 0 it moves where MuJoCo's holds still or slows down. damping \
    resists, too, but \
    in proportion to speed";

const DRIVE: &str = "the force of its actuators would be bounded, which is not simulated: a ctrlrange such that gear \
    times control stays \
    within it does the same for one motor";

pub(super) const JOINT: Vocabulary = Vocabulary {
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

const MESH: &str = "meshes are not simulated: delete the geom if it only is seen (contype=\"0\" conaffinity=\"0\", \
    and its body has \
    <inertial> or the geom no mass); else replace it by spheres, capsules or boxes of its shape, as its contacts and \
    mass are lost with it";

pub(super) const GEOM: Vocabulary = Vocabulary {
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

/// What is said of words of MJCF that are refused.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "ball",
        "ball joints are not simulated: three hinges in one place move alike, but not in every pose, and have limits \
            and springs of their own",
    ),
    ("discrete", INTEGRATORS),
    ("hfield", "height fields are not simulated: planes or boxes may be near to them"),
    ("implicit", INTEGRATORS),
    ("implicitfast", INTEGRATORS),
    ("mesh", MESH),
    ("sdf", "signed distance fields are not simulated"),
];

const INTEGRATORS: &str =
    "another integrator moves a little differently; with Euler, joint damping is integrated implicitly as well";

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

pub(super) const MOTOR: Vocabulary = Vocabulary {
    read: &["name", "class", "joint", "tendon", "gear", "ctrllimited", "ctrlrange", "lengthrange"],
    harmless: &["group", "interp", "user"],
    fixed: ACTUATOR_FIXED,
    refused: ACTUATOR_REFUSED,
    own: ACTUATOR_OWN,
    ..NONE
};

pub(super) const MUSCLE: Vocabulary = Vocabulary {
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

/// Only where it is matters; the rest is for the eye.
pub(super) const SITE: Vocabulary = Vocabulary {
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

/// `<text>` of `<custom>` that has a meaning here.
pub(super) const CUSTOM_TEXT: Vocabulary = Vocabulary { read: &["name", "data"], ..NONE };

/// What both kinds of tendon may have.
pub(super) const FIXED_TENDON: Vocabulary = Vocabulary {
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

/// A tendon that is drawn, and the defaults of both kinds.
pub(super) const TENDON: Vocabulary = Vocabulary {
    harmless: &["group", "user", "solimpfriction", "solreffriction", "material", "rgba", "width"],
    parts: &["site"],
    ..FIXED_TENDON
};

pub(super) const TENDON_SITE: Vocabulary = Vocabulary { read: &["site"], ..NONE };

pub(super) const TENDON_JOINT: Vocabulary = Vocabulary { read: &["joint", "coef"], ..NONE };

pub(super) const EXCLUDE: Vocabulary = Vocabulary { read: &["name", "body1", "body2"], ..NONE };
