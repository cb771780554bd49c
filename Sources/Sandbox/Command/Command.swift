public import Namespaces
public import SystemPackage

extension Sandbox {
  /// A program to run in a jail, and what it is connected to.
  ///
  /// What belongs to one run stands here; what several runs share is the ``Sandbox``.
  public struct Command: Sendable {
    /// The program: an absolute path inside the jail's root, or a name without a slash that is searched for in the jail's
    /// `PATH`, inside its root.
    public var executable: String
    /// The arguments, without the program's name.
    public var arguments: [String]
    /// What the program finds as `argv[0]`; `nil` means ``executable`` as it is written.
    public var name: String?
    /// The program's environment; nothing of the host's unless it is named.
    public var environment: Environment
    /// Descriptor 0.
    public var input: Input
    /// Descriptor 1.
    public var output: Output
    /// Descriptor 2.
    public var error: Output
    /// A pseudo-terminal of the jail's own, as descriptors 0, 1 and 2 and as the controlling terminal. ``input`` is then
    /// what is typed on it, ``output`` where what it shows goes, and ``error`` is not used.
    public var terminal: Terminal?
    /// Further descriptors of the program, by number, from 3 on.
    public var descriptors: [Int: Descriptor]
    /// Namespaces that exist and are joined in place of the jail's own, by a descriptor of the namespace's file or a pidfd of
    /// a process that lives in it: setns(2), a pidfd since Linux 5.8. Network, ipc, uts, cgroup and time can be joined so; as
    /// ``/Namespaces/NamespacePolicy/Sharing/existing(at:because:)``, it takes CAP_SYS_ADMIN in the user namespace that owns
    /// it. What lies in it is within the jail's reach, which the enforcement says. The program does not get the descriptors.
    public var namespaces: [Namespace: FileDescriptor]

    /// A program without input, whose output is collected up to 1 MiB a stream.
    public init(
      _ executable: String, arguments: [String] = [], environment: Environment = .standard, input: Input = .none,
      output: Output = .string(), error: Output = .string()
    ) {
      self.executable = executable
      self.arguments = arguments
      self.environment = environment
      self.input = input
      self.output = output
      self.error = error
      self.descriptors = [:]
      self.namespaces = [:]
    }
  }

  /// The size of a pseudo-terminal of the jail's own.
  public struct Terminal: Sendable, Hashable {
    /// Lines.
    public var rows: UInt16
    /// Columns.
    public var columns: UInt16

    /// 24 lines of 80 columns.
    public init(rows: UInt16 = 24, columns: UInt16 = 80) {
      self.rows = rows
      self.columns = columns
    }
  }
}
