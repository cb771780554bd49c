/* A plan's arena, mapped and checked before anything of it is carried out. */
#include "interpreter.h"

static uint64_t file_size(int fd)
{
    long end = csys_lseek(fd, 0, 2);
    return end < 0 ? 0 : (uint64_t)end;
}

int jailer_load(struct jailer *j, int fd)
{
    const uint64_t whole = file_size(fd);
    struct jailer_header header;
    if (csys_pread64(fd, &header, sizeof header, 0) != sizeof header) return 101;
    if (header.magic != JAILER_MAGIC || header.version != JAILER_VERSION) return 102;
    if (header.report_offset % 65536 || header.size > header.report_offset || header.report_offset > whole ||
        header.report_size > whole - header.report_offset || header.report_size < sizeof(struct jailer_report))
        return 103;

    const long arena = csys_mmap(0, header.size, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_PRIVATE, fd, 0);
    if ((unsigned long)arena > -4096ul) return 104;
    const long report = csys_mmap(0, header.report_size, CSYS_PROT_READ | CSYS_PROT_WRITE, CSYS_MAP_SHARED, fd,
                                  (int64_t)header.report_offset);
    if ((unsigned long)report > -4096ul) {
        csys_munmap((void *)arena, header.size);
        return 104;
    }

    j->arena = (uint8_t *)arena;
    j->size = header.size;
    j->report = (struct jailer_report *)report;
    j->report_size = header.report_size;
    j->header = (const struct jailer_header *)arena;
    j->step = 0;
    j->stage = JAILER_STAGE_LAUNCHER;
    j->has_root = 0;
    j->home = slot_empty;
    j->ahead = slot_empty;
    j->gate = -1;
    j->procfs = slot_empty;
    j->inspected = -1;
    j->waiter_count = 0;
    j->parent.fd = -1;
    for (unsigned i = 0; i < jailer_most_slots; i++) j->slot[i] = slot_empty;
    if (jailer_check(j->arena, j->size, header.report_size) < 0) {
        jailer_unload(j);
        return 105;
    }
    j->operation = (const struct jailer_operation *)(const void *)(j->arena + j->header->operation_offset);
    return 0;
}

void jailer_unload(struct jailer *j)
{
    csys_munmap(j->arena, j->size);
    csys_munmap(j->report, j->report_size);
}

#include "uninstrumented_end.h"
