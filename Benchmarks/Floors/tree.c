/* The tree that all jails have in common, made once and held by a descriptor: a copy of it is one system call. */
#include "floor.h"

#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>

static void make_parents(int root, const char *path)
{
    char part[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        csys_mkdirat(root, part, 0755);
    }
}

static int new_tmpfs(const char *options)
{
    char text[256], *rest = text;
    snprintf(text, sizeof text, "%s,uid=%u,gid=%u", options, specification.outside, specification.outside);
    int context = (int)MUST(fsopen, "tmpfs", CSYS_FSOPEN_CLOEXEC);
    for (char *option; (option = strsep(&rest, ","));) {
        char *value = strchr(option, '=');
        if (!value) continue;
        *value++ = 0;
        MUST(fsconfig, context, CSYS_FSCONFIG_SET_STRING, option, value, 0);
    }
    MUST(fsconfig, context, CSYS_FSCONFIG_CMD_CREATE, 0, 0, 0);
    int root = (int)MUST(fsmount, context, CSYS_FSMOUNT_CLOEXEC, CSYS_MOUNT_ATTR_NOSUID | CSYS_MOUNT_ATTR_NODEV);
    csys_close(context);
    return root;
}

static void bind(int root, const struct piece *piece)
{
    unsigned flags = CSYS_OPEN_TREE_CLONE | CSYS_OPEN_TREE_CLOEXEC | (piece->recursive ? CSYS_AT_RECURSIVE : 0);
    int tree = (int)must(piece->other, csys_open_tree(CSYS_AT_FDCWD, piece->other, flags));
    struct csys_statx status;
    MUST(statx, tree, "", CSYS_AT_EMPTY_PATH, CSYS_STATX_TYPE, &status);
    if ((status.stx_mode & CSYS_S_IFMT) == CSYS_S_IFDIR) csys_mkdirat(root, piece->path, 0755);
    else csys_close((int)csys_openat(root, piece->path, CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_CLOEXEC, 0444));
    struct csys_mount_attr attributes = {.attr_set = piece->flags};
    MUST(mount_setattr, tree, "", CSYS_AT_EMPTY_PATH | (piece->recursive ? CSYS_AT_RECURSIVE : 0), &attributes);
    must(piece->path, csys_move_mount(tree, "", root, piece->path, CSYS_MOVE_MOUNT_F_EMPTY_PATH));
    csys_close(tree);
}

static void place(int root, const struct piece *piece)
{
    make_parents(root, piece->path);
    switch (piece->kind) {
    case piece_bind: bind(root, piece); break;
    case piece_symlink: MUST(symlinkat, piece->other, root, piece->path); break;
    case piece_file: {
        int fd = (int)MUST(openat, root, piece->path, CSYS_O_WRONLY | CSYS_O_CREAT | CSYS_O_EXCL | CSYS_O_CLOEXEC, piece->mode);
        MUST(write, fd, piece->other, piece->length);
        MUST(fchmod, fd, piece->mode);
        csys_close(fd);
        break;
    }
    case piece_directory: MUST(mkdirat, root, piece->path, piece->mode); break;
    case piece_fresh: csys_mkdirat(root, piece->path, 0755); break;
    case piece_read_only:
    case piece_mask: break;
    }
}

int build_tree(void)
{
    int root = new_tmpfs(specification.root_options);
    /* Its files are the payload's, as where the payload's user made them. */
    setfsgid(specification.outside);
    setfsuid(specification.outside);
    for (unsigned i = 0; i < specification.pieces; i++) place(root, &specification.piece[i]);
    setfsuid(0);
    setfsgid(0);
    struct csys_mount_attr read_only = {.attr_set = CSYS_MOUNT_ATTR_RDONLY}, private = {.propagation = CSYS_MS_PRIVATE};
    MUST(mount_setattr, root, "", CSYS_AT_EMPTY_PATH, &read_only);
    MUST(mount_setattr, root, "", CSYS_AT_EMPTY_PATH | CSYS_AT_RECURSIVE, &private);
    return root;
}
