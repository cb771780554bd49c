/* C: one clone into all eight namespaces, and a copy of the prebuilt tree. No exec before the payload's. And, for the record, the
 * same with the tree built by each spawn, as a host that prepared nothing must. */
#include "floor.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

static int template = -1, mapped = -1;
static char map[64];

static void write_map(long pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    int fd = (int)MUST(openat, CSYS_AT_FDCWD, path, CSYS_O_WRONLY | CSYS_O_CLOEXEC, 0);
    MUST(write, fd, map, strlen(map));
    csys_close(fd);
}

__attribute__((noreturn)) static void jail(int tree)
{
    /* Beside the host, which writes the maps. */
    MUST(move_mount, tree, "", CSYS_AT_FDCWD, "/", CSYS_MOVE_MOUNT_F_EMPTY_PATH);
    MUST(fchdir, tree);
    MUST(sethostname, specification.host_name, strlen(specification.host_name));
    raise_loopback();

    uint64_t go;
    MUST(read, mapped, &go, sizeof go);
    MUST(setgroups, 0, 0);
    MUST(setresgid, specification.inside, specification.inside, specification.inside);
    MUST(setresuid, specification.inside, specification.inside, specification.inside);
    csys_keyctl(CSYS_KEYCTL_JOIN_SESSION_KEYRING, 0);
    MUST(prctl, CSYS_PR_SET_DUMPABLE, 0, 0, 0, 0);
    fresh_mounts("/dev/null", 0);
    live(progress_none);
}

static void clone_jail(int tree)
{
    struct csys_clone_args args = {
        .flags = CSYS_CLONE_NEWUSER | CSYS_CLONE_NEWNS | CSYS_CLONE_NEWNET | ALL_BUT_USER_AND_MOUNT,
        .exit_signal = CSYS_SIGCHLD,
    };
    long pid = MUST(clone3, &args);
    if (pid == 0) jail(tree);
    write_map(pid, "uid_map");
    write_map(pid, "gid_map");
    const uint64_t go = 1;
    MUST(write, mapped, &go, sizeof go);
    csys_close(tree);
}

static void prepare_unprepared(void)
{
    snprintf(map, sizeof map, "%u %u 1", specification.inside, specification.outside);
    mapped = eventfd(0, EFD_CLOEXEC);
}

static void prepare(void)
{
    prepare_unprepared();
    template = build_tree();
}

static void start(void)
{
    clone_jail((int)must("open_tree of a detached tree (Linux 6.15)",
                         csys_open_tree(template, "", CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC | CSYS_AT_EMPTY_PATH | CSYS_AT_RECURSIVE)));
}

static void start_unprepared(void) { clone_jail(build_tree()); }

/* No jail at all. */
static void start_base(void)
{
    struct csys_clone_args args = {.flags = CSYS_CLONE_VM | CSYS_CLONE_VFORK, .exit_signal = CSYS_SIGCHLD};
    long pid = MUST(clone3, &args);
    if (pid) return;
    const uint64_t none = 0;
    if (shared->output != 1) MUST(dup3, shared->output, 1, 0);
    csys_rt_sigprocmask(CSYS_SIG_SETMASK, &none, 0);
    die("execve", csys_execve((const char *)shared->arguments[0], shared->arguments, specification.environment));
}

static void nothing(void) {}

struct kind kind_base = {"base", nothing, 0, start_base, 0};
struct kind kind_oneshot = {"oneshot", prepare, 0, start, 0};
struct kind kind_oneshot_unprepared = {"oneshot-unprepared", prepare_unprepared, 0, start_unprepared, 0};
