internal import SystemPackage
internal import CSyscalls

/// A process that runs an image, with only the descriptors it was given.
package struct ImageProcess: ~Copyable, Sendable {
  package let pid: CInt
  package let descriptor: OwnedDescriptor

  /// `clone3(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND)` and `execveat` of the image.
  ///
  /// The calling thread waits until the image runs. `descriptors` become 0, 1, 2, … of the new process.
  package init(_ image: borrowing ExecutableImage, arguments: [String], descriptors: [CInt]) throws(SystemCallError) {
    var spawned = csys_spawned()
    let number = image.descriptor.number
    let result = withCStrings(arguments) { arguments in
      withCStrings([]) { environment in
        csys_spawn(number, arguments, environment, descriptors, UInt32(descriptors.count), &spawned)
      }
    }
    guard result == 0 else {
      let call = systemCallName(Int(spawned.call)) ?? "clone3"
      throw SystemCallError(
        call, call == "execveat" ? "the jailer's image, AT_EMPTY_PATH" : "", errno: Errno(rawValue: -result))
    }
    self.pid = spawned.pid
    // Above the standard streams' numbers, as in init(created:); where none is left it stays, or nobody would watch the
    // process.
    let moved = spawned.pidfd <= 2 ? csys_fcntl(spawned.pidfd, CSYS_F_DUPFD_CLOEXEC, 3) : -1
    if moved >= 0 { _ = csys_close(spawned.pidfd) }
    self.descriptor = OwnedDescriptor(owning: moved >= 0 ? CInt(moved) : spawned.pidfd)
  }
}

extension ImageProcess {
  /// The pidfd, for several places to refer to.
  package consuming func takeDescriptor() -> SharedDescriptor { SharedDescriptor(descriptor) }
}

/// The strings as a C array that ends in a null pointer.
private func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  var text: [CChar] = []
  var starts: [Int] = []
  for string in strings {
    starts.append(text.count)
    text += string.utf8CString
  }
  return text.withUnsafeBufferPointer { text in
    var pointers: [UnsafePointer<CChar>?] = starts.map { text.baseAddress! + $0 }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
