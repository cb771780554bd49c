/* The mounts of the jail's root. Every tree is held by a descriptor from the moment it is opened until it is
 * attached; both ends of an attachment are descriptors (CVE-2024-45310). */
#include "interpreter.h"

/* Of a path that had no link in it when the plan was made. Whoever has put one there since, or does while this runs, leads
 * nowhere: the kernel gives ELOOP. */
static long open_without_links(struct jailer *j, const char *path, unsigned flags)
{
    struct csys_open_how how = {
        .flags = CSYS_O_PATH | CSYS_O_CLOEXEC,
        .resolve = CSYS_RESOLVE_NO_SYMLINKS | CSYS_RESOLVE_NO_MAGICLINKS,
    };
    long fd = CALL(j, openat2, CSYS_AT_FDCWD, path, &how);
    if (fd < 0) return fd;
    long tree = CALL(j, open_tree, (int)fd, "", flags | CSYS_AT_EMPTY_PATH);
    csys_close((int)fd);
    return tree;
}

long op_open_tree(struct jailer *j, jailer_op op)
{
    const char *path = jailer_string(j, op->operand[1]);
    unsigned flags = CSYS_OPEN_TREE_CLOEXEC;
    if (!(op->operand[2] & JAILER_TREE_IN_PLACE)) flags |= CSYS_OPEN_TREE_CLONE;
    if (op->operand[2] & JAILER_TREE_RECURSIVE) flags |= CSYS_AT_RECURSIVE;
    long fd = op->operand[2] & JAILER_TREE_NO_SYMLINKS ? open_without_links(j, path, flags)
                                                       : CALL(j, open_tree, CSYS_AT_FDCWD, path, flags);
    if (fd == -CSYS_ENOENT && (op->operand[2] & JAILER_TREE_OPTIONAL)) fd = slot_absent;
    else if (fd < 0) return fd;
    jailer_set_slot(j, op->operand[0], fd);
    return 0;
}

long op_make_mounts_private(struct jailer *j, jailer_op op)
{
    (void)op;
    return CALL(j, mount, 0, "/", 0, CSYS_MS_REC | CSYS_MS_PRIVATE, 0);
}

/* Options are "key=value", or "key" for a flag. */
static long configure(struct jailer *j, int context, const char *option)
{
    char key[64];
    uint64_t n = 0;
    while (option[n] && option[n] != '=') {
        if (n + 1 >= sizeof key) return -CSYS_ENAMETOOLONG;
        key[n] = option[n];
        n++;
    }
    key[n] = 0;
    if (!option[n]) return CALL(j, fsconfig, context, CSYS_FSCONFIG_SET_FLAG, key, 0, 0);
    return CALL(j, fsconfig, context, CSYS_FSCONFIG_SET_STRING, key, option + n + 1, 0);
}

long jailer_new_filesystem(struct jailer *j, const char *type, const uint64_t *options, unsigned attributes)
{
    long context = CALL(j, fsopen, type, CSYS_FSOPEN_CLOEXEC);
    if (context < 0) return context;
    long result = 0;
    for (; options && *options && result >= 0; options++)
        result = configure(j, (int)context, jailer_string(j, *options));
    if (result >= 0) result = CALL(j, fsconfig, (int)context, CSYS_FSCONFIG_CMD_CREATE, 0, 0, 0);
    if (result >= 0) result = CALL(j, fsmount, (int)context, CSYS_FSMOUNT_CLOEXEC, attributes);
    csys_close((int)context);
    return result;
}

long op_new_filesystem(struct jailer *j, jailer_op op)
{
    long fd = jailer_new_filesystem(j, jailer_string(j, op->operand[1]), jailer_vector(j, op->operand[2]),
                                    (unsigned)op->operand[3]);
    if (fd < 0) return fd;
    jailer_set_slot(j, op->operand[0], fd);
    return 0;
}

/* Onto "/" itself: it covers the host's root, which only paths that begin there still reach, until ENTER_ROOT.
 * So no directory of the host is needed to build the root on. */
long op_attach_root(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    const uint64_t set = op->operand[1], flags = op->operand[2];
    long result = jailer_set_attributes(j, root, set, 0, flags);
    const int old_kernel = result == -CSYS_ENOSYS;
    if (result < 0 && !old_kernel) return result;
    TRY(j, move_mount, root, "", CSYS_AT_FDCWD, "/", CSYS_MOVE_MOUNT_F_EMPTY_PATH);
    return old_kernel ? jailer_set_attached(j, root, root, set, 0, flags) : 0;
}

long jailer_is_directory(struct jailer *j, int fd)
{
    struct csys_statx status;
    TRY(j, statx, fd, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_TYPE, &status);
    return (status.stx_mode & CSYS_S_IFMT) == CSYS_S_IFDIR;
}

long jailer_move_to(struct jailer *j, int tree, int target)
{
    return CALL(j, move_mount, tree, "", target, "", CSYS_MOVE_MOUNT_F_EMPTY_PATH | CSYS_MOVE_MOUNT_T_EMPTY_PATH);
}

static long attach_to(struct jailer *j, int tree, long target)
{
    if (target < 0) return target;
    long result = jailer_move_to(j, tree, (int)target);
    csys_close((int)target);
    return result;
}

/* At a place that is made as what the tree is, as most are in a new root. What has just been made is no link, and covers
 * nothing. */
static long attach_at_new(struct jailer *j, int tree, int root, const char *path)
{
    long directory = jailer_is_directory(j, tree);
    if (directory < 0) return directory;
    const char *name;
    long parent = jailer_parent(j, root, path, &name);
    if (parent < 0) return parent;
    long made = directory ? CALL(j, mkdirat, (int)parent, name, 0755)
                          : CALL(j, mknodat, (int)parent, name, CSYS_S_IFREG | 0444, 0);
    if (made < 0) return made;
    return CALL(j, move_mount, tree, "", (int)parent, name, CSYS_MOVE_MOUNT_F_EMPTY_PATH);
}

/* Or at what stands there, where links may lead to: in a root that a jail is born in, most does. */
static long attach_at(struct jailer *j, int tree, int root, const char *path, int existing)
{
    if (!j->has_root && !existing) {
        long result = attach_at_new(j, tree, root, path);
        if (result != -CSYS_EEXIST) return result;
        jailer_forget_parent(j);
        return attach_to(j, tree, jailer_open_place(j, root, path));
    }
    long target = jailer_open_place(j, root, path);
    if (target == -CSYS_ENOENT && !existing) return attach_at_new(j, tree, root, path);
    jailer_forget_parent(j);
    return attach_to(j, tree, target);
}

long op_attach(struct jailer *j, jailer_op op)
{
    const int tree = jailer_slot(j, op->operand[0]), root = jailer_slot(j, op->operand[1]);
    const uint64_t set = op->operand[3], clear = op->operand[4], flags = op->operand[5];
    if (tree == slot_absent) return 0;

    long result = jailer_set_attributes(j, tree, set, clear, flags);
    const int old_kernel = result == -CSYS_ENOSYS;
    if (result < 0 && !old_kernel) return result;
    result = attach_at(j, tree, root, jailer_string(j, op->operand[2]), (flags & JAILER_ATTACH_EXISTING) != 0);
    if (result < 0 || !old_kernel) return result;
    return jailer_set_attached(j, tree, root, set, clear, flags);
}

static long make_root_read_only(struct jailer *j, int root)
{
    long result = jailer_set_attributes(j, root, CSYS_MOUNT_ATTR_RDONLY, 0, 0);
    return result == -CSYS_ENOSYS ? jailer_remount(j, root, CSYS_MOUNT_ATTR_RDONLY, 0) : result;
}

/* pivot_root(".", ".") puts the old root on top of the new one, at the same place, from where it is detached:
 * no directory for it is needed (pivot_root(2), NOTES). By chroot(2) it stays below the new one, which covers it: ".." and a
 * joined mount namespace lead to the new one, too. */
long op_enter_root(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    jailer_forget_parent(j);
    j->procfs = slot_empty;
    if (!(op->operand[1] & JAILER_ROOT_WRITABLE)) {
        long result = make_root_read_only(j, root);
        if (result < 0) return result;
    }
    struct csys_statx wanted;
    TRY(j, statx, root, "", CSYS_AT_EMPTY_PATH, jailer_identity, &wanted);
    TRY(j, fchdir, root);
    if (op->operand[1] & JAILER_ROOT_CHROOT) {
        TRY(j, chroot, ".");
    } else {
        TRY(j, pivot_root, ".", ".");
        if (!jailer_is_at("/", &wanted)) return -CSYS_EPERM;
        TRY(j, umount2, ".", CSYS_MNT_DETACH);
    }
    /* A filter of the host's may answer for each of the three, and nothing has happened. What covers a root is behind its "..". */
    if (!jailer_is_at("/", &wanted) || !jailer_is_at("/..", &wanted)) return -CSYS_EPERM;
    return CALL(j, chdir, "/");
}

long op_open_root(struct jailer *j, jailer_op op)
{
    long fd = CALL(j, openat, CSYS_AT_FDCWD, "/", CSYS_O_PATH | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return fd;
    j->has_root = 1;
    jailer_set_slot(j, op->operand[0], fd);
    return 0;
}

/* Never through the root's own /proc: the caller names a procfs that it mounted (CVE-2025-52881). */
long op_write_sysctl(struct jailer *j, jailer_op op)
{
    const int proc = jailer_slot(j, op->operand[0]);
    struct csys_statfs status;
    TRY(j, fstatfs, proc, &status);
    if (status.f_type != CSYS_PROC_SUPER_MAGIC) return -CSYS_EINVAL;
    long fd = jailer_open_in(j, proc, jailer_string(j, op->operand[1]), CSYS_O_WRONLY | CSYS_O_NONBLOCK);
    if (fd < 0) return fd;
    /* What the policy has put over it is a file of the host's, or a pipe that nobody reads. */
    long result = CALL(j, fstatfs, (int)fd, &status);
    if (result >= 0 && status.f_type != CSYS_PROC_SUPER_MAGIC) result = -CSYS_EINVAL;
    if (result < 0) {
        csys_close((int)fd);
        return result;
    }
    result = CALL(j, write, (int)fd, jailer_bytes(j, op->operand[2]), op->operand[3]);
    csys_close((int)fd);
    return result < 0 ? result : (uint64_t)result == op->operand[3] ? 0 : -CSYS_EINVAL;
}

#include "uninstrumented_end.h"
