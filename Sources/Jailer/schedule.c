/* When and where a process runs. What raises it above others needs the host's rights: the kernel asks for CAP_SYS_NICE in
 * its first user namespace, so the launcher does that, and the jail inherits it. */
#include "interpreter.h"

long op_set_nice(struct jailer *j, jailer_op op)
{
    return CALL(j, setpriority, CSYS_PRIO_PROCESS, 0, (int)(int64_t)op->operand[0]);
}

long op_set_scheduler(struct jailer *j, jailer_op op)
{
    const int32_t priority = (int32_t)op->operand[1];
    return CALL(j, sched_setscheduler, 0, (int)op->operand[0], &priority);
}

long op_set_affinity(struct jailer *j, jailer_op op)
{
    return CALL(j, sched_setaffinity, 0, op->operand[1], jailer_bytes(j, op->operand[0]));
}

#include "uninstrumented_end.h"
