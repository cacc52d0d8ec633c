"""Dump the constants that MuJoCo compiles from robot files, in the layout of `assets/reference/*_model.json`.

    .venv/bin/python tests/peer/dump_models.py OUT [FILE.xml ...]

Writes OUT/NAME_model.json for each file, and prints NAME and the file's path, one robot per line. Without files, dumps the
robots that come with Gymnasium.
"""

import json
import pathlib
import sys

import mujoco

FIELDS = """body_parentid body_rootid body_weldid body_jntnum body_jntadr body_dofnum body_dofadr body_pos body_quat body_ipos
body_iquat body_mass body_inertia body_invweight0 jnt_type jnt_qposadr jnt_dofadr jnt_bodyid jnt_pos jnt_axis jnt_stiffness
jnt_limited jnt_range jnt_margin jnt_solref jnt_solimp dof_bodyid dof_jntid dof_parentid dof_armature dof_damping dof_invweight0
qpos0 qpos_spring geom_type geom_bodyid geom_contype geom_conaffinity geom_condim geom_priority geom_size geom_pos geom_quat
geom_friction geom_margin geom_solref geom_solimp geom_solmix site_bodyid site_pos tendon_adr tendon_num tendon_limited
tendon_range tendon_stiffness tendon_damping tendon_lengthspring tendon_invweight0 tendon_length0 tendon_solref_lim
tendon_solimp_lim wrap_type wrap_objid wrap_prm actuator_trntype actuator_trnid actuator_gear actuator_ctrllimited
actuator_ctrlrange actuator_gainprm actuator_dyntype actuator_dynprm actuator_lengthrange actuator_acc0""".split()
# Newer versions have polynomial stiffness and damping; the linear coefficient comes first.
FIRST = {"jnt_stiffness", "dof_damping", "tendon_stiffness", "tendon_damping"}
FLAGS = ("jnt_limited", "tendon_limited", "actuator_ctrllimited")
KINDS = {"body": "nbody", "joint": "njnt", "geom": "ngeom", "actuator": "nu", "site": "nsite", "tendon": "ntendon"}


def constants(model):
    flat = {name: getattr(model, name) for name in FIELDS}
    made = {name: (x[..., 0] if name in FIRST and x.ndim > 1 else x).tolist() for name, x in flat.items()}
    made |= {name: [bool(x) for x in made[name]] for name in FLAGS}
    made |= {name: [row[:10] for row in made[name]] for name in ("actuator_gainprm", "actuator_dynprm")}
    sizes = ["nq", "nv", "na", *KINDS.values()]
    made["sizes"] = {name: int(getattr(model, name)) for name in sizes}
    made["names"] = {
        kind: [getattr(model, kind)(i).name for i in range(made["sizes"][size])] for kind, size in KINDS.items()
    }
    opt = model.opt
    made["opt"] = {name: float(getattr(opt, name)) for name in ("timestep", "integrator", "density", "viscosity")}
    made["opt"] |= {"gravity": opt.gravity.tolist(), "wind": opt.wind.tolist()}
    return made


def originals():
    import gymnasium

    folder = pathlib.Path(gymnasium.__file__).parent / "envs/mujoco/assets"
    return sorted(folder.glob("*.xml"))


def main(out, *files):
    for path in map(pathlib.Path, files) if files else originals():
        model = mujoco.MjModel.from_xml_path(str(path))
        (pathlib.Path(out) / f"{path.stem}_model.json").write_text(json.dumps(constants(model)))
        print(path.stem, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
