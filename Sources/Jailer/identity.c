/* Who the jail is, and what it may do. Each change of credentials resets dumpability to fs.suid_dumpable, which
 * is why FORBID_DUMPING is an operation of its own that the plan repeats. */
#include "interpreter.h"

/* No policy names more groups (CredentialPolicy.mostGroups). */
enum { last_capability = 63, most_groups = 338 };

/* Where root is only played, a filter above the jail's answers in the kernel's place, and nothing has happened. So what came of a call
 * is looked at; what did not come is reported as that call's refusal. What is looked by may be answered for, too, and then writes
 * nothing: no place begins with what is hoped for. */
static int is_user(uint32_t wanted)
{
    uint32_t ids[3] = {~wanted, ~wanted, ~wanted};
    return csys_getresuid(&ids[0], &ids[1], &ids[2]) == 0 && ids[0] == wanted && ids[1] == wanted && ids[2] == wanted;
}

static int is_group(uint32_t wanted)
{
    uint32_t ids[3] = {~wanted, ~wanted, ~wanted};
    return csys_getresgid(&ids[0], &ids[1], &ids[2]) == 0 && ids[0] == wanted && ids[1] == wanted && ids[2] == wanted;
}

/* Each is named once. The kernel has them in an order of its own, by their numbers outside. */
static int has_groups(const uint32_t *groups, unsigned count)
{
    uint32_t held[most_groups];
    for (unsigned i = 0; i < count; i++) held[i] = ~0u;
    if (csys_getgroups(most_groups, held) != (long)count) return 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = 0;
        while (at < count && held[at] != groups[i]) at++;
        if (at == count) return 0;
    }
    return 1;
}

/* Fewer are seen where a security module hides some; it is more that would be a danger. */
static int has_no_more(struct csys_cap_header *header, const struct csys_cap_data wanted[2])
{
    struct csys_cap_data held[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
    if (csys_capget(header, held) < 0) return 0;
    uint32_t more = 0;
    for (unsigned half = 0; half < 2; half++)
        more |= (held[half].effective & ~wanted[half].effective) | (held[half].permitted & ~wanted[half].permitted) |
                (held[half].inheritable & ~wanted[half].inheritable);
    return more == 0;
}

long op_become(struct jailer *j, jailer_op op)
{
    const uint32_t uid = (uint32_t)op->operand[0], gid = (uint32_t)op->operand[1];
    /* Groups before uid: setuid gives up the right to set them. */
    if (op->operand[2]) {
        const long dropped = CALL(j, setgroups, 0, 0);
        /* Whoever has none may not drop them either. */
        if (dropped < 0 && dropped != -CSYS_EPERM) return dropped;
        if (dropped >= 0) j->begun = 1;
        if (csys_getgroups(0, 0) != 0) return -CSYS_EPERM;
    }
    TRY(j, setresgid, gid, gid, gid);
    if (!is_group(gid)) return -CSYS_EPERM;
    TRY(j, setresuid, uid, uid, uid);
    return is_user(uid) ? 0 : -CSYS_EPERM;
}

long op_set_groups(struct jailer *j, jailer_op op)
{
    if (op->operand[0] % 4 || op->operand[1] % 4) return -CSYS_EINVAL;
    const uint32_t *groups = (const uint32_t *)(void *)jailer_bytes(j, op->operand[0]);
    const unsigned count = (unsigned)(op->operand[1] / 4);
    if (op->operand[1] / 4 > most_groups) return -CSYS_EINVAL;
    TRY(j, setgroups, count, groups);
    return has_groups(groups, count) ? 0 : -CSYS_EPERM;
}

/* The host's session keyring is readable from inside, a user namespace notwithstanding. */
long op_new_session_keyring(struct jailer *j, jailer_op op)
{
    (void)op;
    long result = CALL(j, keyctl, CSYS_KEYCTL_JOIN_SESSION_KEYRING, 0);
    /* A kernel without keyrings has none to inherit. */
    return result == -CSYS_ENOSYS ? 0 : result;
}

long op_limit_bounding_set(struct jailer *j, jailer_op op)
{
    for (unsigned capability = 0; capability <= last_capability; capability++) {
        if (op->operand[0] >> capability & 1) continue;
        long dropped = CALL(j, prctl, CSYS_PR_CAPBSET_DROP, capability, 0, 0, 0);
        if (dropped == -CSYS_EINVAL) return 0; /* beyond the kernel's last */
        /* What is gone already takes no right to be gone. */
        if (dropped == -CSYS_EPERM && csys_prctl(CSYS_PR_CAPBSET_READ, capability, 0, 0, 0) != 1) continue;
        if (dropped < 0) return dropped;
        j->begun = 1;
    }
    return 0;
}

long op_set_secure_bits(struct jailer *j, jailer_op op)
{
    const long set = CALL(j, prctl, CSYS_PR_SET_SECUREBITS, op->operand[0], 0, 0, 0);
    /* As they are already. */
    if (set == -CSYS_EPERM && (uint64_t)csys_prctl(CSYS_PR_GET_SECUREBITS, 0, 0, 0, 0) == op->operand[0]) return 0;
    return set;
}

/* What is raised already stays so: securebits may forbid to raise it again. */
static long set_ambient(struct jailer *j, uint64_t mask)
{
    for (unsigned capability = 0; capability <= last_capability; capability++) {
        const long is_set = CALL(j, prctl, CSYS_PR_CAP_AMBIENT, CSYS_PR_CAP_AMBIENT_IS_SET, capability, 0, 0);
        const int wanted = mask >> capability & 1;
        if (is_set < 0 && (is_set != -CSYS_EINVAL || wanted)) return is_set;
        if (is_set < 0) return 0; /* beyond the kernel's last */
        if (wanted == is_set) continue;
        TRY(j, prctl, CSYS_PR_CAP_AMBIENT, wanted ? CSYS_PR_CAP_AMBIENT_RAISE : CSYS_PR_CAP_AMBIENT_LOWER, capability, 0, 0);
    }
    return 0;
}

long op_set_capabilities(struct jailer *j, jailer_op op)
{
    struct csys_cap_header header = {CSYS_CAPABILITY_VERSION_3, 0};
    struct csys_cap_data data[2];
    for (unsigned half = 0; half < 2; half++)
        data[half] = (struct csys_cap_data){
            .effective = (uint32_t)(op->operand[0] >> 32 * half),
            .permitted = (uint32_t)(op->operand[1] >> 32 * half),
            .inheritable = (uint32_t)(op->operand[2] >> 32 * half),
        };
    const uint64_t ambient = op->operand[3];
    if (!ambient) TRY(j, prctl, CSYS_PR_CAP_AMBIENT, CSYS_PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    TRY(j, capset, &header, data);
    if (!has_no_more(&header, data)) return -CSYS_EPERM;
    return ambient ? set_ambient(j, ambient) : 0;
}

long op_set_no_new_privileges(struct jailer *j, jailer_op op)
{
    (void)op;
    return CALL(j, prctl, CSYS_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

long op_forbid_dumping(struct jailer *j, jailer_op op)
{
    (void)op;
    return CALL(j, prctl, CSYS_PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* So that it can write its own id maps; FORBID_DUMPING comes later. */
long op_allow_dumping(struct jailer *j, jailer_op op)
{
    (void)op;
    return CALL(j, prctl, CSYS_PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long load_filter(struct jailer *j, jailer_op op, unsigned flags)
{
    struct csys_sock_fprog program = {
        .length = (uint16_t)(op->operand[1] / 8),
        .filter = (uint64_t)jailer_bytes(j, op->operand[0]),
    };
    if (op->operand[1] % 8 || op->operand[1] / 8 > 4096) return -CSYS_EINVAL;
    const long loaded = CALL(j, seccomp, CSYS_SECCOMP_SET_MODE_FILTER, flags, &program);
    /* A thread that has a filter of its own cannot take it: its number. */
    return loaded > 0 ? -CSYS_EBUSY : loaded;
}

long op_load_filter(struct jailer *j, jailer_op op)
{
    return load_filter(j, op, 0);
}

long op_synchronize_filter(struct jailer *j, jailer_op op)
{
    return load_filter(j, op, CSYS_SECCOMP_FILTER_FLAG_TSYNC);
}

#include "uninstrumented_end.h"
