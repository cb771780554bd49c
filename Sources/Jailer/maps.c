/* The maps of a new user namespace, written from outside. */
#include "interpreter.h"

/* Gives how many digits it wrote. */
static unsigned decimal(char *to, unsigned value)
{
    char digits[12];
    unsigned count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    for (unsigned i = 0; i < count; i++) to[i] = digits[count - 1 - i];
    return count;
}

void jailer_process_path(char *to, int pid, const char *rest)
{
    const char *prefix = "/proc/";
    while (*prefix) *to++ = *prefix++;
    to += decimal(to, (unsigned)pid);
    *to++ = '/';
    while ((*to++ = *rest++)) {}
}

long jailer_write_whole(struct jailer *j, const char *path, const void *bytes, uint64_t n)
{
    long fd = CALL(j, openat, CSYS_AT_FDCWD, path, CSYS_O_WRONLY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return fd;
    long result = CALL(j, write, (int)fd, bytes, n);
    csys_close((int)fd);
    return result < 0 ? result : (uint64_t)result == n ? 0 : -CSYS_EINVAL;
}

/* In a process of its own: newuidmap PID INSIDE OUTSIDE COUNT … with no descriptor but three of the null device. */
__attribute__((noreturn)) static void become_helper(const char *program, int pid, const char *map)
{
    static char text[4096], number[16];
    static const char *argument[3 + 3 * 340];
    unsigned count = 0;
    uint64_t n = 0;
    long null = csys_openat(CSYS_AT_FDCWD, "/dev/null", CSYS_O_RDWR, 0);
    if (null < 0) csys_exit_group(126);
    for (int fd = 0; fd < 3; fd++)
        if (null != fd && csys_dup3((int)null, fd, 0) < 0) csys_exit_group(126);
    csys_close_range(3, ~0u, 0);
    const uint64_t none = 0;
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &none, 0);

    number[decimal(number, (unsigned)pid)] = 0;
    argument[count++] = program;
    argument[count++] = number;
    for (int inside = 0; *map; map++) {
        if (n + 1 >= sizeof text || count + 1 >= sizeof argument / sizeof *argument) csys_exit_group(126);
        const int space = *map == ' ' || *map == '\n';
        if (!space && !inside) argument[count++] = text + n;
        text[n++] = space ? 0 : *map;
        inside = !space;
    }
    text[n] = 0;
    argument[count] = 0;
    const char *environment[1] = {0};
    csys_execve(program, argument, environment);
    for (;;) csys_exit_group(127);
}

/* Whether it has ended by itself: until then, unless nobody waits for the map any more. A helper that looks a user up may hang, and
 * would then write, some time, the map of whoever has the number by then. */
static int has_ended(const struct jailer *j, int helper, int mapped)
{
    enum { most_seconds = 20 };
    const struct csys_timespec moment = {1, 0}, most = {most_seconds, 0};
    struct csys_pollfd wait[4] = {
        {helper, CSYS_POLLIN, 0},
        {jailer_fd_host, CSYS_POLLIN, 0},
        {j->control, 0, 0}, /* the host has let go of it */
        {mapped, CSYS_POLLIN, 0},
    };
    csys_ppoll(wait, 4, &most);
    if (wait[0].revents) return 1;
    /* Its real user is this process's, whatever it runs as. */
    csys_pidfd_send_signal(helper, CSYS_SIGKILL);
    csys_ppoll(wait, 1, &moment);
    if (wait[1].revents || wait[2].revents)
        for (;;) csys_exit_group(125);
    return 0;
}

static long write_by_helper(struct jailer *j, const char *program, const struct jailer_maps *maps, const char *map)
{
    int32_t pidfd = -1;
    struct csys_clone_args args = {
        .flags = CSYS_CLONE_PIDFD, .pidfd = (uint64_t)&pidfd, .exit_signal = CSYS_SIGCHLD};
    long helper = CALL(j, clone3, &args);
    if (helper < 0) return helper;
    if (helper == 0) become_helper(program, maps->pid, map);
    struct csys_siginfo ended = {0};
    const int by_itself = has_ended(j, pidfd, maps->pidfd);
    long waited = CALL(j, waitid, CSYS_P_PIDFD, pidfd, &ended, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, 0);
    csys_close(pidfd);
    if (waited < 0) return waited;
    j->call = CSYS_NR_execve;
    if (!by_itself) return -CSYS_ETIMEDOUT;
    if (ended.code == CSYS_CLD_EXITED && ended.status == 127) return -CSYS_ENOENT;
    return ended.code == CSYS_CLD_EXITED && ended.status == 0 ? 0 : -CSYS_EPERM;
}

static long write_one(
    struct jailer *j, const struct jailer_maps *maps, const char *name, const char *text, const char *helper)
{
    char path[64];
    if (*helper) return write_by_helper(j, helper, maps, text);
    jailer_process_path(path, maps->pid, name);
    return jailer_write_whole(j, path, text, jailer_length(text));
}

long jailer_write_maps(struct jailer *j, const struct jailer_maps *maps)
{
    long result = maps->deny_setgroups ? write_one(j, maps, "setgroups", "deny", "") : 0;
    if (result >= 0) result = write_one(j, maps, "uid_map", maps->uid, maps->uid_helper);
    return result < 0 ? result : write_one(j, maps, "gid_map", maps->gid, maps->gid_helper);
}

#include "uninstrumented_end.h"
