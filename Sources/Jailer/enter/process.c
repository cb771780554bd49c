/* Files of /proc, read without a C library. */
#include "session.h"

char *jailer_digits(char *to, uint64_t number)
{
    char digits[24];
    unsigned n = 0;
    do digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n) *to++ = digits[--n];
    *to = 0;
    return to;
}

uint64_t jailer_path(char *to, int32_t tid, const char *rest)
{
    uint64_t length = (uint64_t)(jailer_digits(to, (uint64_t)tid) - to);
    to[length++] = '/';
    while ((to[length] = *rest++)) length++;
    return length;
}

/* What is read ends in NUL; more than fits is an error. */
long jailer_read_file(struct session *s, int32_t tid, const char *name, char *to, uint64_t size)
{
    char path[64];
    jailer_path(path, tid, name);
    const long fd = csys_openat(s->own->inspected, path, CSYS_O_RDONLY | CSYS_O_CLOEXEC, 0);
    if (fd < 0) return fd;
    uint64_t filled = 0;
    long n;
    while (filled < size && (n = csys_read((int)fd, to + filled, size - filled)) != 0) {
        if (n == -CSYS_EINTR) continue;
        if (n < 0) break;
        filled += (uint64_t)n;
    }
    csys_close((int)fd);
    if (n < 0) return n;
    if (filled == size) return -CSYS_E2BIG;
    to[filled] = 0;
    return (long)filled;
}

const char *jailer_field(const char *status, const char *name)
{
    for (const char *line = status; *line; line++) {
        const char *at = line, *wanted = name;
        while (*wanted && *at == *wanted) at++, wanted++;
        if (!*wanted && *at == ':') {
            at++;
            while (*at == ' ' || *at == '\t') at++;
            return at;
        }
        while (*line && *line != '\n') line++;
        if (!*line) break;
    }
    return 0;
}

int jailer_number(const char **at, unsigned base, uint64_t *to)
{
    const char *c = *at;
    uint64_t value = 0;
    while (*c == ' ' || *c == '\t') c++;
    const char *first = c;
    for (;; c++) {
        unsigned digit;
        if (*c >= '0' && *c <= '9') digit = (unsigned)(*c - '0');
        else if (*c >= 'a' && *c <= 'f') digit = (unsigned)(*c - 'a') + 10;
        else break;
        if (digit >= base) break;
        value = value * base + digit;
    }
    *at = c;
    *to = value;
    return c != first;
}

struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

long jailer_each_number(int directory, long (*each)(void *with, int32_t number), void *with)
{
    static char buffer[32768] __attribute__((aligned(8)));
    long n = csys_lseek(directory, 0, 0);
    if (n < 0) return n;
    while ((n = csys_getdents64(directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < n;) {
            const struct entry *entry = (const struct entry *)(const void *)(buffer + at);
            const char *name = entry->name;
            uint64_t number;
            if (jailer_number(&name, 10, &number) && !*name) {
                const long result = each(with, (int32_t)number);
                if (result) return result;
            }
            at += entry->length;
        }
    }
    return n;
}

#include "../uninstrumented_end.h"
