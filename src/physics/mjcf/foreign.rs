//! Advice on MJCF elements outside the subset: what is lost without them, and what to do.

/// Returns advice on an unsupported element, if there is any.
pub(super) fn advice(tag: &str) -> Option<String> {
    let text = match tag {
        "equality" | "connect" | "weld" | "flex" | "flexvert" | "flexstrain" => {
            "parts that are tied together by equations are not simulated, and without them move apart: bodies that are \
             welded can be written as one body; otherwise this robot cannot be simulated here"
        }
        "extension" | "plugin" => "plugins are not simulated: without them what they do is lost",
        "deformable" | "composite" | "flexcomp" | "skin" => {
            "soft bodies, cables and cloth are not simulated: without them the robot is another"
        }
        "frame" => "write its place and orientation into each element in it, and those elements without it",
        "replicate" => "write out the copies",
        "attach" | "model" => "write the attached model into this file",
        "pair" => {
            "contacts follow from the geoms: write its parameters at the two geoms, and a contype and conaffinity \
                that let them touch"
        }
        "general" => {
            "a general actuator of fixed gain without bias and dynamics is <motor gear=\"...\"> with gear times \
                gain; one of the muscle's \
             kind is <muscle>; others are not simulated"
        }
        "position" | "intvelocity" | "orientation" | "pid" => {
            "servos are not simulated: a <motor> takes the force itself as its control, which the controller has to \
                compute"
        }
        "velocity" | "damper" | "cylinder" | "dcmotor" => {
            "its force depends on the speed, which is not simulated: damping of the joint and a <motor> are near to it"
        }
        "adhesion" => "contacts that stick are not simulated",
        _ => return None,
    };
    Some(text.into())
}
