/* Paths below a root that is held by a descriptor. A path is never resolved from the process's own root, never
 * leaves the one it belongs to, and never passes a magic link (CVE-2024-45310). */
#include "interpreter.h"

enum { path_most = 4096, most_tries = 1000 };

/* The kernel gives EAGAIN where something was renamed while it looked at a "..", since it may then have left the root. Whoever
 * renames without end gets an error, not a jail that waits. */
long jailer_open_in(struct jailer *j, int root, const char *path, uint64_t flags)
{
    struct csys_open_how how = {
        .flags = flags | CSYS_O_CLOEXEC,
        .resolve = CSYS_RESOLVE_IN_ROOT | CSYS_RESOLVE_NO_MAGICLINKS,
    };
    long fd = -CSYS_EAGAIN;
    for (int tries = 0; tries < most_tries && fd == -CSYS_EAGAIN; tries++) fd = CALL(j, openat2, root, path, &how);
    return fd;
}

static long is_same(struct jailer *j, int one, int other)
{
    struct csys_statx a, b;
    TRY(j, statx, one, "", CSYS_AT_EMPTY_PATH, jailer_identity, &a);
    TRY(j, statx, other, "", CSYS_AT_EMPTY_PATH, jailer_identity, &b);
    return jailer_is_same(&a, &b);
}

int jailer_is_at(const char *path, const struct csys_statx *wanted)
{
    struct csys_statx status = {.stx_ino = ~wanted->stx_ino};
    return csys_statx(CSYS_AT_FDCWD, path, 0, jailer_identity, &status) == 0 && jailer_is_same(&status, wanted);
}

/* A link may lead to the root itself (/dev -> /). A mount there would cover the root, or be covered by it, and what is to stand
 * in the mount would come to stand in the root. */
long jailer_open_place(struct jailer *j, int root, const char *path)
{
    long fd = jailer_open_in(j, root, path, CSYS_O_PATH);
    if (fd < 0) return fd;
    long result = is_same(j, (int)fd, root);
    if (result == 0) return fd;
    csys_close((int)fd);
    if (result < 0) return result;
    j->call = CSYS_NR_openat2;
    return -CSYS_ELOOP;
}

static long open_directory(struct jailer *j, int root, const char *path)
{
    return jailer_open_in(j, root, path, CSYS_O_PATH | CSYS_O_DIRECTORY);
}

void jailer_forget_parent(struct jailer *j)
{
    if (j->parent.fd >= 0) csys_close(j->parent.fd);
    j->parent.fd = -1;
}

/* Name by name, each directory made where it is missing. */
static long make_parent(struct jailer *j, int root, const char *prefix_path, uint64_t length)
{
    char prefix[path_most];
    long parent = open_directory(j, root, "/");
    for (uint64_t n = 0, at = 0; parent >= 0; at = n) {
        while (at < length && prefix_path[at] == '/') at++;
        if (at == length) break;
        for (n = at; n < length && prefix_path[n] != '/'; n++) {}
        for (uint64_t i = 0; i < n; i++) prefix[i] = prefix_path[i];
        prefix[n] = 0;
        long child = open_directory(j, root, prefix);
        if (child == -CSYS_ENOENT) {
            long made = CALL(j, mkdirat, (int)parent, prefix + at, 0755);
            child = made < 0 ? made : open_directory(j, root, prefix);
        }
        csys_close((int)parent);
        parent = child;
    }
    return parent;
}

/* Most of what stands in a root has a neighbour, whose directory is open already. */
long jailer_parent(struct jailer *j, int root, const char *path, const char **name)
{
    uint64_t length = jailer_length(path);
    while (length && path[length - 1] == '/') length--;
    while (length && path[length - 1] != '/') length--;
    *name = path + length;
    if (length >= path_most) return -CSYS_ENAMETOOLONG;

    if (j->parent.fd >= 0 && j->parent.root == root && j->parent.length == length) {
        uint64_t same = 0;
        while (same < length && j->parent.path[same] == path[same]) same++;
        if (same == length) return j->parent.fd;
    }
    jailer_forget_parent(j);

    char prefix[path_most];
    for (uint64_t i = 0; i < length; i++) prefix[i] = path[i];
    prefix[length] = 0;
    long parent = open_directory(j, root, length ? prefix : "/");
    if (parent == -CSYS_ENOENT) parent = make_parent(j, root, path, length);
    if (parent < 0) return parent;
    j->parent.fd = (int32_t)parent;
    j->parent.root = root;
    j->parent.path = path;
    j->parent.length = length;
    return parent;
}

long op_make_directory(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    const char *name;
    long parent = jailer_parent(j, root, jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    long made = CALL(j, mkdirat, (int)parent, name, (unsigned)op->operand[2]);
    if (made < 0 && made != -CSYS_EEXIST) return made;

    /* mkdir's mode passes through the umask and loses the sticky bit's neighbours on some filesystems. */
    long fd = jailer_open_in(j, root, jailer_string(j, op->operand[1]), CSYS_O_RDONLY | CSYS_O_DIRECTORY);
    if (fd < 0) return fd;
    /* What was there already may be the host's, through a bind: its mode is not ours to change. */
    long changed = made < 0 ? 0 : CALL(j, fchmod, (int)fd, (unsigned)op->operand[2]);
    csys_close((int)fd);
    return changed;
}

long op_make_symlink(struct jailer *j, jailer_op op)
{
    const char *name;
    long parent = jailer_parent(j, jailer_slot(j, op->operand[0]), jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    return CALL(j, symlinkat, jailer_string(j, op->operand[2]), (int)parent, name);
}

long op_make_file(struct jailer *j, jailer_op op)
{
    const char *name;
    long parent = jailer_parent(j, jailer_slot(j, op->operand[0]), jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    long fd = CALL(j, openat, (int)parent, name,
                   CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_EXCL | CSYS_O_NOFOLLOW | CSYS_O_CLOEXEC, 0600);
    if (fd < 0) return fd;

    const uint8_t *bytes = jailer_bytes(j, op->operand[2]);
    uint64_t left = op->operand[3];
    long result = 0;
    while (left && (result = CALL(j, write, (int)fd, bytes, left)) > 0) {
        bytes += result;
        left -= (uint64_t)result;
    }
    if (result >= 0) result = CALL(j, fchmod, (int)fd, (unsigned)op->operand[4]);
    csys_close((int)fd);
    return result;
}

long op_change_directory(struct jailer *j, jailer_op op)
{
    j->procfs = slot_empty;
    return CALL(j, chdir, jailer_string(j, op->operand[0]));
}

#include "uninstrumented_end.h"
