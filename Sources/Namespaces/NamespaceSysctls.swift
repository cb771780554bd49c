package import SandboxPlanning

extension NamespacePolicy {
  /// The settings that an ipc namespace has of its own: ipc_namespaces(7), mq_overview(7).
  private static let ofIPC: Set<String> = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
    "kernel.shm_rmid_forced", "fs.mqueue.queues_max", "fs.mqueue.msg_max", "fs.mqueue.msgsize_max", "fs.mqueue.msg_default",
    "fs.mqueue.msgsize_default",
  ]

  /// Whose a setting is; nil where it is the whole machine's, or has another place in the policy.
  private static func owner(of name: String) -> Namespace? {
    if name.hasPrefix("net.") { return .network }
    return ofIPC.contains(name) ? .ipc : nil
  }

  func sysctlProblems(at path: PolicyPath) -> [Problem] {
    sysctls.sorted { $0.key < $1.key }.compactMap { name, value in
      let here = path.appending(name)
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty && $0 != ".." && !$0.utf8.contains(0) && !$0.contains("/") }) else {
        return Problem(here, "\"\(name)\" is no sysctl's name", hint: "write it as net.ipv4.ip_forward")
      }
      if value.utf8.contains(0) || value.utf8.count > 4096 {
        return Problem(here, "a sysctl's value has at most 4,096 bytes, none of them NUL")
      }
      if name == "kernel.hostname" || name == "kernel.domainname" {
        return Problem(here, "the jail's names have a place of their own", hint: "write namespaces.hostName or domainName")
      }
      guard let owner = Self.owner(of: name) else {
        let nearest = nearestName(to: name, among: Self.ofIPC.sorted()).map { "; did you mean \"\($0)\"?" } ?? ""
        return Problem(
          here, "\"\(name)\" belongs to no namespace of the jail's, but to the machine or the kernel's own policy\(nearest)",
          hint: "those that a jail can have are net.* and \(Self.ofIPC.sorted().joined(separator: ", "))")
      }
      guard own.contains(owner) else {
        return Problem(
          here, "\"\(name)\" is the \(owner.rawValue) namespace's, which is not the jail's own",
          hint: "leave namespaces.\(owner.rawValue) at .own")
      }
      return nil
    }
  }

  /// The settings, through a procfs of the jail's own.
  package func sysctlOperations(at path: PolicyPath, through proc: Slot) -> [Planned] {
    sysctls.sorted { $0.key < $1.key }.map { name, value in
      // A name's dots are the path's slashes; an interface's own dots cannot be written so, as in sysctl(8).
      let file = name.split(separator: ".").joined(separator: "/")
      return Planned(
        .limitNamespace, .writeSysctl(proc: proc, path: file, text: value.hasSuffix("\n") ? value : value + "\n"),
        from: path.appending(name))
    }
  }
}
