/* What is known of the threads when all of them stand, and nothing is changed: what is not a process's own, and what no file of
 * /proc shows. */
#include "session.h"

enum {
    most_rings = 16,      /* that a thread can register: IO_RINGFD_REG_MAX */
    keeps_permitted = 16, /* SECBIT_KEEP_CAPS: no wall, and gone with the next execve(2) */
    status_most = 262144,
};

static uint32_t refuse(struct session *s, uint32_t refusal, int32_t tid, long error)
{
    s->entrance->refusal = refusal;
    s->entrance->thread = tid;
    s->entrance->error = (int32_t)error;
    return refusal;
}

/* A registered ring needs no descriptor (Linux 5.18), and acts with the rights of whoever made it. A thread that never had one
 * answers EINVAL, as older kernels do; an empty place EBADF. */
static uint32_t rings_here(void)
{
    for (unsigned place = 0; place < most_rings; place++) {
        const long n = csys_io_uring_enter(place, 0, 0, CSYS_IORING_ENTER_REGISTERED_RING);
        if (n == -CSYS_EINVAL) return rings_none;
        if (n == -CSYS_ENOSYS || n == -CSYS_EPERM || n == -CSYS_EACCES) return rings_unseen;
        if (n != -CSYS_EBADF) return rings_some;
    }
    return rings_none;
}

void jailer_look_here(struct task *task)
{
    task->rings = rings_here();
    task->secure_bits = (uint32_t)csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0);
}

static uint32_t check_rings(struct session *s, const struct task *task)
{
    if (task->rings == rings_some) return refuse(s, JAILER_REFUSAL_REGISTERED_RING, task->tid, 0);
    if (task->rings == rings_unseen) s->entrance->rings_unseen = 1;
    return 0;
}

/* A ring whose descriptor is closed lives as long as its mapping, and goes on with what it was told before. */
static uint32_t check_mappings(struct session *s)
{
    static const char wanted[] = "anon_inode:[io_uring]";
    static char text[65536];
    char path[32];
    jailer_path(path, s->tid, "maps");
    const long fd = csys_openat(s->own->inspected, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, s->tid, fd);
    unsigned matched = 0;
    long n;
    while ((n = csys_read((int)fd, text, sizeof text)) > 0 || n == -CSYS_EINTR)
        for (long at = 0; at < n && wanted[matched]; at++)
            /* Its first letter comes once. */
            matched = text[at] == wanted[matched] ? matched + 1 : text[at] == wanted[0];
    csys_close((int)fd);
    if (n < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, s->tid, n);
    return wanted[matched] ? 0 : refuse(s, JAILER_REFUSAL_MAPPED_RING, s->tid, 0);
}

/* None may lose what it has, and each must have what the plan relies on. */
static uint32_t check_secure_bits(struct session *s, const struct task *task, uint32_t own)
{
    const struct jailer *j = s->own;
    const uint32_t bits = task->secure_bits & ~(uint32_t)keeps_permitted;
    int sets = 0;
    for (uint32_t step = 0; step < j->header->operation_count; step++) {
        if (j->operation[step].code != JAILER_OP_SET_SECURE_BITS) continue;
        sets = 1;
        if (bits & ~j->operation[step].operand[0]) return refuse(s, JAILER_REFUSAL_SECURE_BITS, task->tid, 0);
    }
    if (!sets && own & ~(uint32_t)keeps_permitted & ~bits) return refuse(s, JAILER_REFUSAL_SECURE_BITS, task->tid, 0);
    return 0;
}

/* One table of descriptors: what was opened when all stood still is there by its number, or the table is another. kcmp(2) would
 * say so, where no filter refuses it. */
static uint32_t check_tables(struct session *s)
{
    struct csys_statx ours, theirs;
    const long probe = csys_fcntl(s->own->inspected, CSYS_F_DUPFD_CLOEXEC, 3);
    if (probe < 0) return refuse(s, JAILER_REFUSAL_NO_PROC, s->tid, probe);
    long n = csys_statx((int)probe, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_INO, &ours);
    if (n < 0) refuse(s, JAILER_REFUSAL_NO_PROC, s->tid, n);
    for (uint32_t i = 0; n >= 0 && i < s->tasks; i++) {
        char path[48], digits[16], *end = digits;
        const int32_t tid = s->task[i].tid;
        if (s->task[i].state != task_parked) continue;
        for (const char *c = "fd/"; *c; c++) *end++ = *c;
        jailer_digits(end, (uint32_t)probe);
        jailer_path(path, tid, digits);
        n = csys_statx(s->own->inspected, path, 0, CSYS_STATX_INO, &theirs);
        if (n < 0 && n != -CSYS_ENOENT) refuse(s, JAILER_REFUSAL_NO_PROC, tid, n);
        else if (n < 0 || theirs.stx_ino != ours.stx_ino || theirs.stx_dev_major != ours.stx_dev_major ||
                 theirs.stx_dev_minor != ours.stx_dev_minor)
            n = -(long)refuse(s, JAILER_REFUSAL_UNSHARED, tid, 0);
    }
    csys_close((int)probe);
    return s->entrance->refusal;
}

/* One root, one working directory and one umask: a change of the last is everyone's, or they are not. For this moment nobody else
 * runs who could make a file by it. */
static uint32_t check_directories(struct session *s)
{
    static char status[status_most];
    const long before = csys_umask(0);
    if (before < 0) return refuse(s, JAILER_REFUSAL_UNSHARED, s->tid, before);
    const uint64_t other = (uint64_t)before ^ 0777;
    csys_umask((unsigned)other);
    for (uint32_t i = 0; !s->entrance->refusal && i < s->tasks; i++) {
        const int32_t tid = s->task[i].tid;
        uint64_t seen = 0;
        if (s->task[i].state != task_parked) continue;
        const long n = jailer_read_file(s, tid, "status", status, sizeof status);
        const char *at = n < 0 ? 0 : jailer_field(status, "Umask");
        if (n < 0) refuse(s, JAILER_REFUSAL_NO_PROC, tid, n);
        else if (!at || !jailer_number(&at, 8, &seen) || seen != other) refuse(s, JAILER_REFUSAL_UNSHARED, tid, 0);
    }
    csys_umask((unsigned)before);
    return s->entrance->refusal;
}

uint32_t jailer_look(struct session *s)
{
    struct task here = {.tid = s->tid};
    jailer_look_here(&here);
    if (check_rings(s, &here)) return s->entrance->refusal;
    for (uint32_t i = 0; i < s->tasks; i++) {
        const struct task *task = &s->task[i];
        if (task->state != task_parked) continue;
        if (check_rings(s, task) || check_secure_bits(s, task, here.secure_bits)) return s->entrance->refusal;
    }
    if (check_mappings(s) || !s->standing) return s->entrance->refusal;
    return check_tables(s) || check_directories(s) ? s->entrance->refusal : 0;
}

#include "../uninstrumented_end.h"
