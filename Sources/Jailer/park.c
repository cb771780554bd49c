/* A launcher that waits, with all that does not differ between jails already done, and clones one whenever it is asked.
 *
 * It lives in the jails' user namespace and in a mount namespace whose root is what they will see, but in the host's pid
 * namespace: no jail can name it. It ends with the host, or when the host lets go of its socket. */
#include "interpreter.h"

struct request {
    struct jailer_request head;
    int32_t fd[JAILER_MOST_REQUESTED];
};

/* The next jail inherits it, and no other ever does: this process leaves it again before it serves the next request. */
static long make_network_ahead(struct jailer *j)
{
    TRY(j, unshare, CSYS_CLONE_NEWNET);
    return jailer_raise_loopback(j);
}

/* 1, 0 where the host has let go, or -errno. */
static long receive(struct jailer *j, struct request *to)
{
    struct csys_cmsg_fds control = {0};
    struct csys_iovec part = {(uint64_t)&to->head, sizeof to->head};
    struct csys_msghdr header = {
        .iov = (uint64_t)&part, .iov_length = 1, .control = (uint64_t)&control, .control_length = sizeof control};
    long n = CALL(j, recvmsg, j->control, &header, CSYS_MSG_CMSG_CLOEXEC);
    if (n <= 0) return n;

    uint32_t came = 0;
    if (header.control_length > 16 && control.type == CSYS_SCM_RIGHTS) came = (uint32_t)((control.length - 16) / 4);
    for (uint32_t i = 0; i < came; i++) to->fd[i] = control.fd[i];
    /* Fewer than were sent: this process had no number left for them. */
    const int whole = n == sizeof to->head && to->head.kind == JAILER_REQUEST_SPAWN && came == to->head.descriptors;
    to->head.descriptors = came;
    return whole ? 1 : header.flags & CSYS_MSG_CTRUNC ? -CSYS_EMFILE : -CSYS_EPROTO;
}

/* Whether a plan is one that a parked launcher carries out for a jail: a clone, and then only what is the jail's. */
static int is_for_a_jail(const struct jailer *spawn, uint32_t passed)
{
    if (spawn->header->passed_count != passed || !spawn->header->operation_count) return 0;
    if (spawn->operation[0].code != JAILER_OP_CLONE_JAIL) return 0;
    return spawn->header->operation_count < 2 || spawn->operation[1].stage != JAILER_STAGE_LAUNCHER;
}

__attribute__((noreturn)) static void become_the_jail(struct jailer *spawn, const struct request *request)
{
    spawn->step = 1;
    spawn->stage = JAILER_STAGE_JAIL;
    /* The same numbers as in a jail of its own launcher: what the init keeps, it keeps by number. */
    spawn->call = CSYS_NR_dup3;
    long placed = csys_dup3(request->fd[0], jailer_fd_control, CSYS_O_CLOEXEC);
    if (placed < 0) jailer_fail(spawn, placed);
    spawn->control = jailer_fd_control;
    csys_close(request->fd[0]);
    csys_close(request->fd[1]);
    jailer_run(spawn, JAILER_STAGE_JAIL);
    spawn->call = 0;
    jailer_fail(spawn, -CSYS_ENOEXEC);
}

/* Gives the jail's pidfd. */
static long clone_one(struct jailer *spawn, const struct request *request)
{
    struct jailer_report *report = spawn->report;
    int32_t pidfd = -1;
    spawn->call = 0;
    if (spawn->operation[0].fails) return -(long)spawn->operation[0].fails;
    struct csys_clone_args args = {
        .flags = spawn->operation[0].operand[0] | CSYS_CLONE_PARENT | CSYS_CLONE_PIDFD | CSYS_CLONE_PARENT_SETTID,
        .pidfd = (uint64_t)&pidfd,
        .parent_tid = (uint64_t)&report->jail_pid,
    };
    /* Before the clone: the jail does not wait, and may have got further than this when the clone returns. */
    report->state = JAILER_STATE_CLONED;
    const uint64_t start = jailer_now();
    long pid = CALL(spawn, clone3, &args);
    if (pid == 0) become_the_jail(spawn, request);
    if (pid < 0) return pid;
    report->step[0].nanoseconds = jailer_now() - start;
    report->step[0].ran = 1;
    long sent = jailer_send(spawn, JAILER_MESSAGE_CLONED, (int32_t)pid, pidfd);
    /* A jail that is quicker than this has told the host already, which then does not listen any more. */
    if (sent == -CSYS_EPIPE || sent == -CSYS_ECONNRESET) sent = 0;
    if (sent >= 0) return pidfd;
    csys_pidfd_send_signal(pidfd, CSYS_SIGKILL); /* the host could not wait for it */
    csys_close(pidfd);
    return sent;
}

/* Gives the jail's pidfd, or -1 where there is none. */
static int32_t serve(struct jailer *j, uint32_t kept, const struct request *request, long received)
{
    static struct jailer spawn;
    long result = received;
    int loaded = 0;
    if (request->head.descriptors >= 1) spawn.control = request->fd[0];
    if (result > 0 && request->head.descriptors < 2) result = -CSYS_EPROTO;
    if (result > 0) {
        loaded = jailer_load(&spawn, request->fd[1]) == 0;
        if (!loaded) result = -CSYS_EPROTO;
    }
    if (loaded) {
        const uint32_t more = request->head.descriptors - 2;
        spawn.open_files = j->open_files;
        spawn.ahead = j->ahead;
        for (uint32_t i = 0; i < kept; i++) spawn.slot[i] = j->slot[i];
        for (uint32_t i = 0; i < more; i++) spawn.slot[kept + i] = request->fd[2 + i];
        result = is_for_a_jail(&spawn, kept + more) ? clone_one(&spawn, request) : -CSYS_EPROTO;
        if (result < 0) {
            spawn.report->failed_step = 0;
            spawn.report->error = (int32_t)result;
            spawn.report->call = spawn.call;
            spawn.report->state = JAILER_STATE_FAILED;
        }
    }
    /* Where even this cannot be sent, the host hears that the socket has closed. */
    if (result < 0 && request->head.descriptors >= 1) jailer_send(&spawn, JAILER_MESSAGE_FAILED, (int32_t)result, -1);
    if (loaded) jailer_unload(&spawn);
    for (uint32_t i = 0; i < request->head.descriptors; i++) csys_close(request->fd[i]);
    return result < 0 ? -1 : (int32_t)result;
}

long op_park(struct jailer *j, jailer_op op)
{
    const int ahead = (op->operand[0] & JAILER_PARK_NETWORK) != 0;
    const uint32_t kept = (uint32_t)op->operand[1];
    struct jailer_step *step = &j->report->step[j->step];
    if (kept > j->header->slot_count || kept > jailer_most_slots - JAILER_MOST_REQUESTED) return -CSYS_EINVAL;
    if (ahead) {
        long made = make_network_ahead(j);
        if (made < 0) return made;
    }
    const uint32_t here = j->step;
    long set_aside = jailer_make_mounts_ahead(j);
    if (set_aside < 0) return set_aside;
    const int renews = ahead || j->ahead >= 0;
    step->nanoseconds = jailer_now() - step->nanoseconds;
    step->ran = 1;
    j->report->state = JAILER_STATE_PARKED;
    long sent = jailer_send(j, JAILER_MESSAGE_PARKED, 0, -1);
    if (sent < 0) return sent;

    /* To make the next network namespace takes as long as all else of a jail together, in the kernel, which waits for nobody
     * meanwhile: neither for the jail's mounts, on a machine of two processors, nor for the host that hears of its end. So it has
     * to wait: for the end of the jail and a moment more, or as long as a set-up takes, or for the next request. Until then it
     * also keeps the mounts of the jail before, which the kernel else takes apart before it tells of that one's end. */
    enum { set_up = 10000000, moment = 1000000 };
    int used = 0;
    int32_t last = -1;
    for (;;) {
        struct csys_pollfd wait[3] = {
            {j->control, CSYS_POLLIN, 0},
            {jailer_fd_host, CSYS_POLLIN, 0},
            {last, CSYS_POLLIN, 0}, /* of -1 nothing is ever heard */
        };
        /* The call leaves in it what was left of it. */
        struct csys_timespec most = {0, last >= 0 ? set_up : moment};
        const long n = csys_ppoll(wait, 3, used ? &most : 0);
        if (wait[1].revents)
            for (;;) csys_exit_group(0);
        if (wait[2].revents) {
            csys_close(last);
            last = -1;
        }
        if (used && (n == 0 || wait[0].revents)) {
            if (last >= 0) csys_close(last);
            last = -1;
            used = 0;
            jailer_let_go_of_mounts(j);
            if (ahead) {
                /* Without a new one the next jail would share the last one's. */
                long made = make_network_ahead(j);
                if (made < 0) return made;
            }
            /* A jail makes its own where there are none: beside others, if they are many, and with an error of its own. */
            if (!wait[0].revents) jailer_make_mounts_ahead(j);
            j->step = here;
        }
        if (!wait[0].revents) continue;

        struct request request = {0};
        long received = receive(j, &request);
        if (received == -CSYS_EINTR) continue;
        if (received == 0)
            for (;;) csys_exit_group(0);
        last = serve(j, kept, &request, received);
        /* Whatever came of it: a jail that is being killed has them, too. */
        used = renews && received > 0;
        if (!used && last >= 0) {
            csys_close(last);
            last = -1;
        }
    }
}

#include "uninstrumented_end.h"
