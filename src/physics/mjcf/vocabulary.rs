//! The attributes each element may have: read, without effect on the motion, or held at the one value that is supported.

/// The attributes that an element may have.
pub(super) struct Vocabulary {
    /// Attributes that change the model.
    pub(super) read: &'static [&'static str],
    /// Attributes without effect on the motion: names, colours, solver budgets.
    pub(super) harmless: &'static [&'static str],
    /// Attributes that are accepted only with these values.
    pub(super) fixed: &'static [(&'static str, &'static [&'static str])],
}

impl Vocabulary {
    pub(super) fn knows(&self, name: &str) -> bool {
        self.read.contains(&name) || self.harmless.contains(&name)
    }

    /// The attributes to offer in an error message.
    pub(super) fn listing(&self) -> String {
        self.read.join(", ")
    }
}

/// Sections without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_SECTIONS: &[&str] = &["asset", "keyframe", "sensor", "size", "statistic", "visual"];

/// Parts of a body without effect on the motion; they are skipped and counted.
pub(super) const SKIPPED_PARTS: &[&str] = &["camera", "light"];

/// Classes of elements that are skipped or refused anyway, so that their defaults do nothing.
pub(super) const SKIPPED_DEFAULTS: &[&str] = &["camera", "equality", "light", "material", "mesh", "pair"];

pub(super) const COMPILER: Vocabulary = Vocabulary {
    read: &["angle", "eulerseq", "inertiafromgeom", "autolimits", "settotalmass"],
    harmless: &["assetdir", "meshdir", "strippath", "texturedir", "usethread"],
    fixed: &[
        ("alignfree", &["false"]),
        ("balanceinertia", &["false"]),
        ("boundinertia", &["0"]),
        ("boundmass", &["0"]),
        ("coordinate", &["local"]),
        ("discardvisual", &["false"]),
        ("fusestatic", &["false"]),
    ],
};

/// The solver's kind and budget are harmless: the constraint problem has one solution and the stepper converges to it.
pub(super) const OPTION: Vocabulary = Vocabulary {
    read: &["timestep", "gravity", "integrator", "density", "viscosity", "wind"],
    harmless: &[
        "ccd_iterations",
        "ccd_tolerance",
        "iterations",
        "jacobian",
        "ls_iterations",
        "ls_tolerance",
        "magnetic",
        "noslip_tolerance",
        "sdf_initpoints",
        "sdf_iterations",
        "tolerance",
    ],
    fixed: &[
        ("cone", &["pyramidal"]),
        ("impratio", &["1"]),
        ("noslip_iterations", &["0"]),
        ("solver", &["Newton", "CG", "PGS"]),
    ],
};

pub(super) const BODY: Vocabulary = Vocabulary {
    read: &["name", "childclass", "pos", "quat", "axisangle", "euler", "zaxis"],
    harmless: &["user"],
    fixed: &[("gravcomp", &["0"]), ("mocap", &["false"])],
};

pub(super) const INERTIAL: Vocabulary = Vocabulary {
    read: &["pos", "mass", "diaginertia", "fullinertia", "quat", "axisangle", "euler", "zaxis"],
    harmless: &[],
    fixed: &[],
};

pub(super) const FREE_JOINT: Vocabulary =
    Vocabulary { read: &["name"], harmless: &["group"], fixed: &[("align", &["false"])] };

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
        ("actuatorfrclimited", &["false"]),
        ("actuatorgravcomp", &["false"]),
        ("frictionloss", &["0"]),
        ("springdamper", &["0"]),
    ],
};

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
    harmless: &["fluidcoef", "group", "material", "rgba", "user"],
    fixed: &[("fluidshape", &["none"]), ("gap", &["0"]), ("priority", &["0"]), ("shellinertia", &["false"])],
};

pub(super) const MOTOR: Vocabulary = Vocabulary {
    read: &["name", "class", "joint", "tendon", "gear", "ctrllimited", "ctrlrange"],
    harmless: &["group", "user"],
    fixed: &[("forcelimited", &["false"])],
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
    harmless: &["group", "user"],
    fixed: &[("forcelimited", &["false"]), ("actlimited", &["false"]), ("actearly", &["false"])],
};

/// Only where it is matters; the rest is for the eye.
pub(super) const SITE: Vocabulary = Vocabulary {
    read: &["name", "class", "pos", "fromto"],
    harmless: &["type", "group", "size", "quat", "axisangle", "xyaxes", "zaxis", "euler", "material", "rgba", "user"],
    fixed: &[],
};

/// `<text>` of `<custom>` that has a meaning here.
pub(super) const CUSTOM_TEXT: Vocabulary = Vocabulary { read: &["name", "data"], harmless: &[], fixed: &[] };

/// Both kinds of tendon.
pub(super) const TENDON: Vocabulary = Vocabulary {
    read: &["name", "class", "limited", "range", "stiffness", "damping", "springlength", "solreflimit", "solimplimit"],
    harmless: &["group", "material", "rgba", "user", "width", "solimpfriction", "solreffriction"],
    fixed: &[("actuatorfrclimited", &["false"]), ("armature", &["0"]), ("frictionloss", &["0"]), ("margin", &["0"])],
};

pub(super) const TENDON_SITE: Vocabulary = Vocabulary { read: &["site"], harmless: &[], fixed: &[] };

pub(super) const EXCLUDE: Vocabulary = Vocabulary { read: &["body1", "body2"], harmless: &["name"], fixed: &[] };

pub(super) const TENDON_JOINT: Vocabulary = Vocabulary { read: &["joint", "coef"], harmless: &[], fixed: &[] };

/// An element that takes no attributes but a name.
pub(super) const SECTION: Vocabulary = Vocabulary { read: &[], harmless: &["class", "model", "name"], fixed: &[] };
