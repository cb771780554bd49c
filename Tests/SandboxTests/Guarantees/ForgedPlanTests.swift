import Glibc
import Testing

@testable import Sandbox
@testable import SandboxPlanning

/// What the jailer looks at before it believes it: a plan in which something else stands in its place.
@Suite("A plan in which something else stands") struct ForgedPlanTests {
  private static func masking(_ path: String? = nil) -> Sandbox {
    var sandbox = Sandbox()
    if let path {
      // Then what is masked in the root is the first that the null device covers.
      sandbox.filesystem.mounts.removeAll { $0 == .proc }
      sandbox.filesystem.mounts.append(.masked(path))
    }
    return sandbox
  }

  /// What comes of a plan when each of its operations has been looked at, and perhaps replaced.
  private func error(
    of sandbox: Sandbox, replacing: (Operation, _ root: Slot) -> Operation?
  ) async throws -> Sandbox.Error? {
    let command = Sandbox.Command("/bin/true")
    let host = try sandbox.host()
    var plan = try sandbox.planned(for: command, on: host)
    #expect(try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own).wait().isSuccess, "the control")
    var root: Slot?
    for step in plan.steps { if case .attachRoot(let slot, _, _) = step.operation { root = slot } }
    let slot = try #require(root)
    var replaced = 0
    for (index, step) in plan.steps.enumerated() {
      guard let operation = replacing(step.operation, slot) else { continue }
      plan.steps[index] = Plan.Step(step.stage, operation, from: step.origin)
      replaced += 1
    }
    #expect(replaced > 0)
    return await #expect(throws: Sandbox.Error.self) {
      try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own).wait()
    }
  }

  @Test func `a mask of what is no procfs`() async throws {
    let error = try await error(of: Self.masking()) { operation, root in
      guard case .maskPath(_, let null, let name, let isDirectory) = operation else { return nil }
      return .maskPath(procfs: root, null: null, name: name, isDirectory: isDirectory)
    }
    #expect(error?.errno == EINVAL && error?.step?.operation.hasPrefix("mask-path") == true, "\(String(describing: error))")
  }

  @Test func `a part to be read-only of what is no procfs`() async throws {
    let error = try await error(of: Self.masking()) { operation, root in
      guard case .makeReadOnly(_, let name) = operation else { return nil }
      return .makeReadOnly(procfs: root, name: name)
    }
    #expect(error?.errno == EINVAL && error?.step?.operation.hasPrefix("make-read-only") == true, "\(String(describing: error))")
  }

  /// A device that a program can read from, in the place of the one from which it cannot.
  private static func zero(for operation: Operation) -> Operation? {
    guard case .openTree(let slot, "/dev/null", let recursive, let optional, let followsLinks) = operation else { return nil }
    return .openTree(slot, path: "/dev/zero", recursive: recursive, optional: optional, followsLinks: followsLinks)
  }

  @Test func `a mask by what is no null device`() async throws {
    let error = try await error(of: Self.masking()) { operation, _ in Self.zero(for: operation) }
    #expect(error?.errno == EINVAL && error?.step?.operation.hasPrefix("mask-path") == true, "\(String(describing: error))")
  }

  @Test func `a mask in the root by what is no null device`() async throws {
    let error = try await error(of: Self.masking("/etc/passwd")) { operation, _ in Self.zero(for: operation) }
    #expect(error?.errno == EINVAL && error?.step?.operation.hasPrefix("mask-in-root") == true, "\(String(describing: error))")
  }

  @Test func `a setting through what is no procfs`() async throws {
    var sandbox = Sandbox()
    // There is a file that takes it.
    sandbox.filesystem.mounts.append(.file(at: "/sys/user/max_user_namespaces", text: ""))
    let error = try await error(of: sandbox) { operation, root in
      guard case .writeSysctl(_, "user/max_user_namespaces", let text) = operation else { return nil }
      return .writeSysctl(proc: root, path: "user/max_user_namespaces", text: text)
    }
    #expect(error?.errno == EINVAL && error?.step?.operation.hasPrefix("write-sysctl") == true, "\(String(describing: error))")
  }

  /// Where the names of the procfs are looked for is the working directory, which entering the root changes.
  @Test func `a mask that comes after the root is no less a mask`() async throws {
    let sandbox = Sandbox()
    let command = Sandbox.Command("/bin/sh", arguments: ["-c", "head -c 64 /proc/kallsyms | wc -c"])
    let host = try sandbox.host()
    let plan = try sandbox.planned(for: command, on: host)
    let enters = try #require(plan.steps.firstIndex { $0.operation.name == "enter-root" })
    func isMask(_ step: Plan.Step) -> Bool {
      if case .maskPath(_, _, "kallsyms", _) = step.operation { true } else { false }
    }
    let mask = try #require(plan.steps.firstIndex(where: isMask))
    #expect(mask < enters)
    var late = plan, without = plan
    late.steps.insert(late.steps[mask], at: enters + 1)
    late.steps.remove(at: mask)
    without.steps.remove(at: mask)
    for (plan, seen) in [(plan, "0\n"), (without, "64\n"), (late, "0\n")] {
      let outcome = try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own).wait()
      #expect(outcome.standardOutput == seen, "\(outcome.standardError)")
    }
  }
}
