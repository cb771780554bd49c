/* Paths below a root that is held by a descriptor. A path is never resolved from the process's own root, never
 * leaves the one it belongs to, and never passes a magic link (CVE-2024-45310). */
#include "interpreter.h"

enum { path_most = 4096 };

long jailer_open_in(struct jailer *j, int root, const char *path, uint64_t flags)
{
    struct csys_open_how how = {
        .flags = flags | CSYS_O_CLOEXEC,
        .resolve = CSYS_RESOLVE_IN_ROOT | CSYS_RESOLVE_NO_MAGICLINKS,
    };
    return CALL(j, openat2, root, path, &how);
}

static long open_directory(struct jailer *j, int root, const char *path)
{
    return jailer_open_in(j, root, path, CSYS_O_PATH | CSYS_O_DIRECTORY);
}

long jailer_open_parent(struct jailer *j, int root, const char *path, const char **name)
{
    char prefix[path_most];
    long parent = open_directory(j, root, "/");
    if (parent < 0) return parent;

    const char *at = path;
    while (*at == '/') at++;
    for (;;) {
        const char *end = at;
        while (*end && *end != '/') end++;
        const char *next = end;
        while (*next == '/') next++;
        if (!*next) break; /* `at` is the last name */

        const uint64_t n = (uint64_t)(end - path);
        if (n >= path_most) {
            csys_close((int)parent);
            return -CSYS_ENAMETOOLONG;
        }
        for (uint64_t i = 0; i < n; i++) prefix[i] = path[i];
        prefix[n] = 0;

        long child = open_directory(j, root, prefix);
        if (child == -CSYS_ENOENT) {
            const char *last = prefix + (at - path);
            long made = CALL(j, mkdirat, (int)parent, last, 0755);
            child = made < 0 ? made : open_directory(j, root, prefix);
        }
        csys_close((int)parent);
        if (child < 0) return child;
        parent = child;
        at = next;
    }
    *name = at;
    return parent;
}

long op_make_directory(struct jailer *j, jailer_op op)
{
    const int root = jailer_slot(j, op->operand[0]);
    const char *name;
    long parent = jailer_open_parent(j, root, jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    long made = CALL(j, mkdirat, (int)parent, name, (unsigned)op->operand[2]);
    csys_close((int)parent);
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
    long parent = jailer_open_parent(j, jailer_slot(j, op->operand[0]), jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    long made = CALL(j, symlinkat, jailer_string(j, op->operand[2]), (int)parent, name);
    csys_close((int)parent);
    return made;
}

long op_make_file(struct jailer *j, jailer_op op)
{
    const char *name;
    long parent = jailer_open_parent(j, jailer_slot(j, op->operand[0]), jailer_string(j, op->operand[1]), &name);
    if (parent < 0) return parent;
    long fd = CALL(j, openat, (int)parent, name,
                   CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_EXCL | CSYS_O_NOFOLLOW | CSYS_O_CLOEXEC, 0600);
    csys_close((int)parent);
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
    return CALL(j, chdir, jailer_string(j, op->operand[0]));
}
