/* What covers parts of a jail's own procfs.
 *
 * A procfs that this process has mounted is held by a descriptor, and made the working directory; what is covered is one name
 * in it. So mount(2), which costs a third of open_tree(2) and move_mount(2), meets no link that somebody could have put on the
 * way: such a procfs has no entries but the kernel's, and no payload lives yet. */
#include "interpreter.h"

/* Once a procfs, however many of its names are covered. Whatever changes the working directory or closes it says so: names would
 * be looked for elsewhere, and one that is not there is no error. */
static long enter(struct jailer *j, uint64_t slot)
{
    const int fd = jailer_slot(j, slot);
    if (j->procfs == fd && fd >= 0) return 0;
    struct csys_statfs status;
    TRY(j, fstatfs, fd, &status);
    if (status.f_type != CSYS_PROC_SUPER_MAGIC) return -CSYS_EINVAL;
    TRY(j, fchdir, fd);
    j->procfs = fd;
    j->covered_file = j->covered_directory = 0;
    return 0;
}

static int is_one_name(const char *name)
{
    if (!*name || (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))) return 0;
    for (; *name; name++)
        if (*name == '/') return 0;
    return 1;
}

long jailer_copy_null(struct jailer *j, int null)
{
    long tree = CALL(j, open_tree, null, "", CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC | CSYS_AT_EMPTY_PATH);
    /* A tree that is attached nowhere cannot be copied (before 6.15): so it is placed here itself, and copied the next time. */
    if (tree == -CSYS_EINVAL) tree = CALL(j, fcntl, null, CSYS_F_DUPFD_CLOEXEC, 0);
    return tree;
}

/* A copy of the host's null device is a peer of the host's mount: what the jail mounts over the mask, the host would get. It
 * leaves its peers before it stands anywhere, and before 5.12, where that takes a place, as soon as it does. */
static long place_null(struct jailer *j, int tree, const char *name)
{
    long result = jailer_set_attributes(j, tree, jailer_null_attributes, 0, JAILER_ATTACH_PRIVATE);
    const int old_kernel = result == -CSYS_ENOSYS;
    if (result < 0 && !old_kernel) return result;
    TRY(j, move_mount, tree, "", CSYS_AT_FDCWD, name, CSYS_MOVE_MOUNT_F_EMPTY_PATH);
    if (!old_kernel) return 0;
    TRY(j, mount, 0, name, 0, CSYS_MS_PRIVATE, 0);
    long fd = jailer_open_in(j, j->procfs, name, CSYS_O_PATH | CSYS_O_NOFOLLOW);
    if (fd < 0) return fd;
    result = jailer_remount(j, (int)fd, jailer_null_attributes, 0);
    csys_close((int)fd);
    return result;
}

/* By the null device, which was opened on the host and is checked again where it has been placed (CVE-2025-31133). */
static long cover_first_file(struct jailer *j, int null, const char *name)
{
    long tree = jailer_copy_null(j, null);
    if (tree < 0) return tree;
    long result = place_null(j, (int)tree, name);
    csys_close((int)tree);
    if (result < 0) return result;
    struct csys_statx status;
    TRY(j, statx, CSYS_AT_FDCWD, name, CSYS_AT_SYMLINK_NOFOLLOW, CSYS_STATX_TYPE, &status);
    if ((status.stx_mode & CSYS_S_IFMT) != CSYS_S_IFCHR || status.stx_rdev_major != 1 || status.stx_rdev_minor != 3)
        return -CSYS_EINVAL;
    return 0;
}

/* By an empty tmpfs that is read-only: both it, and where it is mounted. */
static long cover_first_directory(struct jailer *j, const char *name)
{
    return CALL(j, mount, "none", name, "tmpfs", CSYS_MS_RDONLY | CSYS_MS_NOSUID | CSYS_MS_NODEV | CSYS_MS_NOEXEC, 0);
}

static long cover(struct jailer *j, jailer_op op, const char *name, int directory)
{
    const char **first = directory ? &j->covered_directory : &j->covered_file;
    /* What covers one covers the next. */
    if (*first) return CALL(j, mount, *first, name, 0, CSYS_MS_BIND, 0);
    long result = directory ? cover_first_directory(j, name) : cover_first_file(j, jailer_slot(j, op->operand[1]), name);
    if (result >= 0) *first = name;
    return result;
}

/* What a name is on the kernels that have it, the plan says: to ask costs as much again as the path of the mount. Where it is
 * wrong the kernel refuses (ENOTDIR). */
long op_mask_path(struct jailer *j, jailer_op op)
{
    const char *name = jailer_string(j, op->operand[2]);
    const int directory = op->operand[3] != 0;
    if (!is_one_name(name)) return -CSYS_EINVAL;
    long result = enter(j, op->operand[0]);
    if (result < 0) return result;
    result = cover(j, op, name, directory);
    if (result == -CSYS_ENOTDIR) result = cover(j, op, name, !directory);
    return result == -CSYS_ENOENT ? 0 : result;
}

/* A mount of the name upon itself, read-only, so that the same file system stays writable elsewhere. */
long op_make_read_only(struct jailer *j, jailer_op op)
{
    const char *name = jailer_string(j, op->operand[1]);
    if (!is_one_name(name)) return -CSYS_EINVAL;
    long result = enter(j, op->operand[0]);
    if (result < 0) return result;

    result = CALL(j, mount, name, name, 0, CSYS_MS_BIND, 0);
    if (result == -CSYS_ENOENT) return 0;
    /* The host's own procfs has mounts below it, which nobody may leave out who did not make them. */
    const int below = result == -CSYS_EINVAL;
    if (below) result = CALL(j, mount, name, name, 0, CSYS_MS_BIND | CSYS_MS_REC, 0);
    if (result < 0) return result;
    struct csys_mount_attr attributes = {.attr_set = CSYS_MOUNT_ATTR_RDONLY};
    result = CALL(j, mount_setattr, CSYS_AT_FDCWD, name, below ? CSYS_AT_RECURSIVE : 0, &attributes);
    if (result != -CSYS_ENOSYS) return result;
    /* Before 5.12. */
    long fd = jailer_open_in(j, j->procfs, name, CSYS_O_PATH | CSYS_O_NOFOLLOW);
    if (fd < 0) return fd;
    result = jailer_remount(j, (int)fd, CSYS_MOUNT_ATTR_RDONLY, 0);
    if (result >= 0 && below) result = jailer_remount_below(j, (int)fd, j->procfs, CSYS_MOUNT_ATTR_RDONLY, 0);
    csys_close((int)fd);
    return result;
}

#include "uninstrumented_end.h"
