public import SandboxPlanning

/// Something that stands in a jail's root: a part of the host, or something made for the jail.
///
/// Mounts are made in the order of ``RootfsPolicy/mounts``; a later one may lie below an earlier one.
public struct Mount: Hashable, Sendable {
  /// What it is.
  public enum Kind: Hashable, Sendable {
    /// The host's programs and libraries, read-only, and the parts of /etc that any program needs; what is there is looked
    /// up when the jail is planned. Accounts, hosts and the name service's configuration are synthetic.
    case hostSystem
    /// A file or directory of the host, with all that is mounted below it.
    case bind(Bind)
    /// A device of the host, for a reason.
    case device(source: String, because: String)
    /// A program of the host, at its own path, with the interpreter and the libraries that it is linked with.
    case program
    /// A new, empty file system in memory.
    case tmpfs(size: ByteCount, inodes: UInt64, mode: UInt32, allowsExecution: Bool)
    /// The jail's own processes: proc(5). What tells about the host is masked or read-only.
    case proc(ProcOptions)
    /// The POSIX message queues of the jail's ipc namespace, as files: mq_overview(7).
    case messageQueues
    /// The kernel's devices and the jail's network interfaces, read-only: sysfs(5).
    case sysfs
    /// null, zero, full, random, urandom, tty, pts, shm, and the links that programs expect.
    case devices
    /// A symbolic link.
    case symlink(to: String)
    /// An empty directory.
    case directory(mode: UInt32)
    /// A file with this content.
    case file(contents: [UInt8], mode: UInt32)
    /// Nothing, over what is there so far: a directory is empty and read-only, a file is the null device.
    case masked(ifExists: Bool)
    /// What is there so far, with all below, read-only.
    case readOnly(ifExists: Bool)
  }

  /// What stands there.
  public var kind: Kind
  /// Where it stands: an absolute path in the jail.
  public var target: String

  /// A thing of any kind; ``bind(_:at:access:ifExists:)`` and its like are shorter.
  public init(_ kind: Kind, at target: String) {
    self.kind = kind
    self.target = target
  }
}

extension Mount {
  /// The host's programs and libraries, read-only, and the harmless parts of /etc.
  public static let hostSystem = Mount(.hostSystem, at: "/")

  /// A part of the host, at the same path inside.
  public static func bind(_ source: String, access: BindAccess = .readOnly, ifExists: Bool = false) -> Mount {
    Mount(.bind(Bind(source, access: access, ifExists: ifExists)), at: source)
  }

  /// A part of the host, at another path inside.
  public static func bind(
    _ source: String, at target: String, access: BindAccess = .readOnly, ifExists: Bool = false
  ) -> Mount {
    Mount(.bind(Bind(source, access: access, ifExists: ifExists)), at: target)
  }

  /// A part of the host, with everything that can be said of it; at the same path inside where `target` is nil.
  public static func bind(_ bind: Bind, at target: String? = nil) -> Mount { Mount(.bind(bind), at: target ?? bind.source) }

  /// A character or block device of the host, which its mode and owner let the payload use. At the same path inside where `target`
  /// is nil. Its mount is read-only, as those of ``devices`` are: it can be written all the same, but its mode, owner and times,
  /// which are the host's, cannot be changed by a jail that stays root.
  ///
  /// What the device's driver does for the payload no jail can know: the reason stands in reports, and in `Enforcement`.
  public static func device(_ source: String, at target: String? = nil, because reason: String) -> Mount {
    Mount(.device(source: source, because: reason), at: target ?? source)
  }

  /// A program of the host, read-only, with what the kernel and ld.so(8) need to start it, and nothing else: the interpreter that
  /// it names (`PT_INTERP`, or `#!`), its libraries (`DT_NEEDED`, by RPATH, RUNPATH, `$ORIGIN`, ld.so.cache and the default
  /// directories), and the symbolic links on the way to each. Of a script that names env(1), the program by that name in the
  /// usual `PATH`; what `env -S` would run is not followed, and is an error.
  ///
  /// The program's file is not trusted to name them: an error is a loader that is no shared object, a library in a directory that
  /// others may not search and the program does not lie in, a link of somebody who owns neither what it leads to nor this
  /// process, and more than 256 libraries, 64 directories or 255 bytes a name in one file, or 512 files.
  ///
  /// What a program opens by itself as it runs is not among that: plug-ins of dlopen(3), modules of an interpreter, data. The
  /// loader learns `$ORIGIN` from /proc/self/exe: a program that is linked by it needs ``proc``, too.
  public static func program(_ path: String) -> Mount { Mount(.program, at: path) }

  /// A new, empty file system in memory, of at most `size` bytes in at most `inodes` files.
  ///
  /// It is always `nosuid` and `nodev`; without `allowsExecution`, `noexec`.
  public static func tmpfs(
    at target: String, size: ByteCount = .mebibytes(64), inodes: UInt64 = 16_384, mode: UInt32 = 0o1777,
    allowsExecution: Bool = true
  ) -> Mount {
    Mount(.tmpfs(size: size, inodes: inodes, mode: mode, allowsExecution: allowsExecution), at: target)
  }

  /// The jail's own /proc.
  public static let proc = Mount(.proc(ProcOptions()), at: "/proc")

  /// The jail's own processes, with less to be seen of them.
  public static func proc(
    at target: String = "/proc", subset: ProcSubset? = nil, hidepid: HidePID? = nil, group: UInt32? = nil
  ) -> Mount {
    Mount(.proc(ProcOptions(subset: subset, hidepid: hidepid, group: group)), at: target)
  }

  /// The message queues of the jail's ipc namespace. By default no queue can be made: the limit `messageQueues` is 0.
  public static let messageQueues = Mount(.messageQueues, at: "/dev/mqueue")

  /// The kernel's devices and the jail's network interfaces, read-only. It tells much about the machine.
  public static let sysfs = Mount(.sysfs, at: "/sys")

  /// A minimal /dev. Its devices are read-only mounts, which they can be written by all the same: only their mode, owner and times,
  /// which are the host's, cannot be changed (`touch /dev/null` fails).
  public static let devices = Mount(.devices, at: "/dev")

  /// A symbolic link at `target` that points to `destination`.
  public static func symlink(at target: String, to destination: String) -> Mount {
    Mount(.symlink(to: destination), at: target)
  }

  /// An empty directory.
  public static func directory(at target: String, mode: UInt32 = 0o755) -> Mount {
    Mount(.directory(mode: mode), at: target)
  }

  /// A file with this content.
  public static func file(at target: String, contents: [UInt8], mode: UInt32 = 0o644) -> Mount {
    Mount(.file(contents: contents, mode: mode), at: target)
  }

  /// A file with this text.
  public static func file(at target: String, text: String, mode: UInt32 = 0o644) -> Mount {
    file(at: target, contents: Array(text.utf8), mode: mode)
  }

  /// Hides what the mounts before have put at a path, an error where there is nothing.
  ///
  /// It is a mount upon that file or directory. When somebody outside replaces or removes it, the mask is gone with it, in the
  /// running jail, too: a file that others replace (rename(2)) is hidden for good by a mask over its directory alone. The same
  /// file under another name is not hidden.
  public static func masked(_ path: String, ifExists: Bool = false) -> Mount { Mount(.masked(ifExists: ifExists), at: path) }

  /// Makes what the mounts before have put at a path read-only, an error where there is nothing. It ends as
  /// ``masked(_:ifExists:)`` does.
  public static func readOnly(_ path: String, ifExists: Bool = false) -> Mount { Mount(.readOnly(ifExists: ifExists), at: path) }
}
