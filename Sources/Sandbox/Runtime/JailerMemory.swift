internal import JailerImage
internal import SandboxKernel

/// The jailer's image: in a sealed memfd, made once a process, or in a file that the host named.
enum JailerMemory {
  private static let image = Locked<SharedImage?>(nil)

  final class SharedImage: Sendable {
    let image: ExecutableImage
    init(_ image: consuming ExecutableImage) { self.image = image }
  }

  /// - Throws: memfd_create(2) and its kin, with EACCES where the host forbids executable memfds.
  static func shared() throws(SystemCallError) -> SharedImage {
    try image.withLock { image throws(SystemCallError) in
      if let image { return image }
      // The name is what a jail's process sees as its init's: neutral.
      let made = SharedImage(try ExecutableImage(sealed: JailerImage.bytes(), name: "init"))
      image = made
      return made
    }
  }

  static func use(_ made: SharedImage) { image.withLock { $0 = made } }
}

/// The host's process as the jails see it: gone, or not.
enum HostLiveness {
  private static let descriptor = Locked<(pid: CInt, descriptor: SharedDescriptor)?>(nil)

  /// A pidfd of this process. (A child that the host forked has its own.)
  static func shared() throws(SystemCallError) -> SharedDescriptor {
    try descriptor.withLock { current throws(SystemCallError) in
      let pid = ProcessIdentity.pid
      if let current, current.pid == pid { return current.descriptor }
      let made = SharedDescriptor(try OwnedDescriptor.process(pid))
      current = (pid, made)
      return made
    }
  }
}

/// The thread that starts launchers: it waits from each one's clone to its exec.
enum SpawnThread {
  static let shared = WorkThread()
}
