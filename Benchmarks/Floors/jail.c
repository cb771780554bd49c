/* What a jail's first process does: the mounts that are the jail's own, the rights that go, the payload, and its life as init. */
#include "floor.h"

#define ATTRIBUTES(path, set) \
    MUST(mount_setattr, CSYS_AT_FDCWD, path, 0, &(struct csys_mount_attr){.attr_set = (set)})

void raise_loopback(void)
{
    struct csys_ifreq request = {.name = "lo", .flags = CSYS_IFF_UP};
    int fd = (int)MUST(socket, CSYS_AF_INET, CSYS_SOCK_DGRAM | CSYS_SOCK_CLOEXEC, 0);
    MUST(ioctl, fd, CSYS_SIOCSIFFLAGS, (long)&request);
    csys_close(fd);
}

static void forbid_nesting(void)
{
    int fd = (int)MUST(openat, CSYS_AT_FDCWD, "proc/sys/user/max_user_namespaces", CSYS_O_WRONLY | CSYS_O_CLOEXEC, 0);
    MUST(write, fd, "0\n", 2);
    csys_close(fd);
}

/* The working directory is the jail's root; the root directory is still another, whose paths name what covers. */
void fresh_mounts(const char *null, const char *empty)
{
    int nesting_forbidden = 0;
    for (unsigned i = 0; i < specification.pieces; i++) {
        const struct piece *piece = &specification.piece[i];
        switch (piece->kind) {
        case piece_fresh: MUST(mount, "none", piece->path, piece->other, piece->flags, piece->options); break;
        case piece_read_only:
            /* Before /proc/sys is read-only; a launcher has done it for all its jails. */
            if (!empty && !nesting_forbidden++) forbid_nesting();
            MUST(mount, piece->path, piece->path, 0, CSYS_MS_BIND | CSYS_MS_REC, 0);
            ATTRIBUTES(piece->path, CSYS_MOUNT_ATTR_RDONLY);
            break;
        case piece_mask:
            if (!piece->is_directory) MUST(mount, null, piece->path, 0, CSYS_MS_BIND, 0);
            else if (empty) MUST(mount, empty, piece->path, 0, CSYS_MS_BIND, 0);
            else {
                MUST(mount, "none", piece->path, "tmpfs", CSYS_MS_RDONLY | CSYS_MS_NOSUID | CSYS_MS_NODEV | CSYS_MS_NOEXEC, 0);
            }
            break;
        default: break;
        }
    }
}

static void no_capabilities(void)
{
    struct csys_cap_header header = {CSYS_CAPABILITY_VERSION_3, 0};
    const struct csys_cap_data none[2] = {{0, 0, 0}, {0, 0, 0}};
    MUST(capset, &header, none);
}

/* Those that a launcher loses for all its jails: what it needs itself are its effective ones. */
void lose_rights(void)
{
    for (unsigned capability = 0; csys_prctl(CSYS_PR_CAPBSET_DROP, capability, 0, 0, 0) >= 0; capability++) {}
    MUST(prctl, CSYS_PR_SET_SECUREBITS, specification.secure_bits, 0, 0, 0);
    MUST(prctl, CSYS_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void load(const struct csys_sock_fprog *program)
{
    MUST(seccomp, CSYS_SECCOMP_SET_MODE_FILTER, 0, program);
}

/* Without CLONE_VM's page tables, and until exec alone with its parent's memory: nothing returns from here. */
__attribute__((noreturn)) static inline void payload(enum progress done)
{
    const uint64_t none = 0;
    MUST(setsid);
    if (shared->output != 1) MUST(dup3, shared->output, 1, 0);
    if (shared->parked) {
        MUST(close_range, descriptor_host, descriptor_host, 0);
        MUST(close_range, descriptor_gate + 1, ~0u, 0);
    } else MUST(close_range, descriptor_host, ~0u, 0);
    if (done == progress_none)
        for (unsigned i = 0; i < specification.limits; i++)
            MUST(prlimit64, 0, specification.limit[i].kind, &specification.limit[i].bounds, 0);
    MUST(chdir, specification.directory);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &none, 0);
    for (unsigned i = 0; i < specification.filters; i++) load(&specification.filter[i]);
    if (shared->parked) {
        char byte;
        MUST(read, descriptor_gate, &byte, 1);
    }
    die((const char *)shared->arguments[0],
        csys_execve((const char *)shared->arguments[0], shared->arguments, specification.environment));
}

__attribute__((noreturn)) static void finish(long child)
{
    struct csys_siginfo ended;
    struct csys_rusage usage;
    /* A look at each task of the machine, of which there may be thousands: only where the payload left something behind. */
    ended.pid = 0;
    if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WNOWAIT | CSYS_WALL, 0) != -CSYS_ECHILD)
        csys_kill(-1, CSYS_SIGKILL);
    while (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WALL, 0) == 0)
        if (ended.pid == child) shared->code = ended.code, shared->status = ended.status;
    csys_getrusage(CSYS_RUSAGE_CHILDREN, &usage);
    shared->user_ns = (uint64_t)usage.ru_utime.tv_sec * 1000000000u + (uint64_t)usage.ru_utime.tv_usec * 1000u;
    shared->system_ns = (uint64_t)usage.ru_stime.tv_sec * 1000000000u + (uint64_t)usage.ru_stime.tv_usec * 1000u;
    shared->max_resident_kib = (uint64_t)usage.ru_maxrss;
    for (;;) csys_exit_group(0);
}

/* The library's init: reaps, forwards what comes from outside, ends with the payload or with the host. */
__attribute__((noreturn)) static void init(long child)
{
    const uint64_t all = ~0ull;
    if (!shared->parked) csys_close_range(descriptor_host + 1, ~0u, 0);
    for (unsigned i = 0; i < specification.init_filters; i++) load(&specification.init_filter[i]);
    long signals = MUST(signalfd4, -1, &all, CSYS_O_CLOEXEC | CSYS_O_NONBLOCK);
    for (;;) {
        struct csys_siginfo ended;
        for (;;) {
            ended.pid = 0;
            if (csys_waitid(CSYS_P_ALL, 0, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, 0) < 0 || !ended.pid) break;
            if (ended.pid != child) continue;
            shared->code = ended.code;
            shared->status = ended.status;
            finish(child);
        }
        struct csys_pollfd wait[2] = {{(int)signals, CSYS_POLLIN, 0}, {descriptor_host, CSYS_POLLIN, 0}};
        csys_ppoll(wait, 2, 0);
        if (wait[1].revents)
            for (;;) csys_exit_group(0);
        struct csys_signalfd_siginfo info[8];
        long n;
        while ((n = csys_read((int)signals, info, sizeof info)) > 0)
            for (unsigned i = 0; i < (unsigned long)n / sizeof *info; i++)
                if (info[i].ssi_signo != CSYS_SIGCHLD && !info[i].ssi_pid && info[i].ssi_code == CSYS_SI_USER)
                    csys_kill((int)child, (int)info[i].ssi_signo);
    }
}

void live(enum progress done)
{
    MUST(chroot, ".");
    if (done == progress_none) lose_rights();
    no_capabilities();
    const uint64_t how = shared->parked ? 0 : CSYS_CLONE_VM | CSYS_CLONE_VFORK;
    struct csys_clone_args args = {.flags = how, .exit_signal = CSYS_SIGCHLD};
    long child = MUST(clone3, &args);
    if (child == 0) payload(done);
    init(child);
}
