// The slot that an invocation of a task kernel serves. Needs TASK_WORKGROUP.
#import rollout/slots

fn living_slot(gid: vec3<u32>, groups: vec3<u32>) -> u32 {
    return living(gid.x + gid.y * groups.x * TASK_WORKGROUP);
}

fn fresh_slot(gid: vec3<u32>, groups: vec3<u32>) -> u32 {
    return fresh(gid.x + gid.y * groups.x * TASK_WORKGROUP);
}
