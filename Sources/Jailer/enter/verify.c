/* Looks at each thread by what the kernel says of it in /proc/self/task: not at what calls have answered. */
#include "session.h"

enum { status_most = 262144 };

/* What the steps have asked for; a step is named where it does not hold. */
struct expected {
    const struct jailer_operation *ids, *groups, *bounding, *secure_bits, *sets, *latch, *umask, *descriptors, *root;
    const struct jailer_operation *namespaces, *no_groups;
    uint64_t flags; /* of all that were unshared */
};

static void expect(struct session *s, uint32_t to, struct expected *e)
{
    for (uint32_t step = 0; step < to; step++) {
        const struct jailer_operation *op = &s->own->operation[step];
        switch (op->code) {
        case JAILER_OP_UNSHARE:
            e->namespaces = op;
            e->flags |= op->operand[0];
            break;
        case JAILER_OP_BECOME:
            e->ids = op;
            if (op->operand[2]) {
                e->no_groups = op;
                e->groups = 0;
            }
            break;
        case JAILER_OP_SET_GROUPS:
            e->groups = op;
            e->no_groups = 0;
            break;
        case JAILER_OP_LIMIT_BOUNDING_SET: e->bounding = op; break;
        case JAILER_OP_SET_SECURE_BITS: e->secure_bits = op; break;
        case JAILER_OP_SET_CAPABILITIES: e->sets = op; break;
        case JAILER_OP_SET_NO_NEW_PRIVILEGES: e->latch = op; break;
        case JAILER_OP_SET_UMASK: e->umask = op; break;
        case JAILER_OP_KEEP_DESCRIPTORS: e->descriptors = op; break;
        case JAILER_OP_CHANGE_ROOT:
        case JAILER_OP_ENTER_ROOT: e->root = op; break;
        default: break;
        }
    }
}

static void require(struct session *s, int32_t tid, const struct jailer_operation *op, int holds, const char *what)
{
    const uint32_t step = (uint32_t)(op - s->own->operation);
    if (!holds) jailer_die(s, tid, step, 0, 0, what);
    if (s->entrance->seen) s->entrance->seen[step] = 1;
}

static int is_number(const char *status, const char *name, unsigned base, uint64_t wanted)
{
    const char *at = jailer_field(status, name);
    uint64_t value;
    return at && jailer_number(&at, base, &value) && value == wanted;
}

/* Real, effective, saved and of the file system. */
static int are_ids(const char *status, const char *name, uint64_t wanted)
{
    const char *at = jailer_field(status, name);
    uint64_t value;
    for (int i = 0; i < 4; i++)
        if (!at || !jailer_number(&at, 10, &value) || value != wanted) return 0;
    return 1;
}

/* Each is named once; the kernel has them in an order of its own. */
static int are_groups(const char *status, const uint32_t *groups, uint64_t count)
{
    const char *at = jailer_field(status, "Groups");
    uint64_t value, held = 0;
    if (!at) return 0;
    for (; jailer_number(&at, 10, &value); held++) {
        uint64_t i = 0;
        while (i < count && groups[i] != value) i++;
        if (i == count) return 0;
    }
    return held == count;
}

static void check_status(struct session *s, const struct expected *e, const struct task *task, const char *status)
{
    const int32_t tid = task->tid;
    if (e->ids) {
        require(s, tid, e->ids, are_ids(status, "Uid", e->ids->operand[0]), "its user is another");
        require(s, tid, e->ids, are_ids(status, "Gid", e->ids->operand[1]), "its group is another");
    }
    /* Of the step before the last where an ordinary user becomes another inside. */
    if (e->no_groups && !are_groups(status, 0, 0))
        jailer_die(s, tid, (uint32_t)(e->no_groups - s->own->operation), 0, 0, "it has supplementary groups");
    if (e->groups) {
        const uint32_t *groups = (const uint32_t *)(void *)jailer_bytes(s->own, e->groups->operand[0]);
        require(s, tid, e->groups, are_groups(status, groups, e->groups->operand[1] / 4), "its supplementary groups are others");
    }
    if (e->bounding) {
        const char *at = jailer_field(status, "CapBnd");
        uint64_t set = 0;
        require(s, tid, e->bounding, at && jailer_number(&at, 16, &set) && !(set & ~e->bounding->operand[0]),
                "its bounding set is larger");
    }
    if (e->sets) {
        static const char *const names[4] = {"CapEff", "CapPrm", "CapInh", "CapAmb"};
        for (int i = 0; i < 4; i++)
            require(s, tid, e->sets, is_number(status, names[i], 16, e->sets->operand[i]), "its capability sets are others");
    }
    if (e->secure_bits)
        require(s, tid, e->secure_bits, task->secure_bits == e->secure_bits->operand[0], "its securebits are others");
    if (e->latch) require(s, tid, e->latch, is_number(status, "NoNewPrivs", 10, 1), "its no_new_privs is not set");
    if (e->umask) require(s, tid, e->umask, is_number(status, "Umask", 8, e->umask->operand[0]), "its umask is another");
}

struct open_files {
    struct session *s;
    const struct expected *e;
    int32_t tid;
    int directory;
};

static long check_descriptor(void *with, int32_t number)
{
    const struct open_files *o = with;
    if (number == o->directory || jailer_keeps(o->s->own, o->e->descriptors, (uint32_t)number)) return 0;
    require(o->s, o->tid, o->e->descriptors, 0, "it has another descriptor open");
    return 0;
}

static void check_descriptors(struct session *s, const struct expected *e, int32_t tid)
{
    char path[32];
    jailer_path(path, tid, "fd");
    const long fd = csys_openat(s->own->inspected, path, CSYS_O_RDONLY | CSYS_O_DIRECTORY | CSYS_O_CLOEXEC, 0);
    require(s, tid, e->descriptors, fd >= 0, "its descriptors cannot be listed");
    struct open_files o = {s, e, tid, (int)fd};
    require(s, tid, e->descriptors, jailer_each_number((int)fd, check_descriptor, &o) == 0, "its descriptors cannot be listed");
    csys_close((int)fd);
}

static void check_root(struct session *s, const struct expected *e, int32_t tid, const struct csys_statx *own)
{
    char path[32];
    struct csys_statx status;
    jailer_path(path, tid, "root/.");
    require(s, tid, e->root, csys_statx(s->own->inspected, path, 0, jailer_identity, &status) == 0, "its root cannot be seen");
    require(s, tid, e->root, jailer_is_same(&status, own), "its root is another");
    /* Not what chroot(2) has answered: a filter of the host's may answer for it. */
    require(s, tid, e->root, e->root->code != JAILER_OP_CHANGE_ROOT || jailer_is_same(&status, &s->root_wanted),
            "its root is not the one that was asked for");
    /* What was built is not what it was built from. */
    require(s, tid, e->root, e->root->code != JAILER_OP_ENTER_ROOT || status.stx_mnt_id != s->root_before, "its root is the old one");
}

const struct jailer_namespace jailer_namespace[jailer_namespace_count] = {
    {CSYS_CLONE_NEWUSER, "ns/user"}, {CSYS_CLONE_NEWNS, "ns/mnt"},         {CSYS_CLONE_NEWNET, "ns/net"},
    {CSYS_CLONE_NEWIPC, "ns/ipc"},   {CSYS_CLONE_NEWUTS, "ns/uts"},        {CSYS_CLONE_NEWCGROUP, "ns/cgroup"},
    {CSYS_CLONE_NEWTIME, "ns/time"},
};

static uint64_t namespace_of(struct session *s, int32_t tid, unsigned i)
{
    char path[32];
    struct csys_statx status;
    jailer_path(path, tid, jailer_namespace[i].name);
    return csys_statx(s->own->inspected, path, 0, CSYS_STATX_INO, &status) == 0 ? status.stx_ino : 0;
}

void jailer_note_namespaces(struct session *s)
{
    struct csys_statx root = {0};
    for (unsigned i = 0; i < jailer_namespace_count; i++) s->before[i] = namespace_of(s, s->tid, i);
    s->root_before = csys_statx(CSYS_AT_FDCWD, "/", 0, jailer_identity, &root) == 0 ? root.stx_mnt_id : 0;
    s->root_wanted = (struct csys_statx){0};
    for (uint32_t step = 0; step < s->own->header->operation_count; step++) {
        const struct jailer_operation *op = &s->own->operation[step];
        if (op->code == JAILER_OP_CHANGE_ROOT)
            csys_statx(CSYS_AT_FDCWD, jailer_string(s->own, op->operand[0]), 0, jailer_identity, &s->root_wanted);
    }
}

/* Another than before, and the same on every thread. */
static void check_namespaces(struct session *s, const struct expected *e, int32_t tid)
{
    for (unsigned i = 0; i < jailer_namespace_count; i++) {
        if (!(e->flags & jailer_namespace[i].flag)) continue;
        const uint64_t own = namespace_of(s, s->tid, i);
        require(s, tid, e->namespaces, own && own != s->before[i] && namespace_of(s, tid, i) == own, "its namespaces are others");
    }
}

static void check_task(struct session *s, const struct expected *e, const struct task *task, const struct csys_statx *root)
{
    static char status[status_most];
    const long n = jailer_read_file(s, task->tid, "status", status, sizeof status);
    if (n < 0) jailer_die(s, task->tid, 0, CSYS_NR_openat, n, "its status cannot be read");
    check_status(s, e, task, status);
    if (e->descriptors) check_descriptors(s, e, task->tid);
    if (e->root) check_root(s, e, task->tid, root);
    if (e->namespaces) check_namespaces(s, e, task->tid);
}

void jailer_verify(struct session *s, uint32_t to)
{
    struct expected e = {0};
    struct csys_statx root = {0};
    expect(s, to, &e);
    /* Without a /proc nothing is seen, and nothing said to be. */
    if (s->own->inspected < 0) return;
    if (e.root) require(s, s->tid, e.root, csys_statx(CSYS_AT_FDCWD, "/", 0, jailer_identity, &root) == 0, "its root cannot be seen");
    const struct task here = {
        .tid = s->tid, .secure_bits = (uint32_t)csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0)};
    check_task(s, &e, &here, &root);
    for (uint32_t i = 0; i < s->tasks; i++)
        if (s->task[i].state == task_parked) check_task(s, &e, &s->task[i], &root);
}

void jailer_verify_limit(struct session *s, uint32_t step)
{
    const struct jailer_operation *op = &s->own->operation[step];
    struct csys_rlimit now;
    const long n = csys_prlimit64(0, (int)op->operand[0], 0, &now);
    if (n < 0) jailer_die(s, s->tid, step, CSYS_NR_prlimit64, n, "the limit cannot be read");
    if (op->operand[3] & JAILER_LIMIT_RAISE) return;
    const int lower = op->operand[3] & JAILER_LIMIT_LOWER;
    require(s, s->tid, op, lower ? now.rlim_cur <= op->operand[1] : now.rlim_cur == op->operand[1], "the soft limit is another");
    require(s, s->tid, op, lower ? now.rlim_max <= op->operand[2] : now.rlim_max == op->operand[2], "the hard limit is another");
}

/* seccomp(2) answers for every thread; where a descriptor is still to be had and the filter lets it, each is looked at, too. */
void jailer_verify_filter(struct session *s, uint32_t step)
{
    static char status[status_most];
    const struct jailer_operation *op = &s->own->operation[step];
    s->entrance->filter_seen = s->own->inspected >= 0;
    for (uint32_t i = 0; i <= s->tasks && s->own->inspected >= 0; i++) {
        if (i < s->tasks && s->task[i].state != task_parked) continue;
        const int32_t tid = i < s->tasks ? s->task[i].tid : s->tid;
        if (jailer_read_file(s, tid, "status", status, sizeof status) < 0) {
            s->entrance->filter_seen = 0;
            continue;
        }
        require(s, tid, op, is_number(status, "Seccomp", 10, 2), "it has no filter");
    }
}

#include "../uninstrumented_end.h"
