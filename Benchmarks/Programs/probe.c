/* Says what a payload sees of its jail, a fact a line: "kind<TAB>text". The harness compares the lines of a floor with those of
 * the library, and does not measure what differs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <net/if.h>
#include <unistd.h>

static void lines(const char *kind, const char *path, const char *const *prefixes)
{
    char line[4096];
    FILE *file = fopen(path, "re");
    if (!file) {
        printf("%s\t%s: %s\n", kind, path, strerror(errno));
        return;
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        for (char *c = line; *c; c++)
            if (*c == '\t') *c = ' ';
        int wanted = !prefixes;
        for (const char *const *p = prefixes; p && *p; p++) wanted |= !strncmp(line, *p, strlen(*p));
        if (wanted) printf("%s\t%s\n", kind, line);
    }
    fclose(file);
}

static void namespaces(void)
{
    static const char *const names[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64], link[64] = "";
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        if (readlink(path, link, sizeof link - 1) < 0) snprintf(link, sizeof link, "%s: errno %d", names[i], errno);
        printf("namespace\t%s\n", link);
    }
}

static void call(const char *name, long result)
{
    printf("call\t%s: %s\n", name, result < 0 ? strerrorname_np(errno) : "allowed");
}

/* A few calls that the filter tells apart. */
static void calls(void)
{
    call("mount", syscall(SYS_mount, 0, "/", 0, 0, 0));
    call("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
    call("clone3", syscall(SYS_clone3, 0, 0));
    call("bpf", syscall(SYS_bpf, 0, 0, 0));
    call("io_uring_setup", syscall(SYS_io_uring_setup, 0, 0));
    call("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    call("socket(AF_VSOCK)", socket(40, SOCK_STREAM, 0));
    call("socket(AF_INET)", socket(AF_INET, SOCK_STREAM, 0));
    call("ioctl(TIOCSTI)", syscall(SYS_ioctl, 0, 0x5412, ""));
    call("call 1000", syscall(1000));
}

static void network(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request)) printf("network\terrno %d\n", errno);
    else printf("network\tlo %s\n", request.ifr_flags & IFF_UP ? "up" : "down");
}

static void owner(const char *path)
{
    struct stat status;
    if (lstat(path, &status)) printf("file\t%s errno %d\n", path, errno);
    else printf("file\t%s %o %u:%u\n", path, status.st_mode, status.st_uid, status.st_gid);
}

int main(void)
{
    static const char *const credentials[] = {"Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp", "SigIgn:", "SigBlk:", 0};
    static const char *const filters[] = {"Cap", "NoNewPrivs:", "Seccomp", 0};
    static const char *const files[] = {"/", "/etc/passwd", "/etc/hosts", "/bin", "/dev/null", "/dev/shm", "/dev/pts", "/tmp", "/proc/sys"};
    struct utsname names;
    char cwd[256] = "";

    namespaces();
    lines("status", "/proc/self/status", credentials);
    /* The init's filter comes after the payload's program has begun. */
    usleep(100000);
    lines("init", "/proc/1/status", filters);
    lines("mount", "/proc/self/mountinfo", 0);
    lines("limit", "/proc/self/limits", 0);
    lines("users", "/proc/sys/user/max_user_namespaces", 0);
    uname(&names);
    printf("host\t%s %s\n", names.nodename, names.domainname);
    printf("process\tpid %d session %d group %d umask %o cwd %s\n", getpid(), getsid(0), getpgrp(), umask(0), getcwd(cwd, sizeof cwd));
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf("descriptor\t%d\n", fd);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) owner(files[i]);
    network();
    calls();
    puts("end\t");
    return fflush(stdout) ? 1 : 0;
}
