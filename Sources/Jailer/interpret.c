/* Carries a plan out: one switch, one function an opcode. */
#include "interpreter.h"

uint64_t jailer_now(void)
{
    struct csys_timespec now = {0, 0};
    csys_clock_gettime(CSYS_CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

long jailer_perform(struct jailer *j, const struct jailer_operation *op)
{
    if (op->fails) return -(long)op->fails;
    switch (op->code) {
    case JAILER_OP_RAISE_OPEN_FILES: return op_raise_open_files(j, op);
    case JAILER_OP_OPEN_TREE: return op_open_tree(j, op);
    case JAILER_OP_MAKE_ID_NAMESPACE: return op_make_id_namespace(j, op);
    case JAILER_OP_MAP_TREE: return op_map_tree(j, op);
    case JAILER_OP_CLONE_JAIL: return op_clone_jail(j, op);
    case JAILER_OP_BECOME: return op_become(j, op);
    case JAILER_OP_NEW_SESSION_KEYRING: return op_new_session_keyring(j, op);
    case JAILER_OP_MAKE_MOUNTS_PRIVATE: return op_make_mounts_private(j, op);
    case JAILER_OP_SET_HOST_NAME: return op_set_host_name(j, op);
    case JAILER_OP_SET_DOMAIN_NAME: return op_set_domain_name(j, op);
    case JAILER_OP_RAISE_LOOPBACK: return op_raise_loopback(j, op);
    case JAILER_OP_UNSHARE: return op_unshare(j, op);
    case JAILER_OP_WRITE_PROCESS_FILE: return op_write_process_file(j, op);
    case JAILER_OP_NEW_FILESYSTEM: return op_new_filesystem(j, op);
    case JAILER_OP_ATTACH_ROOT: return op_attach_root(j, op);
    case JAILER_OP_ATTACH: return op_attach(j, op);
    case JAILER_OP_MAKE_DIRECTORY: return op_make_directory(j, op);
    case JAILER_OP_MAKE_SYMLINK: return op_make_symlink(j, op);
    case JAILER_OP_MAKE_FILE: return op_make_file(j, op);
    case JAILER_OP_MASK_PATH: return op_mask_path(j, op);
    case JAILER_OP_MAKE_READ_ONLY: return op_make_read_only(j, op);
    case JAILER_OP_ENTER_ROOT: return op_enter_root(j, op);
    case JAILER_OP_CHANGE_DIRECTORY: return op_change_directory(j, op);
    case JAILER_OP_CLOSE: return op_close(j, op);
    case JAILER_OP_LIMIT_BOUNDING_SET: return op_limit_bounding_set(j, op);
    case JAILER_OP_SET_SECURE_BITS: return op_set_secure_bits(j, op);
    case JAILER_OP_SET_CAPABILITIES: return op_set_capabilities(j, op);
    case JAILER_OP_SET_NO_NEW_PRIVILEGES: return op_set_no_new_privileges(j, op);
    case JAILER_OP_FORBID_DUMPING: return op_forbid_dumping(j, op);
    case JAILER_OP_OPEN_TERMINAL: return op_open_terminal(j, op);
    case JAILER_OP_START_PAYLOAD: return op_start_payload(j, op);
    case JAILER_OP_NEW_SESSION: return op_new_session(j, op);
    case JAILER_OP_TAKE_TERMINAL: return op_take_terminal(j, op);
    case JAILER_OP_INSTALL_DESCRIPTORS: return op_install_descriptors(j, op);
    case JAILER_OP_SET_RESOURCE_LIMIT: return op_set_resource_limit(j, op);
    case JAILER_OP_SET_UMASK: return op_set_umask(j, op);
    case JAILER_OP_LOAD_FILTER: return op_load_filter(j, op);
    case JAILER_OP_EXECUTE: return op_execute(j, op);
    case JAILER_OP_WRITE_SYSCTL: return op_write_sysctl(j, op);
    case JAILER_OP_PARK: return op_park(j, op);
    case JAILER_OP_OPEN_ROOT: return op_open_root(j, op);
    case JAILER_OP_DIVIDE_MOUNTS: return op_divide_mounts(j, op);
    case JAILER_OP_ENTER_MOUNTS: return op_enter_mounts(j, op);
    case JAILER_OP_SET_GROUPS: return op_set_groups(j, op);
    case JAILER_OP_SET_NICE: return op_set_nice(j, op);
    case JAILER_OP_SET_SCHEDULER: return op_set_scheduler(j, op);
    case JAILER_OP_SET_AFFINITY: return op_set_affinity(j, op);
    case JAILER_OP_OPEN_NAMESPACE: return op_open_namespace(j, op);
    case JAILER_OP_JOIN_NAMESPACES: return op_join_namespaces(j, op);
    case JAILER_OP_WAIT_FOR_MAPS: return op_wait_for_maps(j, op);
    case JAILER_OP_KEEP_DESCRIPTORS: return op_keep_descriptors(j, op);
    case JAILER_OP_CHANGE_ROOT: return op_change_root(j, op);
    case JAILER_OP_SYNCHRONIZE_FILTER: return op_synchronize_filter(j, op);
    case JAILER_OP_ALLOW_DUMPING: return op_allow_dumping(j, op);
    case JAILER_OP_MASK_IN_ROOT: return op_mask_in_root(j, op);
    case JAILER_OP_MAKE_READ_ONLY_IN_ROOT: return op_make_read_only_in_root(j, op);
    case JAILER_OP_SET_MOUNT_ATTRIBUTES: return op_set_mount_attributes(j, op);
    case JAILER_OP_HOLD_IN_ROOT: return op_hold_in_root(j, op);
    case JAILER_OP_ADOPT_ORPHANS: return op_adopt_orphans(j, op);
    case JAILER_OP_TAKE_MOUNTS: return op_take_mounts(j, op);
    case JAILER_OP_SET_MOUNTS_ASIDE: return op_set_mounts_aside(j, op);
    default: return -CSYS_EINVAL;
    }
}

void jailer_require_host(void)
{
    struct csys_pollfd wait = {jailer_fd_host, CSYS_POLLIN, 0};
    const struct csys_timespec at_once = {0, 0};
    if (csys_ppoll(&wait, 1, &at_once) > 0)
        for (;;) csys_exit_group(125);
}

void jailer_fail(struct jailer *j, long error)
{
    struct jailer_report *report = j->report;
    /* The first failure counts: a launcher whose jail has failed cannot go on either. */
    if (report->state == JAILER_STATE_FAILED)
        for (;;) csys_exit_group(125);
    report->failed_step = j->step;
    report->error = (int32_t)error;
    report->call = j->call;
    report->state = JAILER_STATE_FAILED;
    /* The program runs already, and no kernel ends it with an init that is nobody's pid 1. */
    if (j->stage == JAILER_STAGE_INIT && !j->is_first) jailer_end_all(j);
    /* The payload's stage has no socket of its own to tell it by; the init does when this process has ended. */
    if (j->stage != JAILER_STAGE_PAYLOAD) jailer_send(j, JAILER_MESSAGE_FAILED, 0, -1);
    for (;;) csys_exit_group(125);
}

void jailer_run(struct jailer *j, uint32_t stage)
{
    j->stage = stage;
    /* One look at the clock a step: where one ends, the next begins. */
    uint64_t start = jailer_now();
    /* j->stage, not `stage`: CLONE_JAIL comes back in the jail, as the jail. */
    for (; j->step < j->header->operation_count; j->step++) {
        const struct jailer_operation *op = j->operation + j->step;
        if (op->stage < j->stage) continue;
        if (op->stage > j->stage) return;

        struct jailer_step *step = &j->report->step[j->step];
        step->nanoseconds = start;
        j->call = 0;
        const long result = jailer_perform(j, op);
        const uint64_t end = jailer_now();
        step->nanoseconds = end - start;
        step->ran = 1;
        start = end;
        if (result < 0) {
            step->error = (int32_t)result;
            step->call = (uint16_t)j->call;
            jailer_fail(j, result);
        }
    }
}

#include "uninstrumented_end.h"
