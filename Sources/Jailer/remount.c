/* A mount that has been attached is given its attributes, and all that is mounted below it, on kernels without
 * mount_setattr(2) (before 5.12). Each is remounted by a descriptor, keeps what flags it has, since a less privileged
 * user namespace may not lose them, and is read back. What cannot be found again is an error: never a mount that
 * stayed writable. */
#include "interpreter.h"

enum { most_below = 1024, path_most = 4096, no_more = -4096 };

static const struct {
    uint64_t attribute, mounted, flag;
} flag_table[] = {
    {CSYS_MOUNT_ATTR_RDONLY, CSYS_ST_RDONLY, CSYS_MS_RDONLY},
    {CSYS_MOUNT_ATTR_NOSUID, CSYS_ST_NOSUID, CSYS_MS_NOSUID},
    {CSYS_MOUNT_ATTR_NODEV, CSYS_ST_NODEV, CSYS_MS_NODEV},
    {CSYS_MOUNT_ATTR_NOEXEC, CSYS_ST_NOEXEC, CSYS_MS_NOEXEC},
    {0, CSYS_ST_NOSYMFOLLOW, CSYS_MS_NOSYMFOLLOW},
};
enum { flag_count = sizeof flag_table / sizeof *flag_table };

/* Of the times of access nothing is said, and a remount then leaves them as they are. */
static const uint64_t known = CSYS_MOUNT_ATTR_RDONLY | CSYS_MOUNT_ATTR_NOSUID | CSYS_MOUNT_ATTR_NODEV | CSYS_MOUNT_ATTR_NOEXEC;

void jailer_descriptor_path(char to[32], int fd)
{
    const char *prefix = "/proc/self/fd/";
    unsigned at = 0, digits = 1;
    for (; prefix[at]; at++) to[at] = prefix[at];
    for (int n = fd; n >= 10; n /= 10) digits++;
    for (int n = fd, i = (int)digits - 1; i >= 0; n /= 10, i--) to[at + (unsigned)i] = (char)('0' + n % 10);
    to[at + digits] = 0;
}

long jailer_remount(struct jailer *j, int tree, uint64_t set, uint64_t clear)
{
    if ((set | clear) & ~known) return -CSYS_EINVAL;
    struct csys_statfs status;
    TRY(j, fstatfs, tree, &status);
    uint64_t flags = CSYS_MS_REMOUNT | CSYS_MS_BIND;
    for (unsigned i = 0; i < flag_count; i++)
        if (((uint64_t)status.f_flags & flag_table[i].mounted || set & flag_table[i].attribute) &&
            !(clear & flag_table[i].attribute))
            flags |= flag_table[i].flag;

    char path[32];
    jailer_descriptor_path(path, tree);
    TRY(j, mount, 0, path, 0, flags, 0);

    TRY(j, fstatfs, tree, &status);
    for (unsigned i = 0; i < flag_count; i++)
        if (set & flag_table[i].attribute && !((uint64_t)status.f_flags & flag_table[i].mounted)) return -CSYS_EPERM;
    return 0;
}

/* --- /proc/self/mountinfo --- */

struct reader {
    int fd;
    unsigned filled, at;
    char buffer[4096];
};

struct mount {
    uint64_t id, parent;
    char path[path_most]; /* from the process's root, which the new one covers: so from that */
};

static long next_byte(struct jailer *j, struct reader *r)
{
    if (r->at == r->filled) {
        long n;
        while ((n = CALL(j, read, r->fd, r->buffer, sizeof r->buffer)) == -CSYS_EINTR) {}
        if (n <= 0) return n < 0 ? n : no_more;
        r->filled = (unsigned)n;
        r->at = 0;
    }
    return (unsigned char)r->buffer[r->at++];
}

static long begin_again(struct jailer *j, struct reader *r)
{
    r->filled = r->at = 0;
    return CALL(j, lseek, r->fd, 0, 0);
}

/* Spaces, tabs, newlines and backslashes of a path are written as a backslash and three octal digits. */
static void unescape(char *path)
{
    char *to = path;
    for (const char *from = path; *from; to++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' && from[3] >= '0' &&
            from[3] <= '7') {
            *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = 0;
}

/* A line: "id parent major:minor root path …". 1, or 0 at the end. */
static long next_mount(struct jailer *j, struct reader *r, struct mount *to)
{
    uint64_t number[2] = {0, 0}, length = 0;
    unsigned field = 0, seen = 0;
    for (;;) {
        long c = next_byte(j, r);
        if (c == no_more) return seen ? -CSYS_EINVAL : 0;
        if (c < 0) return c;
        seen = 1;
        if (c == '\n') break;
        if (c == ' ') {
            field++;
        } else if (field < 2) {
            if (c < '0' || c > '9') return -CSYS_EINVAL;
            number[field] = number[field] * 10 + (uint64_t)(c - '0');
        } else if (field == 4) {
            if (length + 1 >= path_most) return -CSYS_ENAMETOOLONG;
            to->path[length++] = (char)c;
        }
    }
    if (field < 5) return -CSYS_EINVAL;
    to->path[length] = 0;
    unescape(to->path);
    to->id = number[0];
    to->parent = number[1];
    return 1;
}

/* --- What is mounted below --- */

struct below {
    uint64_t top; /* the mount that was attached */
    unsigned count;
    struct {
        uint64_t id, parent;
    } mount[most_below];
};

static const uint64_t *parent_of(const struct below *b, uint64_t id)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->mount[i].id == id) return &b->mount[i].parent;
    return 0;
}

static int is_below(const struct below *b, uint64_t id) { return id == b->top || parent_of(b, id) != 0; }

static int is_ancestor(const struct below *b, uint64_t id, uint64_t of)
{
    for (const uint64_t *parent; (parent = parent_of(b, of)); of = *parent)
        if (*parent == id) return 1;
    return 0;
}

/* Again and again until nothing is added: nothing is said about the order of the lines. */
static long find_below(struct jailer *j, struct reader *r, struct below *b, struct mount *m)
{
    for (;;) {
        const unsigned before = b->count;
        long more = begin_again(j, r);
        if (more < 0) return more;
        while ((more = next_mount(j, r, m)) > 0) {
            if (is_below(b, m->id) || !is_below(b, m->parent)) continue;
            if (b->count == most_below) return -CSYS_E2BIG;
            b->mount[b->count].id = m->id;
            b->mount[b->count].parent = m->parent;
            b->count++;
        }
        if (more < 0 || b->count == before) return more;
    }
}

long jailer_mount_id(struct jailer *j, int fd, uint64_t *id)
{
    struct csys_statx status;
    TRY(j, statx, fd, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_MNT_ID, &status);
    if (!(status.stx_mask & CSYS_STATX_MNT_ID)) return -CSYS_ENOSYS;
    *id = status.stx_mnt_id;
    return 0;
}

/* What its path leads to, or as far as that goes: the mount itself, or one that hides it. */
static long open_mount(struct jailer *j, int root, char *path)
{
    for (;;) {
        struct csys_open_how how = {
            .flags = CSYS_O_PATH | CSYS_O_CLOEXEC,
            .resolve = CSYS_RESOLVE_IN_ROOT | CSYS_RESOLVE_NO_MAGICLINKS | CSYS_RESOLVE_NO_SYMLINKS,
        };
        long fd = CALL(j, openat2, root, path, &how);
        if (fd != -CSYS_ENOENT && fd != -CSYS_ENOTDIR && fd != -CSYS_ELOOP) return fd;
        uint64_t n = jailer_length(path);
        while (n > 1 && path[n - 1] != '/') n--;
        if (n <= 1) return fd;
        path[n - 1] = 0;
    }
}

static long remount_one(struct jailer *j, int root, const struct below *b, struct mount *m, uint64_t set, uint64_t clear)
{
    long fd = open_mount(j, root, m->path);
    if (fd < 0) return fd;
    uint64_t id = 0;
    long result = jailer_mount_id(j, (int)fd, &id);
    if (result >= 0) {
        if (id == m->id) result = jailer_remount(j, (int)fd, set, clear);
        /* Hidden by another one below, which gets its own turn: no path leads to it, and nobody in the jail can take away
         * what hides it. Anything else means that it has moved since it was listed. */
        else if (!is_below(b, id) || is_ancestor(b, id, m->id)) result = -CSYS_ESTALE;
    }
    csys_close((int)fd);
    return result;
}

long jailer_remount_below(struct jailer *j, int tree, int root, uint64_t set, uint64_t clear)
{
    static struct below below;
    static struct mount mount;
    below.count = 0;
    long result = jailer_mount_id(j, tree, &below.top);
    if (result < 0) return result;
    long fd = CALL(j, openat, CSYS_AT_FDCWD, "/proc/self/mountinfo", CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return fd;
    struct reader reader = {.fd = (int)fd};
    result = find_below(j, &reader, &below, &mount);
    if (result >= 0 && below.count) {
        result = begin_again(j, &reader);
        while (result >= 0 && (result = next_mount(j, &reader, &mount)) > 0)
            if (parent_of(&below, mount.id)) result = remount_one(j, root, &below, &mount, set, clear);
    }
    csys_close((int)fd);
    return result < 0 ? result : 0;
}

#include "uninstrumented_end.h"
