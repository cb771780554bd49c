internal import SandboxPlanning

extension RootfsBuilder {
  mutating func addProc(_ options: ProcOptions, at target: String, from origin: PolicyPath) {
    procfs.append(target.split(separator: "/"))
    let attributes: MountAttributes = [.noSetUserID, .noDevices, .noExecution]
    // One of the host's processes is its owner's to mount; anyone may show what is there.
    let own =
      context.sharesProcesses
      ? addTree("/proc", at: target, set: attributes, followsLinks: false, from: origin)
      : addFilesystem("proc", at: target, options: options.mountOptions, attributes: attributes, from: origin)
    // Of processes alone there is nothing to hide, and no sysctl to be set through it.
    let hidden = options.subset == nil ? covers(of: own, at: target, from: origin) : []
    if fresh != nil {
      showProc(at: target, from: origin)
      fresh!.operations += hidden
    } else {
      if options.subset == nil { proc = own }
      operations += hidden
    }
  }

  /// Sysctls are written through the jail's procfs: what covers parts of it comes later.
  func phase(ofCoverAt target: String) -> Phase {
    procfs.contains { target.split(separator: "/").starts(with: $0) } ? .mask : .mount
  }

  /// A copy of what is there so far: of a procfs below it, with its masks.
  func phase(ofReadOnlyAt target: String) -> Phase {
    let names = target.split(separator: "/")
    return procfs.contains { $0.starts(with: names) } ? .mask : phase(ofCoverAt: target)
  }

  private mutating func covers(of procfs: Slot, at target: String, from origin: PolicyPath) -> [Planned] {
    let cover = coverOfFiles(at: target, from: origin)
    return HostInformation.readOnly.map { Planned(.mask, .makeReadOnly(procfs: procfs, name: $0), from: origin) }
      + HostInformation.masked.map { name in
        let isDirectory = HostInformation.directories.contains(name)
        return Planned(.mask, .maskPath(procfs: procfs, null: cover, name: name, isDirectory: isDirectory), from: origin)
      }
  }

  /// The procfs that the launcher of a prepared sandbox keeps for its jails: the host's, which they see until they have
  /// their own.
  mutating func showProc(at target: String, from origin: PolicyPath) {
    let host = newSlot()
    append(.openOwnSources, .openTree(host, path: "/proc", recursive: true, optional: false), origin)
    fresh!.proc = store(host, for: target, set: [], from: origin)
    proc = host
  }
}
