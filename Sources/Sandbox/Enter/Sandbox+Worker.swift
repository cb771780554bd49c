public import Capabilities
public import Credentials
internal import Namespaces
internal import Rootfs

extension Sandbox {
  /// What a process can enter that has threads, or no right at all: no namespace of its own; a directory as root; a user; few or
  /// no capabilities; the standard filter and limits.
  ///
  /// ```swift
  /// try Sandbox.worker(root: "/srv/empty", user: "www-data", keeping: [.netBindService]).enter(keeping: [listener])
  /// try Sandbox.worker().enter()  // without any privilege: limits, filter, no_new_privs, descriptors
  /// ```
  ///
  /// Without a user it stays who it is: root stays root, which the result says among what is open.
  ///
  /// What it does not protect against: processes of the same user, the network, and, without a root, every file that the user
  /// may read. The closed box itself, `Sandbox()`, has namespaces that the kernel gives to no process with threads.
  ///
  /// - Parameters:
  ///   - root: an absolute path of a directory, which chroot(2) makes the root; `nil` leaves it. It takes CAP_SYS_CHROOT.
  ///   - user: whom to become; `nil` stays who it is. It takes CAP_SETUID and CAP_SETGID.
  ///   - group: the group to become; `nil` means the one of the user's name, or number.
  ///   - keeping: capabilities that it keeps, in its own sets alone: a program that it executes has none.
  ///   - reason: why a root user stays root in a chroot, or a capability is kept that could undo it.
  public static func worker(
    root: String? = nil, user: CredentialID? = nil, group: CredentialID? = nil, keeping: CapabilitySet = .none,
    because reason: String? = nil
  ) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.namespaces = .none(because: "a worker stays where its process was started")
    sandbox.filesystem =
      root.map { .chroot(to: $0, because: reason) } ?? .unchanged(because: "a worker without a root of its own")
    if let user {
      sandbox.credentials.user = user
      sandbox.credentials.group = group ?? user
      sandbox.capabilities = CapabilityPolicy()
    } else {
      sandbox.credentials = .current
      // Neither can be changed without a right, and no_new_privs is set.
      sandbox.capabilities.bounding = .all
      sandbox.capabilities.secureBits = []
    }
    sandbox.capabilities.effective = keeping
    sandbox.capabilities.permitted = keeping
    sandbox.capabilities.reason = reason
    return sandbox
  }
}
