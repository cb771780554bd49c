/* What the policy covers, and makes read-only, of a root that it has built. Both ends are descriptors: what a path leads to
 * inside the root is looked up once. */
#include "interpreter.h"

static long open_target(struct jailer *j, int root, const char *path)
{
    jailer_forget_parent(j);
    return jailer_open_place(j, root, path);
}

/* What the path leads to now is what has been placed there. */
static long is_covered(struct jailer *j, int tree, int root, const char *path)
{
    uint64_t placed = 0, found = 0;
    long result = jailer_mount_id(j, tree, &placed);
    if (result < 0) return result;
    long fd = open_target(j, root, path);
    if (fd < 0) return fd;
    result = jailer_mount_id(j, (int)fd, &found);
    csys_close((int)fd);
    return result < 0 ? result : placed == found;
}

/* An inode of ours, and looked at again where it has been placed (CVE-2025-31133). */
static long is_null_device(struct jailer *j, int root, const char *path)
{
    long fd = open_target(j, root, path);
    if (fd < 0) return fd;
    struct csys_statx status;
    long result = CALL(j, statx, (int)fd, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_TYPE, &status);
    csys_close((int)fd);
    if (result < 0) return result;
    return (status.stx_mode & CSYS_S_IFMT) == CSYS_S_IFCHR && status.stx_rdev_major == 1 && status.stx_rdev_minor == 3;
}

/* A copy of the host's null device is a peer of the host's mount: what the jail mounts over the mask, the host would get. It
 * leaves its peers before it stands anywhere. Before 5.12 that takes a place, and a /proc, which a jail that is born in its root
 * may not have yet: there the device was made private and read-only by the launcher that put it in the root, and so is its copy. */
static long place_null(struct jailer *j, int tree, int root, int target)
{
    long result = jailer_set_attributes(j, tree, jailer_null_attributes, 0, JAILER_ATTACH_PRIVATE);
    const int old_kernel = result == -CSYS_ENOSYS;
    if (result < 0 && !old_kernel) return result;
    result = jailer_move_to(j, tree, target);
    if (result < 0 || !old_kernel || j->has_root) return result;
    return jailer_set_attached(j, tree, root, jailer_null_attributes, 0, JAILER_ATTACH_PRIVATE);
}

static long put_over(struct jailer *j, int root, const char *path, int null, int target, int directory)
{
    const unsigned nothing =
        CSYS_MOUNT_ATTR_RDONLY | CSYS_MOUNT_ATTR_NOSUID | CSYS_MOUNT_ATTR_NODEV | CSYS_MOUNT_ATTR_NOEXEC;
    long tree = directory ? jailer_new_filesystem(j, "tmpfs", 0, nothing) : jailer_copy_null(j, null);
    if (tree < 0) return tree;
    long result = directory ? jailer_move_to(j, (int)tree, target) : place_null(j, (int)tree, root, target);
    if (result >= 0) result = is_covered(j, (int)tree, root, path);
    csys_close((int)tree);
    return result < 0 ? result : result ? 0 : -CSYS_EINVAL;
}

/* A directory by an empty one that is read-only, anything else by the null device. */
long op_mask_in_root(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    const char *path = jailer_string(j, op->operand[2]);
    long target = open_target(j, root, path);
    if (target == -CSYS_ENOENT && (op->operand[3] & JAILER_TREE_OPTIONAL)) return 0;
    if (target < 0) return target;
    long directory = jailer_is_directory(j, (int)target);
    const int null = jailer_slot(j, op->operand[1]);
    long result = directory < 0 ? directory : put_over(j, root, path, null, (int)target, directory != 0);
    csys_close((int)target);
    if (result < 0 || directory) return result;
    result = is_null_device(j, root, path);
    return result < 0 ? result : result ? 0 : -CSYS_EINVAL;
}

/* A copy upon itself, with all that is mounted below: the same file system stays as it is elsewhere. */
long op_make_read_only_in_root(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    long target = open_target(j, root, jailer_string(j, op->operand[1]));
    if (target == -CSYS_ENOENT && (op->operand[2] & JAILER_TREE_OPTIONAL)) return 0;
    if (target < 0) return target;
    long tree = CALL(j, open_tree, (int)target, "",
                     CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC | CSYS_AT_EMPTY_PATH | CSYS_AT_RECURSIVE);
    long result = tree;
    if (tree >= 0) {
        result = jailer_set_attributes(j, (int)tree, CSYS_MOUNT_ATTR_RDONLY, 0, JAILER_ATTACH_RECURSIVE);
        const int old_kernel = result == -CSYS_ENOSYS;
        if (result >= 0 || old_kernel) result = jailer_move_to(j, (int)tree, (int)target);
        if (result >= 0 && old_kernel)
            result = jailer_set_attached(j, (int)tree, root, CSYS_MOUNT_ATTR_RDONLY, 0, JAILER_ATTACH_RECURSIVE);
        csys_close((int)tree);
    }
    csys_close((int)target);
    return result;
}

/* A directory upon itself, as writable as it is: a place where something is mounted cannot be renamed, nor removed (EBUSY). So
 * what is mounted below it stays where the policy has it, though the jail may write all around. */
long op_hold_in_root(struct jailer *j, jailer_op op)
{
    struct csys_open_how how = {
        .flags = CSYS_O_PATH | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC,
        .resolve = CSYS_RESOLVE_IN_ROOT | CSYS_RESOLVE_NO_MAGICLINKS | CSYS_RESOLVE_NO_SYMLINKS,
    };
    jailer_forget_parent(j);
    long target = CALL(j, openat2, jailer_slot(j, op->operand[0]), jailer_string(j, op->operand[1]), &how);
    if (target == -CSYS_ENOENT) return 0;
    if (target < 0) return target;
    long tree = CALL(j, open_tree, (int)target, "",
                     CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC | CSYS_AT_EMPTY_PATH | CSYS_AT_RECURSIVE);
    long result = tree;
    if (tree >= 0) {
        result = jailer_move_to(j, (int)tree, (int)target);
        csys_close((int)tree);
    }
    csys_close((int)target);
    return result;
}

#include "uninstrumented_end.h"
