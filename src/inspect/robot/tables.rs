//! Report as text: one table for each kind of element.

use super::{
    ContactRow, OptionRow, RobotReport,
    elements::{JointRow, PairRow},
};
use crate::{
    inspect::{
        muscles,
        rows::{list, short},
    },
    report::Table,
};

impl RobotReport {
    /// Returns the report as tables for a terminal, one per kind of element. Each row says what the element became.
    pub fn tables(&self) -> String {
        let tables = [self.summary(), self.body_table(), self.joint_table(), self.geom_table(), self.pair_table()];
        let pulls = [muscles::tendons(&self.tendons), self.actuator_table(), muscles::muscles(&self.actuators)];
        let tables = tables.into_iter().chain(pulls).chain([self.skipped_table()]);
        tables.map(|table| table.to_string()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn summary(&self) -> Table {
        let mut table = Table::new(["", ""]);
        let OptionRow { timestep, gravity, integrator, density, viscosity } = &self.options;
        table.row(["file".into(), self.file.clone()]);
        table.row(["state".into(), format!("qpos {}, qvel {}, act {}, ctrl {}", self.nq, self.nv, self.na, self.nu)]);
        table.row(["mass".into(), format!("{} kg", short(self.mass))]);
        table.row(["step".into(), format!("{timestep} s, {integrator}")]);
        table.row(["gravity".into(), format!("{} m/s^2", list(gravity))]);
        if *density > 0.0 || *viscosity > 0.0 {
            table.row(["medium".into(), format!("{density} kg/m^3, {viscosity} Pa s")]);
        }
        let ContactRow { possible, kept } = self.contacts;
        if possible > 0 {
            let kept =
                format!("{kept} of {possible} between geoms at once, and all with the floor (`task.max_contacts`)");
            table.row(["contacts".into(), kept]);
        }
        table.row(["code".into(), format!("{} scalar operations a step", self.operations)]);
        self.precision.iter().for_each(|remark| table.row(["precision".into(), remark.clone()]));
        table
    }

    fn body_table(&self) -> Table {
        let mut table = Table::new(["body", "name", "parent", "place, m", "mass, kg", "inertia, kg m^2", "joints"]);
        for (index, body) in self.bodies.iter().enumerate() {
            let joints: Vec<String> = body.joints.iter().map(usize::to_string).collect();
            table.row([
                index.to_string(),
                body.name.clone(),
                if index == 0 { String::new() } else { body.parent.to_string() },
                list(&body.pos),
                short(body.mass),
                list(&body.inertia),
                joints.join(" "),
            ]);
        }
        table
    }

    fn joint_table(&self) -> Table {
        let header = ["joint", "name", "type", "body", "became", "axis", "range", "stiffness", "damping", "armature"];
        let mut table = Table::new(header);
        for (index, joint) in self.joints.iter().enumerate() {
            let JointRow { qpos, dof, .. } = *joint;
            let free = joint.kind == "free";
            let became = match free {
                true => format!("qpos {qpos} to {}, dof {dof} to {}", qpos + 6, dof + 5),
                false => format!("qpos {qpos}, dof {dof}"),
            };
            table.row([
                index.to_string(),
                joint.name.clone(),
                joint.kind.into(),
                joint.body.to_string(),
                became,
                if free { String::new() } else { list(&joint.axis) },
                joint.range.map_or("none".into(), |range| list(&range)),
                short(joint.stiffness),
                short(joint.damping),
                short(joint.armature),
            ]);
        }
        table
    }

    fn geom_table(&self) -> Table {
        let mut table = Table::new(["geom", "name", "type", "body", "size, m", "friction", "pairs"]);
        for (index, geom) in self.geoms.iter().enumerate() {
            table.row([
                index.to_string(),
                geom.name.clone(),
                geom.kind.into(),
                geom.body.to_string(),
                list(&geom.size),
                short(geom.friction),
                geom.pairs.to_string(),
            ]);
        }
        table
    }

    fn pair_table(&self) -> Table {
        let mut table = Table::new(["can touch", "", "condim", "friction", "margin, m"]);
        for PairRow { geoms: [first, second], condim, friction, margin } in &self.pairs {
            table.row([first.clone(), second.clone(), condim.to_string(), short(*friction), short(*margin)]);
        }
        if self.pairs.is_empty() {
            table.row(["nothing"]);
        }
        table
    }

    fn actuator_table(&self) -> Table {
        let mut table = Table::new(["motor", "name", "drives", "became", "gear", "range"]);
        for (index, motor) in self.actuators.iter().enumerate() {
            let Some(gear) = motor.gear else { continue };
            table.row([
                index.to_string(),
                motor.name.clone(),
                motor.drives.clone(),
                format!("ctrl {index}"),
                short(gear),
                motor.range.map_or("none".into(), |range| list(&range)),
            ]);
        }
        if self.actuators.is_empty() {
            table.row(["none"]);
        }
        if table.rows().is_empty() { Table::default() } else { table }
    }

    fn skipped_table(&self) -> Table {
        let mut table = Table::new(["skipped", "count", "effect on the motion"]);
        for row in &self.skipped {
            let what = match &row.attribute {
                Some(attribute) => format!("<{}> {attribute}", row.element),
                None => format!("<{}>", row.element),
            };
            table.row([what, row.count.to_string(), row.effect.unwrap_or("none").into()]);
        }
        if self.skipped.is_empty() {
            table.row(["nothing"]);
        }
        table
    }
}
