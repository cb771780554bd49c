/* stage [--mounts N] [--hide PATH] -- program …: runs a program on a host that has N mounts more, or a path that is empty, in a
 * mount namespace that nobody else sees. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(70);
}

int main(int argc, char **argv)
{
    long mounts = 0;
    const char *hidden = 0;
    int at = 1;
    for (; at + 1 < argc && strcmp(argv[at], "--"); at += 2) {
        if (!strcmp(argv[at], "--mounts")) mounts = atol(argv[at + 1]);
        else if (!strcmp(argv[at], "--hide")) hidden = argv[at + 1];
        else return 64;
    }
    if (at + 1 >= argc) return 64;

    if (unshare(CLONE_NEWNS)) fail("unshare");
    if (mount("none", "/", 0, MS_REC | MS_PRIVATE, 0)) fail("mount private");
    if (hidden && !access(hidden, F_OK) && mount("stage", hidden, "tmpfs", MS_RDONLY, 0)) fail(hidden);
    if (mounts && mount("stage", "/mnt", "tmpfs", 0, 0)) fail("mount tmpfs");
    for (long i = 0; i < mounts; i++) {
        char path[64];
        snprintf(path, sizeof path, "/mnt/%ld", i);
        if (mkdir(path, 0755) || mount("/mnt", path, 0, MS_BIND, 0)) fail(path);
    }
    execv(argv[at + 1], argv + at + 1);
    fail(argv[at + 1]);
}
