internal import JailerImage
internal import SandboxKernel
internal import SandboxPlanning
internal import SystemPackage

extension Sandbox {
  /// The small program that makes the jails and stays in each as its init.
  ///
  /// It is part of the library, and needs no file: this process keeps it in a sealed memfd (memfd_create(2), F_SEAL_WRITE),
  /// which execveat(2) runs. Only where a host forbids to execute one (`vm.memfd_noexec=2`, Linux 6.3; a security module's
  /// policy) it has to lie in a file:
  ///
  /// ```swift
  /// try Sandbox.Jailer.write(to: "/usr/local/libexec/sandbox-jailer")  // once, as its installer
  /// try Sandbox.Jailer.use(fileAt: "/usr/local/libexec/sandbox-jailer")  // in each process, before its first jail
  /// ```
  public enum Jailer {
    /// Writes the jailer to a new file of mode 0555, some tens of KiB; an absolute path, or one from the working directory.
    ///
    /// - Throws: ``Sandbox/Error`` of kind ``Sandbox/Error/Kind/host``, with EEXIST where there is a file. None is left where
    ///   it cannot be written.
    public static func write(to path: String) throws(Sandbox.Error) {
      do {
        try ExecutableImage.write(JailerImage.bytes(), toNewFile: path)
      } catch {
        throw Sandbox.Error(
          .host,
          problems: [
            Problem(
              "jailer", error.description,
              hint: error.errno == .fileExists
                ? "where it is the jailer of this version, it can be used as it is; else remove it first" : nil)
          ], call: error.call, errno: error.errno.rawValue)
      }
    }

    /// From now on, this process makes its jails with the jailer in a file that ``write(to:)`` made.
    ///
    /// The file is opened now, and compared with what it should be. It must be a regular file of mode 0555 or 0755 that
    /// belongs to root or this process's effective user, on a mount that allows execution. A sandbox that is prepared already
    /// keeps what it has.
    ///
    /// What it does not protect against: the file's owner, who can change it afterwards.
    ///
    /// - Throws: ``Sandbox/Error`` of kind ``Sandbox/Error/Kind/host``, with why the file is none to use.
    public static func use(fileAt path: String) throws(Sandbox.Error) {
      try Sandbox.Error.translating(at: "jailer") {
        do {
          JailerMemory.use(.init(try ExecutableImage(file: path, identicalTo: JailerImage.bytes())))
        } catch let error as ExecutableImage.Unfit {
          throw Sandbox.Error(
            .host,
            problems: [
              Problem(
                "jailer", "\"\(path)\": \(error.reason)",
                hint: "name one that fits: Sandbox.Jailer.write(to:), or sandbox jailer FILE, makes it")
            ])
        }
      }
    }
  }
}
