/* stage [--mounts N] -- program …: runs a program on a host that has N mounts more, in a mount namespace that nobody else sees. */
#define _GNU_SOURCE
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
    int at = 1;
    for (; at < argc && strcmp(argv[at], "--"); at++)
        if (!strcmp(argv[at], "--mounts") && at + 1 < argc) mounts = atol(argv[++at]);
    if (at + 1 >= argc) return 64;

    if (unshare(CLONE_NEWNS)) fail("unshare");
    if (mount("none", "/", 0, MS_REC | MS_PRIVATE, 0)) fail("mount private");
    if (mount("stage", "/mnt", "tmpfs", 0, 0)) fail("mount tmpfs");
    for (long i = 0; i < mounts; i++) {
        char path[64];
        snprintf(path, sizeof path, "/mnt/%ld", i);
        if (mkdir(path, 0755) || mount("/mnt", path, 0, MS_BIND, 0)) fail(path);
    }
    execv(argv[at + 1], argv + at + 1);
    fail(argv[at + 1]);
}
