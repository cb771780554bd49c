// A program that enters a jail, asked line by line what it is to do; each answer is a line. Nothing of it waits by `await`, so
// that it has one thread until it is told to start others.
import CSyscalls
import Dispatch
import Glibc
import Sandbox

func result(_ value: CInt) -> String { value >= 0 ? "ok" : "errno \(errno)" }

/// Nothing but what is named: each part can be tried alone. no_new_privs is no part, and always set.
func bare(_ sandbox: inout Sandbox, drops: Bool) throws {
  let now = try CapabilityState()
  sandbox.filter = .off(because: "the test looks at one part")
  for limit in ResourceLimit.allCases { sandbox.limits[limit] = nil }
  if !drops { (sandbox.capabilities.effective, sandbox.capabilities.permitted) = (now.effective, now.permitted) }
  (sandbox.capabilities.inheritable, sandbox.capabilities.ambient) = (now.inheritable, now.ambient)
  sandbox.capabilities.bounding = now.bounding
  sandbox.capabilities.reason = "the test looks at one part"
}

/// root=/srv user=33 keep=cap_kill,cap_chown fd=5 fd=all limit=openFiles:16 umask=077 off why=…
func policy(_ words: [String]) throws -> (Sandbox, Sandbox.KeptDescriptors) {
  var options: [String: [String]] = [:]
  for word in words {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    options[parts[0], default: []].append(parts.count == 2 ? parts[1] : "")
  }
  let keep = CapabilitySet(
    try (options["keep"] ?? []).flatMap { try $0.split(separator: ",").map { try Capability(named: String($0)) } })
  var sandbox =
    options["closed"] != nil
    ? Sandbox()
    : options["inplace"] != nil
      ? .inPlace
      : .worker(
        root: options["root"]?.first, user: options["user"]?.first.map { CredentialID(parsing: $0) },
        group: options["group"]?.first.map { CredentialID(parsing: $0) }, keeping: keep, because: options["why"]?.first)
  let isBare = options["bare"] != nil
  if isBare { try bare(&sandbox, drops: options["drop"] != nil) }
  if isBare, options["filter"] != nil { sandbox.filter = .standard }
  for text in options["limit"] ?? [] {
    let parts = text.split(separator: ":").map(String.init)
    sandbox.limits[ResourceLimit(named: parts[0])!] = ResourceLimitBounds(UInt64(parts[1])!)
  }
  for text in options["groups"] ?? [] {
    sandbox.credentials.groups = text.split(separator: ",").map { CredentialID(parsing: String($0)) }
  }
  for text in options["permit"] ?? [] {
    sandbox.capabilities.permitted = sandbox.capabilities.permitted.union([try Capability(named: text)])
  }
  for text in options["ambient"] ?? [] {
    let set = CapabilitySet([try Capability(named: text)])
    (sandbox.capabilities.inheritable, sandbox.capabilities.ambient) = (set, set)
  }
  if let mask = options["umask"]?.first { sandbox.credentials.umask = UInt32(mask, radix: 8)! }
  if options["off"] != nil { sandbox.filter = .off(because: "the test looks at the kernel's own answer") }
  if options["deadline"] != nil { sandbox.deadline = .seconds(1) }
  for text in options["own"] ?? [] {
    if text.contains("network") { sandbox.namespaces.network = .own }
    if text.contains("ipc") { sandbox.namespaces.ipc = .own }
    if text.contains("uts") { sandbox.namespaces.uts = .own }
    if text.contains("cgroup") { sandbox.namespaces.cgroup = .own }
  }
  if options["bounding"] != nil { sandbox.capabilities.bounding = .none }
  if options["fd"] == ["all"] || isBare && options["fd"] == nil { return (sandbox, .all(because: "the test needs them")) }
  return (sandbox, Sandbox.KeptDescriptors((options["fd"] ?? []).map { Int32($0)! }))
}

func flat(_ text: String) -> String { text.replacing("\n", with: " | ") }

func enter(_ words: [String]) -> String {
  do {
    let (sandbox, kept) = try policy(words)
    let enforcement = try sandbox.enter(keeping: kept)
    return "entered \(flat(enforcement.description + "\n" + enforcement.verified.map(\.description).joined(separator: "\n")))"
  } catch let error as Sandbox.Error {
    return "refused \(error.kind): \(flat(error.description))"
  } catch {
    return "refused \(error)"
  }
}

/// From two threads at the same moment.
func enterTwice(_ words: [String]) -> String {
  nonisolated(unsafe) var answers = ["", ""]
  nonisolated(unsafe) var threads: [pthread_t] = []
  final class Body { let run: () -> Void; init(_ run: @escaping () -> Void) { self.run = run } }
  for index in 0..<2 {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Body { answers[index] = enter(words) })
    pthread_create(
      &thread, nil,
      {
        Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil
      }, box.toOpaque())
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
  return answers.joined(separator: " && ")
}

func list(_ path: String) -> String {
  guard let directory = opendir(path) else { return "errno \(errno)" }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
  }
  return "entries \(names.filter { $0 != "." && $0 != ".." }.sorted().joined(separator: " "))"
}

func number(_ made: Int) -> String { made < 0 ? "errno \(-made)" : "number \(made)" }

/// What a jail of a prepared sandbox has mounted, with a mask over each of the paths.
func mountsOfPrepared(_ masked: [String]) -> String {
  nonisolated(unsafe) var answer = ""
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    do {
      var sandbox = Sandbox()
      sandbox.filesystem.mounts += masked.map { .masked($0) }
      let prepared = try await sandbox.prepare()
      answer = try await prepared.run("/bin/cat", arguments: ["/proc/self/mountinfo"]).standardOutput
    } catch { answer = "refused \(error)" }
    done.signal()
  }
  done.wait()
  return flat(answer)
}

func perform(_ words: [String]) -> String {
  let rest = Array(words.dropFirst())
  switch words[0] {
  case "threads": return Threads.start(rest[0], Int(rest[1])!)
  case "enter": return enter(rest)
  case "prepared": return mountsOfPrepared(rest)
  case "twice": return enterTwice(rest)
  case "plan":
    do { return flat(try policy(rest).0.plan(for: .enter).description) } catch { return "refused \(flat("\(error)"))" }
  case "validate":
    do {
      try policy(rest).0.validate(for: .enter)
      return "ok"
    } catch { return "refused \(flat("\(error)"))" }
  case "open": return result(open(rest[0], O_RDONLY | O_CLOEXEC))
  case "directory": return { $0 < 0 ? "errno \(errno)" : "number \($0)" }(open(rest[0], O_RDONLY | O_DIRECTORY))
  // Without any right to what it is of.
  case "path": return { $0 < 0 ? "errno \(errno)" : "number \($0)" }(open(rest[0], 0o10000000 | O_CLOEXEC))
  case "mkdir": return result(mkdir(rest[0], 0o755))
  case "cwd":
    guard let path = getcwd(nil, 0) else { return "errno \(errno)" }
    defer { free(path) }
    return String(cString: path)
  case "settle":
    Calls.settle()
    return "ok"
  case "interrupted":
    return "\(Calls.restarted.load(ordering: .relaxed)) restarted, \(Calls.never.load(ordering: .relaxed)) others"
  case "write": return result(open(rest[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0o666))
  case "openat": return result(openat(CInt(rest[0])!, rest[1], O_RDONLY | O_CLOEXEC))
  case "kill": return result(kill(pid_t(rest[0])!, 0))
  case "list": return list(rest[0])
  case "chroot": return result(chroot(rest[0]))
  case "chdir": return result(chdir(rest[0]))
  case "isopen": return result(fcntl(CInt(rest[0])!, F_GETFD))
  case "setuid": return result(setuid(uid_t(rest[0])!))
  case "bind": return bindPort(UInt16(rest[0])!)
  case "unshare": return { $0 < 0 ? "errno \(-$0)" : "ok" }(csys_unshare(0x1000_0000))
  // One whose kernel thread acts by itself: IORING_SETUP_SQPOLL.
  case "ring": return number(Ring.make(flags: 2))
  case "registered": return number(Ring.register())
  case "mapped": return number(Ring.map())
  // KEYCTL_JOIN_SESSION_KEYRING, and a key in that.
  case "key":
    _ = csys_keyctl(1, 0)
    return number(
      "user".withCString { type in
        "probe".withCString { name in
          let (type, name) = (Int(bitPattern: type), Int(bitPattern: name))
          #if arch(x86_64)
            return csys_call(248, type, name, name, 5, -3, 0)
          #else
            return csys_call(217, type, name, name, 5, -3, 0)
          #endif
        }
      })
  // KEYCTL_READ
  case "readkey": return number(csys_call(Int(CSYS_NR_keyctl.rawValue), 11, Int(rest[0])!, 0, 0, 0, 0))
  case "make": return number(Descriptors.make(rest[0]))
  case "choke": return number(Descriptors.choke())
  case "refuse": return number(Filter.refuse(UInt64(rest[0])!))
  // What this thread alone then has: locked securebits, and no right to set others.
  case "secure":
    return number(Int(csys_prctl(CSYS_PR_SET_SECUREBITS, 0xef, 0, 0, 0))) + " " + number(dropSetpcap())
  case "raise":
    var limit = rlimit(rlim_cur: rlim_t(rest[0])!, rlim_max: rlim_t(rest[0])!)
    return result(setrlimit(__rlimit_resource_t(7), &limit))
  case "files":
    // Whatever another thread opens meanwhile stays its own.
    var made: [CInt] = []
    defer { for number in made { close(number) } }
    while case let number = dup(0), number >= 0 { made.append(number) }
    return "most \(made.max() ?? 0)"
  case "wait":
    usleep(useconds_t(rest[0])!)
    return "ok"
  default: return "unknown \(words[0])"
  }
}

func dropSetpcap() -> Int {
  var header = csys_cap_header(version: UInt32(CSYS_CAPABILITY_VERSION_3), pid: 0)
  var data = (csys_cap_data(), csys_cap_data())
  return withUnsafeMutableBytes(of: &data) { bytes in
    let data = bytes.assumingMemoryBound(to: csys_cap_data.self).baseAddress!
    _ = csys_capget(&header, data)
    data[0].effective &= ~(1 << 8)
    data[0].permitted &= ~(1 << 8)
    return Int(csys_capset(&header, data))
  }
}

func bindPort(_ port: UInt16) -> String {
  let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
  defer { close(descriptor) }
  return result(bound)
}

Descriptors.closeStrangers()
while let line = readLine() {
  let words = line.split(separator: " ").map(String.init)
  if words.isEmpty { continue }
  if words[0] == "end" { break }
  let answer = perform(words) + "\n"
  _ = answer.withCString { write(1, $0, strlen($0)) }
}
exit(0)
