/* The clone that makes the jail, and what belongs to its namespaces. */
#include "interpreter.h"

/* In the child of a clone into a new user namespace: go on when its maps are written. Gives 1 then. */
static long wait_for_maps(int gate)
{
    uint8_t byte;
    struct csys_pollfd wait[2] = {
        {gate, CSYS_POLLIN, 0},
        {jailer_fd_host, CSYS_POLLIN, 0},
    };
    while (!wait[0].revents && !wait[1].revents) csys_ppoll(wait, 2, 0);
    return wait[0].revents ? csys_read(gate, &byte, 1) : 0;
}

long op_wait_for_maps(struct jailer *j, jailer_op op)
{
    (void)op;
    if (j->gate < 0) return -CSYS_EBADF;
    const long ready = wait_for_maps(j->gate);
    csys_close(j->gate);
    j->gate = -1;
    /* The launcher failed, and has said why; or the host is gone. */
    if (ready != 1)
        for (;;) csys_exit_group(125);
    return 0;
}

/* What fails in a launcher because its jail has ended: if the jail has said why, that counts; else somebody killed it. */
static long or_the_jails_end(struct jailer *j, int pidfd, long result)
{
    /* The kernel closes a process's descriptors, of which its launcher may hear, a moment before it has ended. */
    const struct csys_timespec moment = {0, 100000000};
    struct csys_pollfd wait = {pidfd, CSYS_POLLIN, 0};
    if (result >= 0 || csys_ppoll(&wait, 1, &moment) <= 0) return result;
    if (j->report->state == JAILER_STATE_FAILED)
        for (;;) csys_exit_group(125);
    j->report->detail = JAILER_DETAIL_KILLED;
    return result;
}

/* The jail becomes the host's own child (CLONE_PARENT); the maps are written by this process, from outside, with
 * whatever rights the host has, while the jail does what needs none. A map would come too late for a program that was
 * executed before it (it would have lost every capability), so the jail waits (WAIT_FOR_MAPS). */
long op_clone_jail(struct jailer *j, jailer_op op)
{
    const char *uid_map = jailer_string(j, op->operand[1]), *gid_map = jailer_string(j, op->operand[2]);
    int32_t gate[2], pidfd = -1;
    jailer_require_host();
    TRY(j, pipe2, gate, CSYS_O_CLOEXEC);

    struct csys_clone_args args = {
        .flags = op->operand[0] | CSYS_CLONE_PARENT | CSYS_CLONE_PIDFD | CSYS_CLONE_PARENT_SETTID,
        .pidfd = (uint64_t)&pidfd,
        /* Written by the kernel before the clone returns, so that a host whose launcher is killed here knows its child. */
        .parent_tid = (uint64_t)&j->report->jail_pid,
    };
    /* Before the clone: the jail does not wait for this process until it needs the maps. */
    j->report->state = JAILER_STATE_CLONED;
    long pid = CALL(j, clone3, &args);
    if (pid < 0) return pid;

    if (pid == 0) {
        csys_close(gate[1]);
        j->gate = gate[0];
        j->stage = JAILER_STAGE_JAIL;
        return 0;
    }

    csys_close(gate[0]);
    if (op->operand[0] & CSYS_CLONE_NEWUSER) {
        const struct jailer_maps maps = {(int)pid, pidfd, uid_map, gid_map, jailer_string(j, op->operand[4]),
                                         jailer_string(j, op->operand[5]), op->operand[3] != 0};
        const long result = jailer_write_maps(j, &maps);
        if (result < 0) return or_the_jails_end(j, pidfd, result);
    }
    long result = jailer_send(j, JAILER_MESSAGE_CLONED, (int32_t)pid, pidfd);
    if (result < 0) return result;
    result = CALL(j, write, gate[1], "", 1);
    if (result < 0) return or_the_jails_end(j, pidfd, result);
    /* What is left is the jail's. */
    for (;;) csys_exit_group(0);
}

/* A user namespace that nobody lives in: its maps say whose files an idmapped mount shows as whose. */
long op_make_id_namespace(struct jailer *j, jailer_op op)
{
    int32_t gate[2], pidfd = -1;
    TRY(j, pipe2, gate, CSYS_O_CLOEXEC);
    struct csys_clone_args args = {
        .flags = CSYS_CLONE_NEWUSER | CSYS_CLONE_PIDFD,
        .pidfd = (uint64_t)&pidfd,
        .exit_signal = CSYS_SIGCHLD,
    };
    long pid = CALL(j, clone3, &args);
    if (pid < 0) return pid;
    if (pid == 0) {
        csys_close(gate[1]);
        wait_for_maps(gate[0]);
        for (;;) csys_exit_group(0);
    }
    csys_close(gate[0]);

    const struct jailer_maps maps = {
        (int)pid, pidfd, jailer_string(j, op->operand[1]), jailer_string(j, op->operand[2]), "", "", 0};
    long fd = jailer_write_maps(j, &maps);
    if (fd >= 0) {
        char path[64];
        jailer_process_path(path, (int)pid, "ns/user");
        fd = CALL(j, openat, CSYS_AT_FDCWD, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
    }
    const uint32_t call = j->call;
    csys_close(gate[1]);
    struct csys_siginfo ended;
    csys_waitid(CSYS_P_PIDFD, pidfd, &ended, CSYS_WEXITED | CSYS_WALL, 0);
    csys_close(pidfd);
    j->call = call;
    if (fd < 0) return fd;
    jailer_set_slot(j, op->operand[0], fd);
    return 0;
}

long op_map_tree(struct jailer *j, jailer_op op)
{
    struct csys_mount_attr attributes = {
        .attr_set = CSYS_MOUNT_ATTR_IDMAP,
        .userns_fd = (uint64_t)jailer_slot(j, op->operand[1]),
    };
    return CALL(j, mount_setattr, jailer_slot(j, op->operand[0]), "", CSYS_AT_EMPTY_PATH, &attributes);
}

long op_unshare(struct jailer *j, jailer_op op)
{
    return CALL(j, unshare, op->operand[0]);
}

long op_write_process_file(struct jailer *j, jailer_op op)
{
    char path[64];
    const char *name = jailer_string(j, op->operand[0]), *prefix = "/proc/self/";
    uint64_t n = 0;
    while (*prefix) path[n++] = *prefix++;
    if (jailer_length(name) >= sizeof path - n) return -CSYS_ENAMETOOLONG;
    while ((path[n++] = *name++)) {}
    return jailer_write_whole(j, path, jailer_bytes(j, op->operand[1]), op->operand[2]);
}

long op_set_host_name(struct jailer *j, jailer_op op)
{
    const char *name = jailer_string(j, op->operand[0]);
    return CALL(j, sethostname, name, jailer_length(name));
}

long op_set_domain_name(struct jailer *j, jailer_op op)
{
    const char *name = jailer_string(j, op->operand[0]);
    return CALL(j, setdomainname, name, jailer_length(name));
}

long jailer_raise_loopback(struct jailer *j)
{
    /* A new loopback has no other flag that could be set or cleared. */
    struct csys_ifreq request = {.name = "lo", .flags = CSYS_IFF_UP};
    long fd = CALL(j, socket, CSYS_AF_INET, CSYS_SOCK_DGRAM | CSYS_SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    long result = CALL(j, ioctl, (int)fd, CSYS_SIOCSIFFLAGS, (long)&request);
    csys_close((int)fd);
    return result;
}

long op_raise_loopback(struct jailer *j, jailer_op op)
{
    (void)op;
    return jailer_raise_loopback(j);
}

#include "uninstrumented_end.h"
