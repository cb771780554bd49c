/* What the jail is made of, a line each: a word and its fields, separated by tabs. */
#include "floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct specification specification;

static unsigned char *from_hexadecimal(const char *text, uint64_t *length)
{
    *length = strlen(text) / 2;
    unsigned char *bytes = malloc(*length + 1);
    for (uint64_t i = 0; i < *length; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1) die("specification: hexadecimal", 0);
        bytes[i] = (unsigned char)byte;
    }
    return bytes;
}

static struct csys_sock_fprog program(const char *text)
{
    uint64_t length;
    unsigned char *bytes = from_hexadecimal(text, &length);
    return (struct csys_sock_fprog){.length = (uint16_t)(length / 8), .filter = (uint64_t)bytes};
}

static void add(struct piece piece)
{
    while (*piece.path == '/') piece.path++;
    if (specification.pieces == sizeof specification.piece / sizeof *specification.piece) die("specification: too long", 0);
    specification.piece[specification.pieces++] = piece;
}

/* A limit is lowered to what is in force, once: it does not change between jails. */
static void add_limit(int kind, uint64_t soft, uint64_t hard)
{
    struct csys_rlimit now;
    MUST(prlimit64, 0, kind, 0, &now);
    if (hard > now.rlim_max) hard = now.rlim_max;
    if (soft > hard) soft = hard;
    specification.limit[specification.limits++] = (struct limit){kind, {soft, hard}};
}

static uint64_t number(const char *text) { return strtoull(text, 0, 0); }

static void take(char **field)
{
    struct specification *s = &specification;
    const char *word = field[0];
    if (!strcmp(word, "identity")) s->inside = (unsigned)number(field[1]), s->outside = (unsigned)number(field[2]);
    else if (!strcmp(word, "hostname")) s->host_name = field[1];
    else if (!strcmp(word, "root")) s->root_options = field[1];
    else if (!strcmp(word, "directory")) s->directory = field[1];
    else if (!strcmp(word, "securebits")) s->secure_bits = number(field[1]);
    else if (!strcmp(word, "umask")) s->mask = (unsigned)number(field[1]);
    else if (!strcmp(word, "limit")) add_limit((int)number(field[1]), number(field[2]), number(field[3]));
    else if (!strcmp(word, "filter")) s->filter[s->filters++] = program(field[1]);
    else if (!strcmp(word, "init-filter")) s->init_filter[s->init_filters++] = program(field[1]);
    else if (!strcmp(word, "environment")) {
        unsigned n = 0;
        while (s->environment[n]) n++;
        s->environment[n] = (uint64_t)field[1];
    } else if (!strcmp(word, "bind"))
        add((struct piece){.kind = piece_bind, .path = field[1], .other = field[2], .flags = number(field[3]), .recursive = (int)number(field[4])});
    else if (!strcmp(word, "symlink")) add((struct piece){.kind = piece_symlink, .path = field[1], .other = field[2]});
    else if (!strcmp(word, "directory-at")) add((struct piece){.kind = piece_directory, .path = field[1], .mode = (unsigned)number(field[2])});
    else if (!strcmp(word, "file")) {
        struct piece piece = {.kind = piece_file, .path = field[1], .mode = (unsigned)number(field[2])};
        piece.other = (const char *)from_hexadecimal(field[3], &piece.length);
        add(piece);
    } else if (!strcmp(word, "fresh"))
        add((struct piece){.kind = piece_fresh, .path = field[1], .other = field[2], .flags = number(field[3]), .options = field[4]});
    /* What this kernel's /proc does not have needs no cover. */
    else if (!strcmp(word, "read-only") || !strcmp(word, "mask")) {
        struct csys_statx status;
        if (csys_statx(CSYS_AT_FDCWD, field[1], CSYS_AT_SYMLINK_NOFOLLOW, CSYS_STATX_TYPE, &status) < 0) return;
        add((struct piece){
            .kind = *word == 'm' ? piece_mask : piece_read_only,
            .path = field[1],
            .is_directory = (status.stx_mode & CSYS_S_IFMT) == CSYS_S_IFDIR,
        });
    } else die(word, 0);
}

void read_specification(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) die(path, 0);
    char *line = 0;
    size_t size = 0;
    while (getline(&line, &size, file) > 0) {
        char *kept = strdup(line), *field[8] = {"", "", "", "", "", "", "", ""};
        kept[strcspn(kept, "\n")] = 0;
        for (unsigned i = 0; kept && i < 8; i++) field[i] = strsep(&kept, "\t");
        take(field);
    }
    free(line);
    fclose(file);
}
