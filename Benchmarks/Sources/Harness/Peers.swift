import Glibc

extension Contenders {
  static func peers(_ setting: Setting) -> [Maker] {
    [bubblewrap(setting), oci("crun", setting), oci("runc", setting), firejail(setting), nspawn(setting), unshare(setting)]
  }

  private static func program(_ name: String) throws -> String {
    guard let path = find(name) else { throw Failure("\(name) is not installed (Benchmarks/setup)") }
    return path
  }

  /// - Parameter runsTrue: its program is the root's own `/bin/true`, in the jail of the tool without an option.
  static func bubblewrap(_ setting: Setting, runsTrue: Bool = false) -> Maker {
    Maker(
      runsTrue ? "bubblewrap-true" : "bubblewrap", .peer, runsTrue ? "bubblewrap … /bin/true" : "bubblewrap",
      "the same binds, links, files and filter programs, an init; not: time namespace, loopback raised, what is masked in /proc, limits, session keyring, a report"
    ) { description in
      let bwrap = try program("bwrap"), specification = setting.specification
      var arguments = [
        bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin",
      ]
      for bind in specification.binds where !bind.target.hasPrefix("/dev/") && !(runsTrue && bind.target == insidePath) {
        arguments += ["--ro-bind", bind.source, bind.target]
      }
      for link in specification.symlinks where !link.path.hasPrefix("/dev/") {
        arguments += ["--symlink", link.target, link.path]
      }
      for (index, file) in specification.files.enumerated() {
        arguments += ["--ro-bind", try setting.workplace.file("file-\(index)", file.bytes), file.path]
      }
      arguments += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"]
      var streams: [CInt: Child.Stream] = [:]
      for (index, filter) in specification.filters.enumerated() {
        let number = CInt(10 + index)
        streams[number] = .file(try setting.workplace.file("filter-\(index)", filter), flags: O_RDONLY)
        arguments += ["--add-seccomp-fd", "\(number)"]
      }
      arguments.append("--")
      return CommandContender(description, payload: insidePath, streams: streams) { [arguments] in
        arguments + (runsTrue ? trueOrFailing($0) : $0)
      }
    }
  }

  /// `/bin/true` for the payload, and what fails in its place.
  static func trueOrFailing(_ payload: [String]) -> [String] {
    payload.count > 1 ? ["/bin/sh", "-c", "exit 3"] : ["/bin/true"]
  }

  private static func oci(_ name: String, _ setting: Setting) -> Maker {
    let differs =
      name == "crun"
      ? "the same binds, masks, limits and the first filter program, no init (the payload is pid 1), no cgroup manager, no time namespace, no session keyring"
      : "the same binds, masks and limits, no filter, no init (the payload is pid 1), cgroups as it always makes them, no time namespace"
    return Maker(name, .peer, name, differs) { description in
      let path = try program(name)
      let bundle = try Bundle(for: setting, named: name, filtered: name == "crun")
      func command(_ folder: String) -> [String] {
        [path, "--root", bundle.state] + (name == "crun" ? ["--cgroup-manager=disabled"] : [])
          + ["run", "--bundle", folder, "sandbox-benchmark-\(getpid())-\(name)"]
      }
      if name == "runc" {
        return CommandContender(description, payload: insidePath) { command($0.count > 1 ? bundle.failing : bundle.plain) }
      }
      // Debian's refuses a host whose cgroups are of both versions, with a controller on the newer: here it sees the older alone.
      return try FloorContender(
        "base", description, programs: setting.programs, specification: setting.specificationFile,
        noop: command(bundle.plain).joined(separator: " "), failing: command(bundle.failing).joined(separator: " "),
        stage: ["\(setting.programs)/stage", "--hide", "/sys/fs/cgroup/unified", "--"])
    }
  }

  private static func firejail(_ setting: Setting) -> Maker {
    Maker(
      "firejail", .peer, "firejail",
      "the host's own root, with private /dev and /tmp, its own filter, no user namespace (it is root's, or set-user-ID), an empty network namespace"
    ) {
      let path = try program("firejail")
      return CommandContender(
        $0, payload: setting.noop, environment: ["PATH=/usr/bin:/bin", "HOME=/root", "USER=root", "LOGNAME=root"]
      ) {
        [
          path, "--quiet", "--noprofile", "--net=none", "--private-dev", "--private-tmp", "--caps.drop=all", "--seccomp",
          "--nonewprivs", "--ipc-namespace", "--hostname=sandbox", "--",
        ] + $0
      }
    }
  }

  private static func nspawn(_ setting: Setting) -> Maker {
    Maker(
      "systemd-nspawn", .peer, "systemd-nspawn",
      "its own filter and masks; an init (--as-pid2); its own cgroup; no time namespace; not registered with machined"
    ) {
      let path = try program("systemd-nspawn")
      let bundle = try Bundle(for: setting, named: "nspawn", filtered: false)
      let binds = setting.specification.binds.filter { !$0.target.hasPrefix("/dev/") }
        .map { "--bind-ro=\($0.source):\($0.target)" }
      return CommandContender($0, payload: insidePath) {
        [
          path, "--quiet", "--directory=\(bundle.root)", "--read-only", "--volatile=no", "--private-network",
          "--private-users=1879048192:65536", "--register=no", "--keep-unit", "--as-pid2", "--no-new-privileges=yes",
          "--drop-capability=all", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--hostname=sandbox",
          "--console=pipe",
        ] + binds + $0
      }
    }
  }

  private static func unshare(_ setting: Setting) -> Maker {
    Maker(
      "unshare", .peer, "unshare",
      "the eight namespaces and a fresh /proc on the host's own root; no filter, no capability taken, no limits, no init, no /dev"
    ) {
      let path = try program("unshare")
      return CommandContender($0, payload: setting.noop) {
        [
          path, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--net", "--cgroup",
          "--time", "--mount-proc", "--",
        ] + $0
      }
    }
  }
}
