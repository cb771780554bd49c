/* F: a launcher with the user namespace and a mount namespace in which there is nothing but the tree, parked; each jail is a clone
 * of it that needs neither maps nor pivot_root nor umount. P: the same, with the payload waiting just before its program. */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int orders[2], answers[2], gate[2];
static uint64_t network; /* CLONE_NEWNET: each jail makes its own, by its birth */

static long clone_with(uint64_t flags)
{
    struct csys_clone_args args = {.flags = flags, .exit_signal = flags & CSYS_CLONE_PARENT ? 0 : CSYS_SIGCHLD};
    return MUST(clone3, &args);
}

static void wait_for(long pid)
{
    struct csys_siginfo ended;
    MUST(waitid, CSYS_P_PID, (int)pid, &ended, CSYS_WEXITED | CSYS_WALL, 0);
    if (ended.status) die("a helper failed", 0);
}

static void attach(int tree, const char *path)
{
    must(path, csys_move_mount(tree, "", CSYS_AT_FDCWD, path, CSYS_MOVE_MOUNT_F_EMPTY_PATH));
    csys_close(tree);
}

/* The launcher's root: r, the jails' root; n, the null device and e, nothing, which cover; p, a /proc, without which the kernel
 * refuses others. No process stands in it: it is that of a pid namespace whose only process is gone. A jail's root is r, so that
 * it sees none of the others. */
static void build_room(int tree)
{
    int null = (int)MUST(open_tree, CSYS_AT_FDCWD, "/dev/null", CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC);
    MUST(mount, 0, "/", 0, CSYS_MS_REC | CSYS_MS_PRIVATE, 0);
    MUST(mount, "none", "/mnt", "tmpfs", CSYS_MS_NOSUID | CSYS_MS_NODEV, 0);
    MUST(chdir, "/mnt");
    MUST(mkdirat, CSYS_AT_FDCWD, "r", 0755);
    MUST(mkdirat, CSYS_AT_FDCWD, "e", 0755);
    MUST(mkdirat, CSYS_AT_FDCWD, "p", 0755);
    csys_close((int)MUST(openat, CSYS_AT_FDCWD, "n", CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_CLOEXEC, 0444));
    attach(tree, "r");
    struct csys_mount_attr device = {.attr_set = CSYS_MOUNT_ATTR_RDONLY | CSYS_MOUNT_ATTR_NOSUID | CSYS_MOUNT_ATTR_NOEXEC};
    MUST(mount_setattr, null, "", CSYS_AT_EMPTY_PATH, &device);
    attach(null, "n");
    MUST(mount, "none", "e", "tmpfs", CSYS_MS_RDONLY | CSYS_MS_NOSUID | CSYS_MS_NODEV | CSYS_MS_NOEXEC, 0);
    long helper = clone_with(CSYS_CLONE_NEWPID);
    if (helper == 0) {
        MUST(mount, "none", "p", "proc", CSYS_MS_NOSUID | CSYS_MS_NODEV | CSYS_MS_NOEXEC, 0);
        csys_exit_group(0);
    }
    wait_for(helper);

    MUST(chdir, "/mnt");
    MUST(pivot_root, ".", ".");
    MUST(umount2, ".", CSYS_MNT_DETACH);
    MUST(chdir, "/r");
}

/* For all jails, once. */
static void settle(int tree)
{
    MUST(setgroups, 0, 0);
    MUST(setresgid, specification.inside, specification.inside, specification.inside);
    MUST(setresuid, specification.inside, specification.inside, specification.inside);
    MUST(prctl, CSYS_PR_SET_DUMPABLE, 0, 0, 0, 0);
    build_room(tree);
    MUST(sethostname, specification.host_name, strlen(specification.host_name));
    int fd = (int)MUST(openat, CSYS_AT_FDCWD, "/p/sys/user/max_user_namespaces", CSYS_O_WRONLY | CSYS_O_CLOEXEC, 0);
    MUST(write, fd, "0\n", 2);
    csys_close(fd);
    lose_rights();
    for (unsigned i = 0; i < specification.limits; i++)
        MUST(prlimit64, 0, specification.limit[i].kind, &specification.limit[i].bounds, 0);
}

__attribute__((noreturn)) static void jail(void)
{
    if (network) raise_loopback();
    csys_keyctl(CSYS_KEYCTL_JOIN_SESSION_KEYRING, 0);
    fresh_mounts("/n", "/e");
    live(progress_launcher);
}

/* The network namespace of the next jail: the launcher's own until then, and never another's. */
static void renew_network(void)
{
    MUST(unshare, CSYS_CLONE_NEWNET);
    raise_loopback();
}

__attribute__((noreturn)) static void launch(void)
{
    for (;;) {
        char order;
        if (csys_read(orders[0], &order, 1) != 1) csys_exit_group(0);
        if (order == 'n') {
            renew_network();
            MUST(write, answers[1], "n", 1);
            continue;
        }
        if (clone_with(CSYS_CLONE_PARENT | CSYS_CLONE_NEWNS | network | ALL_BUT_USER_AND_MOUNT) == 0) jail();
    }
}

static void write_map(long pid, const char *name)
{
    char path[64], map[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
    snprintf(map, sizeof map, "%u %u 1", specification.inside, specification.outside);
    int fd = (int)MUST(openat, CSYS_AT_FDCWD, path, CSYS_O_WRONLY | CSYS_O_CLOEXEC, 0);
    MUST(write, fd, map, strlen(map));
    csys_close(fd);
}

static void prepare_launcher(struct kind *kind)
{
    int tree = build_tree(), mapped = eventfd(0, EFD_CLOEXEC);
    uint64_t go = 1;
    if (pipe2(orders, CSYS_O_CLOEXEC) || pipe2(answers, CSYS_O_CLOEXEC)) die("pipe2", 0);
    long pid = clone_with(CSYS_CLONE_NEWUSER | CSYS_CLONE_NEWNS | CSYS_CLONE_NEWUTS);
    if (pid == 0) {
        close(orders[1]);
        MUST(read, mapped, &go, sizeof go);
        settle(tree);
        launch();
    }
    write_map(pid, "uid_map");
    write_map(pid, "gid_map");
    MUST(write, mapped, &go, sizeof go);
    csys_close(tree);
    csys_close(mapped);
    kind->launcher = (int)pid;
}

static void prepare_own(void)
{
    network = CSYS_CLONE_NEWNET;
    prepare_launcher(&kind_launcher_own);
}

static void prepare_ahead(void) { prepare_launcher(&kind_launcher_ahead); }

static void order_network(void)
{
    char answer;
    MUST(write, orders[1], "n", 1);
    if (csys_read(answers[0], &answer, 1) != 1) die("the launcher is gone", 0);
}

static void start(void) { MUST(write, orders[1], "j", 1); }

/* Parked: when the payload waits cannot be told without asking, so it is given time. */
static void prepare_parked(void)
{
    if (pipe2(gate, CSYS_O_CLOEXEC)) die("pipe2", 0);
    MUST(dup3, gate[0], descriptor_gate, CSYS_O_CLOEXEC);
    shared->parked = 1;
    network = CSYS_CLONE_NEWNET;
    prepare_launcher(&kind_parked);
}

static void park(void)
{
    start();
    usleep(10000);
}

static void go(void) { MUST(write, gate[1], "g", 1); }

struct kind kind_launcher_own = {"launcher-own", prepare_own, 0, start, 0};
struct kind kind_launcher_ahead = {"launcher-ahead", prepare_ahead, order_network, start, 0};
struct kind kind_parked = {"parked", prepare_parked, park, go, 0};
