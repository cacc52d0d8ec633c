//! Attributes of `<compiler>`, `<option>` and `<flag>`: the settings of the whole model.

use super::{NONE, Vocabulary};

pub const COMPILER: Vocabulary = Vocabulary {
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

/// Settings of MuJoCo's search for length ranges of muscles, which are always given here.
pub const LENGTH_RANGE: Vocabulary = Vocabulary {
    harmless: &["accel", "interval", "inttotal", "maxforce", "mode", "timeconst", "timestep", "tolrange", "uselimit"],
    fixed: &[("useexisting", &["true"], "the lengthrange that a muscle has in the file is used")],
    ..NONE
};

const CONVERGES: &str = "MuJoCo may stop short of the solution, which the stepper always finds";

/// Attributes of `<option>`. The solver's kind and budget are skipped, since the stepper converges to the constraint
/// problem's only solution.
pub const OPTION: Vocabulary = Vocabulary {
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

/// Effect of PGS, the only one of the three solvers that stops far from the solution. It is therefore read
/// separately.
pub const PGS: &str = "MuJoCo's PGS stops short of the solution, which the stepper always finds";

const EXPLICIT: &str = "without it damping is integrated implicitly, which moves differently at coarse steps: \
    to keep the motion close, use a smaller timestep";

/// Switches. Those restricted to one value would change the motion.
pub const FLAG: Vocabulary = Vocabulary {
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
