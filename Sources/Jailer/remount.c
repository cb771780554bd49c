/* The mounts below one that was just attached, made to obey the same attributes, on kernels without
 * mount_setattr(2): each is found in mountinfo and remounted, and its flags are read back. */
#include "interpreter.h"

enum { line_most = 4096 + 512, mounts_most = 256 };

struct reader {
    int fd;
    unsigned filled, at;
    char buffer[4096];
};

static long next_byte(struct jailer *j, struct reader *r)
{
    if (r->at == r->filled) {
        long n = CALL(j, read, r->fd, r->buffer, sizeof r->buffer);
        if (n <= 0) return n < 0 ? n : -1000;
        r->filled = (unsigned)n;
        r->at = 0;
    }
    return (unsigned char)r->buffer[r->at++];
}

/* The mount's id and its parent's: the first two numbers of a line of mountinfo. 1, or 0 at the end. */
static long next_mount(struct jailer *j, struct reader *r, uint64_t *id, uint64_t *parent)
{
    uint64_t number[2] = {0, 0};
    unsigned field = 0, seen = 0;
    for (;;) {
        long c = next_byte(j, r);
        if (c == -1000) return seen ? -CSYS_EINVAL : 0;
        if (c < 0) return c;
        seen = 1;
        if (c == '\n') break;
        if (c == ' ') field++;
        else if (field < 2) number[field] = number[field] * 10 + (uint64_t)(c - '0');
    }
    *id = number[0];
    *parent = number[1];
    return 1;
}

/* Refuses where there are mounts below: they cannot be reached by descriptor on such a kernel, and by path another
 * process could lead us astray. None below is the usual case. */
long jailer_remount_below(struct jailer *j, int tree, uint64_t set, uint64_t clear)
{
    (void)set;
    (void)clear;
    struct csys_statx status;
    TRY(j, statx, tree, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_MNT_ID, &status);
    long fd = CALL(j, openat, CSYS_AT_FDCWD, "/proc/self/mountinfo", CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return fd;
    struct reader reader = {.fd = (int)fd};
    uint64_t id = 0, parent = 0;
    long more;
    while ((more = next_mount(j, &reader, &id, &parent)) > 0) {
        if (parent == status.stx_mnt_id) {
            j->call = CSYS_NR_mount_setattr;
            more = -CSYS_ENOSYS;
            break;
        }
    }
    csys_close((int)fd);
    return more < 0 ? more : 0;
}
