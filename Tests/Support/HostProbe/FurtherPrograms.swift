import CSyscalls
import Glibc
import Sandbox

/// What a host is that the kernel gives orphans to: pid 1 of a container, or a subreaper. It reaps no child but the library's, so
/// what that leaves stays, and a jail with something of it inside never ends.
func endFurtherPrograms() async throws {
  let subreaper: Int32 = 36
  if getpid() != 1 { show("subreaper", "\(csys_prctl(subreaper, 1, 0, 0, 0))") }
  // One that hangs is told apart.
  alarm(120)
  let jail = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
  for round in 0..<24 {
    let further = Task { try await jail.run(.init("/bin/sleep", arguments: ["601"])) }
    try await Task.sleep(for: .microseconds(round * 500))
    further.cancel()
    if case .success(let outcome) = await further.result { show("not cancelled", "\(outcome.verdict)") }
  }
  do {
    _ = try await jail.run(.init("/no/such"))
  } catch {
    show("missing", "\(error.kind)")
  }
  let orphan = try await jail.spawn(.init("/bin/sleep", arguments: ["602"]))
  kill(orphan.processIdentifier, SIGKILL)
  show("supervisor killed", "\(try await orphan.wait().verdict)")
  await jail.kill()
  show("verdict", "\(try await jail.wait().verdict)")
}

/// A jail of several ids, whose map a newuidmap(1) writes that hangs: what becomes of it when the jail's init is killed, and when the
/// spawn is cancelled. Then it spawns once more, and says so: the host is to be killed.
func spawnBehindMapper() async throws {
  alarm(120)
  var sandbox = Sandbox()
  sandbox.namespaces.users = .subordinate
  let begin = { [sandbox] in
    let task = Task { try await sandbox.run("/bin/true") }
    while theInit() == nil { try await Task.sleep(for: .milliseconds(20)) }
    try await Task.sleep(for: .milliseconds(200))
    return task
  }
  let killed = try await begin()
  kill(theInit()!, SIGKILL)
  if case .failure(let error) = await killed.result {
    show("killed", "\(error)".split(separator: "\n").first.map { "\($0)" } ?? "")
  }
  let cancelled = try await begin()
  cancelled.cancel()
  if case .failure(let error as Sandbox.Error) = await cancelled.result { show("cancelled", "\(error.kind)") }
  show("children left", "\(hasChild())")
  let last = try await begin()
  show("last", "begun")
  fflush(nil)
  _ = await last.result
}

/// The child of this process that is pid 1 of a namespace, whichever of its threads has it.
private func theInit() -> Int32? {
  guard let threads = opendir("/proc/self/task") else { return nil }
  defer { closedir(threads) }
  var children: [Int32] = []
  while let entry = readdir(threads) {
    let thread = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    children += text(of: "/proc/self/task/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
  }
  return children.first { child in
    let numbers = text(of: "/proc/\(child)/status").split(separator: "\n").first { $0.hasPrefix("NSpid:") }
    return numbers.map { $0.split(whereSeparator: \.isWhitespace).count > 2 } ?? false
  }
}

private func text(of path: String) -> String {
  var bytes = [UInt8](repeating: 0, count: 4096)
  let file = open(path, O_RDONLY | O_CLOEXEC)
  defer { close(file) }
  let count = max(0, read(file, &bytes, bytes.count))
  return String(decoding: bytes[..<count], as: UTF8.self)
}

/// Why no further program can be run, on a host that does not show the jail's init.
func runFurtherProgram() async throws {
  let jail = try await Sandbox().spawn(.init("/bin/sleep", arguments: ["600"]))
  do {
    show("further", try await jail.run(.init("/bin/echo", arguments: ["ok"])).standardOutput.filter { $0 != "\n" })
  } catch {
    show("further", "\(error.kind) \(error.problems.first?.hint ?? "")")
  }
  await jail.kill()
}
