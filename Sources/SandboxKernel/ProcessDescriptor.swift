internal import CSyscalls

/// What a pidfd is good for.
package enum ProcessDescriptor {
  /// `pidfd_send_signal(2)`. Gives false where the process has ended already.
  package static func send(signal: CInt, to pidfd: CInt) throws(SystemCallError) -> Bool {
    let result = csys_pidfd_send_signal(pidfd, signal)
    if result == -Int(CSYS_ESRCH) { return false }
    _ = try check(result, "pidfd_send_signal", "\(signal)")
    return true
  }

  /// Reaps the child that `pidfd` names, and no other. Gives false while it runs.
  ///
  /// Someone else of this process may have reaped it, with `waitpid(-1)` or by ignoring SIGCHLD: then there is nothing
  /// left to do, and nothing was learnt. What became of it stands in its report.
  package static func reap(_ pidfd: CInt) throws(SystemCallError) -> Exit? {
    var info = csys_siginfo()
    let result = uninterrupted {
      csys_waitid(CSYS_P_PIDFD, pidfd, &info, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, nil)
    }
    if result == -Int(CSYS_ECHILD) { return .unknown }
    _ = try check(result, "waitid", "P_PIDFD")
    guard info.pid != 0 else { return nil }
    return info.code == CSYS_CLD_EXITED ? .exited(info.status) : .killed(info.status)
  }

  /// Whether the process that `pidfd` names has ended, reaped or not.
  package static func hasEnded(_ pidfd: CInt) throws(SystemCallError) -> Bool {
    var wait = csys_pollfd(fd: pidfd, events: Int16(CSYS_POLLIN), revents: 0)
    var atOnce = csys_timespec(tv_sec: 0, tv_nsec: 0)
    return try check(uninterrupted { csys_ppoll(&wait, 1, &atOnce) }, "ppoll", "a pidfd") > 0
  }

  /// Whether a number is that of a child of this process that nobody has reaped yet.
  package static func isChild(number pid: CInt) -> Bool {
    var info = csys_siginfo()
    let wait = CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL | CSYS_WNOWAIT
    return uninterrupted { csys_waitid(CSYS_P_PID, pid, &info, wait, nil) } == 0
  }

  /// Kills a child of this process by its number, for want of a descriptor.
  package static func kill(child pid: CInt) throws(SystemCallError) {
    guard isChild(number: pid) else { return }
    let result = csys_kill(pid, 9)
    if result != -Int(CSYS_ESRCH) { _ = try check(result, "kill", "\(pid), SIGKILL") }
  }

  /// Reaps a child by its number; false while it runs.
  package static func reap(child pid: CInt) throws(SystemCallError) -> Bool {
    var info = csys_siginfo()
    let result = uninterrupted { csys_waitid(CSYS_P_PID, pid, &info, CSYS_WEXITED | CSYS_WNOHANG | CSYS_WALL, nil) }
    if result == -Int(CSYS_ECHILD) { return true }
    _ = try check(result, "waitid", "P_PID, \(pid)")
    return info.pid != 0
  }

  /// How a process of ours ended.
  package enum Exit: Sendable, Hashable {
    case exited(CInt)
    case killed(CInt)
    /// It was reaped by someone else.
    case unknown
  }
}
