internal import CSyscalls
internal import SystemPackage

extension OwnedDescriptor {
  /// A pidfd of process 2 of a pid namespace, by its init's number in the caller's; nil where it has ended.
  ///
  /// - Parameter isShared: the init has no pid namespace of its own, and the oldest of its children is meant.
  /// The init must be an unreaped child of the caller, so that its number is nobody else's.
  ///
  /// - Throws: what opening of /proc/PID/task/PID/children gives: it takes CONFIG_PROC_CHILDREN.
  package static func secondProcess(ofInit pid: CInt, isShared: Bool) throws(SystemCallError) -> OwnedDescriptor? {
    for child in try HostPath.text(of: "/proc/\(pid)/task/\(pid)/children").split(separator: " ") {
      guard let number = CInt(child) else { continue }
      let descriptor: OwnedDescriptor
      do throws(SystemCallError) {
        descriptor = try OwnedDescriptor.process(number)
      } catch {
        if error.errno == .noSuchProcess { continue }
        throw error
      }
      // What is read by number is about the process of the descriptor if that still lives afterwards.
      if isSecond(number, ofInit: pid, isShared: isShared), try ProcessDescriptor.send(signal: 0, to: descriptor.number) {
        return descriptor
      }
    }
    return nil
  }

  private static func isSecond(_ pid: CInt, ofInit parent: CInt, isShared: Bool) -> Bool {
    do throws(SystemCallError) {
      let lines = try HostPath.text(of: "/proc/\(pid)/status").split(separator: "\n")
      let value = { (name: String) in
        lines.first { $0.hasPrefix(name) }?.split { $0 == ":" || $0 == "\t" || $0 == " " }.last.flatMap { CInt($0) }
      }
      return value("PPid:") == parent && (isShared || value("NSpid:") == 2)
    } catch {
      // It has ended.
      return false
    }
  }
}
