/* A pseudo-terminal of the jail's own: the payload gets the slave, the host the master. */
#include "interpreter.h"

struct window {
    uint16_t rows, columns, width, height;
};

long op_open_terminal(struct jailer *j, jailer_op op)
{
    const struct window window = {(uint16_t)op->operand[2], (uint16_t)op->operand[3], 0, 0};
    const int devpts = jailer_slot(j, op->operand[0]);
    int unlocked = 0;
    /* In a jail that lives it was found by its path. */
    struct csys_statfs status;
    TRY(j, fstatfs, devpts, &status);
    if (status.f_type != CSYS_DEVPTS_SUPER_MAGIC) return -CSYS_EINVAL;
    long master = jailer_open_in(j, devpts, "ptmx", CSYS_O_RDWR | CSYS_O_NOCTTY);
    if (master < 0) return master;
    TRY(j, ioctl, (int)master, CSYS_TIOCSPTLCK, (long)&unlocked);
    TRY(j, ioctl, (int)master, CSYS_TIOCSWINSZ, (long)&window);
    long slave = CALL(j, ioctl, (int)master, CSYS_TIOCGPTPEER, CSYS_O_RDWR | CSYS_O_NOCTTY | CSYS_O_CLOEXEC);
    if (slave < 0) return slave;
    jailer_set_slot(j, op->operand[1], slave);
    long sent = jailer_send(j, JAILER_MESSAGE_TERMINAL, 0, (int)master);
    csys_close((int)master);
    return sent;
}

#include "uninstrumented_end.h"
