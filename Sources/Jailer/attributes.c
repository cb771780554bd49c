/* What may be done in a mount, and where what is mounted upon it propagates to. */
#include "interpreter.h"

/* A tree of the host's is a peer of the mount that it was copied from: what the jail mounts upon it, the host would get. So it
 * first leaves its peers, whatever it becomes. */
static uint64_t propagation_of(uint64_t flags)
{
    if (flags & JAILER_ATTACH_SLAVE) return CSYS_MS_SLAVE;
    if (flags & JAILER_ATTACH_UNBINDABLE) return CSYS_MS_UNBINDABLE;
    return flags & (JAILER_ATTACH_PRIVATE | JAILER_ATTACH_SHARED) ? CSYS_MS_PRIVATE : 0;
}

long jailer_set_attributes(struct jailer *j, int tree, uint64_t set, uint64_t clear, uint64_t flags)
{
    struct csys_mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation_of(flags)};
    if (!set && !clear && !attributes.propagation) return 0;
    const unsigned at = CSYS_AT_EMPTY_PATH | (flags & JAILER_ATTACH_RECURSIVE ? CSYS_AT_RECURSIVE : 0);
    TRY(j, mount_setattr, tree, "", at, &attributes);
    if (!(flags & JAILER_ATTACH_SHARED)) return 0;
    attributes = (struct csys_mount_attr){.propagation = CSYS_MS_SHARED};
    return CALL(j, mount_setattr, tree, "", at, &attributes);
}

/* Before 5.12 there is no mount_setattr; mount(2) needs a place, so it comes after the attachment. */
static long propagate_attached(struct jailer *j, int tree, uint64_t flags)
{
    char path[32];
    const uint64_t first = propagation_of(flags), recursive = flags & JAILER_ATTACH_RECURSIVE ? CSYS_MS_REC : 0;
    if (!first) return 0;
    jailer_descriptor_path(path, tree);
    TRY(j, mount, 0, path, 0, recursive | first, 0);
    return flags & JAILER_ATTACH_SHARED ? CALL(j, mount, 0, path, 0, recursive | CSYS_MS_SHARED, 0) : 0;
}

long jailer_set_attached(struct jailer *j, int tree, int root, uint64_t set, uint64_t clear, uint64_t flags)
{
    long result = propagate_attached(j, tree, flags);
    if (result < 0 || (!set && !clear)) return result;
    result = jailer_remount(j, tree, set, clear);
    if (result < 0 || !(flags & JAILER_ATTACH_RECURSIVE)) return result;
    return jailer_remount_below(j, tree, root, set, clear);
}

long op_set_mount_attributes(struct jailer *j, jailer_op op)
{
    const int tree = jailer_slot(j, op->operand[0]);
    long result = jailer_set_attributes(j, tree, op->operand[1], 0, 0);
    return result == -CSYS_ENOSYS ? jailer_remount(j, tree, op->operand[1], 0) : result;
}

#include "uninstrumented_end.h"
