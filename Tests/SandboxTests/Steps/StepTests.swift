import Glibc
import Testing

@testable import Sandbox
@testable import SandboxKernel
@testable import SandboxPlanning

/// The proof that each step of a plan matters, and that its failure is told and leaves nothing.
@Suite("Each step", .serialized) struct StepTests {
  private static func plan(_ command: Sandbox.Command) throws -> (Sandbox, Sandbox.Host, Plan) {
    var sandbox = Sandbox()
    sandbox.deadline = .seconds(20)
    // Other than a host's own.
    sandbox.credentials.umask = 0o027
    let host = try sandbox.host()
    return (sandbox, host, try sandbox.planned(for: command, on: host))
  }

  private static let errnos: [CInt] = [
    EPERM, ENOENT, EINTR, EAGAIN, ENOMEM, EACCES, EBUSY, EINVAL, EMFILE, ENOSPC, EROFS, ENOSYS,
  ]

  @Test func `that fails, is named with its errno, and nothing is left`() async throws {
    await #expect(processExitsWith: .success) {
      let command = Sandbox.Command("/bin/true")
      let (sandbox, host, plan) = try StepTests.plan(command)
      holds(try await sandbox.spawn(command, PlanEncoder(plan), on: host, by: .own).wait().isSuccess, "the control")
      let before = try await Leftovers.settled()
      for index in plan.steps.indices {
        for errno in StepTests.errnos {
          var encoder = PlanEncoder(plan)
          encoder.fail(step: index, with: errno)
          do throws(Sandbox.Error) {
            let outcome = try await sandbox.spawn(command, encoder, on: host, by: .own).wait()
            // The init's last steps come when the program runs: it takes the jail with it.
            precondition(plan.steps[index].stage == .initProcess && !outcome.isSuccess, "step \(index) \(errno): \(outcome)")
          } catch {
            precondition(error.step?.index == index && error.errno == errno, "step \(index) \(errno): \(error)")
            precondition(error.problems.first?.path == plan.steps[index].origin, "step \(index): \(error)")
          }
        }
      }
      try await Leftovers.expect(before)
    }
  }

  @Test func `of a prepared sandbox that fails is named, too`() async throws {
    await #expect(processExitsWith: .success) {
      let command = Sandbox.Command("/bin/true")
      let prepared = try await Sandbox().prepare()
      let plan = try prepared.plan(for: command)
      holds(try await prepared.run(command).isSuccess, "the control")
      let before = try await Leftovers.settled()
      for index in plan.steps.indices {
        var encoder = PlanEncoder(plan)
        encoder.fail(step: index, with: ENOSPC)
        do throws(Sandbox.Error) {
          let outcome = try await prepared.sandbox.spawn(command, encoder, on: prepared.host, by: .parked(prepared.launcher!))
            .wait()
          precondition(plan.steps[index].stage == .initProcess && !outcome.isSuccess, "step \(index): \(outcome)")
        } catch {
          precondition(error.step?.index == index && error.errno == ENOSPC, "step \(index): \(error)")
        }
        holds(try await prepared.run(command).isSuccess, "the launcher goes on")
      }
      try await Leftovers.expect(before)
      await prepared.end()
    }
  }

  @Test func `of a launcher that fails, is named with its errno, and nothing is left`() async throws {
    await #expect(processExitsWith: .success) {
      let sandbox = Sandbox()
      let prepared = try await sandbox.prepare()
      holds(try await prepared.run("/bin/true").isSuccess, "the control")
      let (host, plan) = (prepared.host, prepared.plan)
      await prepared.end()
      let before = try await Leftovers.settled()
      for index in plan.steps.indices {
        for errno in StepTests.errnos {
          var encoder = PlanEncoder(plan)
          encoder.fail(step: index, with: errno)
          let encoded = encoder.encoded
          let launcher = try await Sandbox.onReactor {
            let (arena, memory) = try SharedArena.make(
              contents: encoded.bytes, sharedAt: encoded.reportOffset, size: encoded.reportSize)
            let launcher = ParkedLauncher(plan: plan, host: host, arena: arena)
            try launcher.launch(handed: [memory] + Sandbox.lasting(on: host))
            return launcher
          }
          switch await launcher.waitUntilParked() {
          case .success: preconditionFailure("step \(index) \(errno)")
          case .failure(let error):
            precondition(error.step?.index == index && error.errno == errno, "step \(index) \(errno): \(error)")
            precondition(error.problems.first?.path == plan.steps[index].origin, "step \(index): \(error)")
          }
          await launcher.waitUntilGone()
        }
      }
      try await Leftovers.expect(before)
    }
  }

  /// As root it changes root and user; as an ordinary user it does what takes no right.
  private static let entering: Sandbox = geteuid() == 0 ? .worker(root: "/usr/share", user: 20_077, group: 20_077) : .worker()

  @Test func `of an entry that fails throws, or is the last word of its process`() async throws {
    let plan = try Self.entering.entryPlan(keeping: .standardStreams, in: .current())
    #expect(plan.count >= 5)
    for index in plan.steps.indices {
      for errno in [EPERM, ENOSPC] {
        // Once something has changed there is no way back.
        let expected: CInt = index == 0 ? 77 : 125
        let ended = await #expect(processExitsWith: .exitCode(expected), observing: [\.standardErrorContent]) {
          [index = index as Int, errno = errno as CInt] in
          let state = try Sandbox.EntryState.current()
          var encoder = PlanEncoder(try StepTests.entering.entryPlan(keeping: .standardStreams, in: state))
          encoder.fail(step: index, with: errno)
          let entrance = StepTests.entering.carryOut(encoder, in: state)
          guard entrance.refusal == .step, entrance.step == index, entrance.errno == errno else { exit(78) }
          let status = try Text.of("/proc/self/status")
          exit(status.contains("NoNewPrivs:\t0") && status.contains("Seccomp:\t0") ? 77 : 79)
        }
        guard index > 0 else { continue }
        let said = String(decoding: ended?.standardErrorContent ?? [], as: UTF8.self)
        let step = plan.steps[index]
        #expect(
          said.contains("ends the process: \(step.origin): ") && said.contains("; step \(index) (")
            && said.contains(errno == EPERM ? "EPERM" : "ENOSPC"), "\(step.operation): \(said)")
      }
    }
    // The control: the whole plan is entered.
    await #expect(processExitsWith: .exitCode(76)) {
      let state = try Sandbox.EntryState.current()
      let entrance = StepTests.entering.carryOut(
        try StepTests.entering.entryPlan(keeping: .standardStreams, in: state), in: state)
      exit(entrance.refusal == nil ? 76 : 78)
    }
  }

  /// Why nothing inside can notice that a step is missing; nil for all others.
  private static func excuse(for step: Plan.Step) -> String? {
    switch step.operation {
    case .raiseOpenFiles: return "it is for jails beside each other: one alone is far from the limit (ETOOMANYREFS)"
    case .become where geteuid() != 0: return "of one id inside, the map has made it already"
    case .newSessionKeyring: return "the filter keeps keyctl(2) from the program; CredentialTests looks without it"
    case .makeMountsPrivate: return "it keeps mounts of the jail from the host, on which nothing inside looks"
    case .waitForMaps: return "the launcher may have written them by then"
    case .forbidDumping where geteuid() == 0: return "the change of uid has done it, where fs.suid_dumpable is 0, as it mostly is"
    case .maskPath(_, _, let path, _), .makeReadOnly(_, let path):
      return access("/proc/\(path)", F_OK) == 0 ? nil : "this kernel has no such file"
    case .setResourceLimit(let kind, let soft, let hard, _):
      let host = Unjailed.limit(kind)
      return host.rlim_cur == soft && host.rlim_max == hard ? "the host's limit is the same" : nil
    default: return nil
    }
  }

  @Test func `that is missing is noticed, but for those that have a reason`() async throws {
    let command = try Inventory.command()
    let (sandbox, host, plan) = try Self.plan(command)
    let whole = try await Inventory.taken(plan, of: command, sandbox, on: host)
    #expect(whole.count > 100)
    #expect(try await Inventory.taken(plan, of: command, sandbox, on: host) == whole, "the control: two of the same say the same")
    var missed: [String] = []
    for index in plan.steps.indices {
      var less = plan
      let step = less.steps.remove(at: index)
      let isNoticed: Bool
      do {
        isNoticed = try await Inventory.taken(less, of: command, sandbox, on: host) != whole
      } catch is Sandbox.Error {
        isNoticed = true
      }
      if !isNoticed, Self.excuse(for: step) == nil { missed.append("\(index) \(step.operation)") }
    }
    #expect(missed == [])
  }

  /// Neighbours of which the order does not matter to what the jail is, and why they stand as they do.
  private static func excuse(for first: Plan.Step, before second: Plan.Step) -> String? {
    switch (first.operation, second.operation) {
    case (.setResourceLimit, .setResourceLimit): "limits of different kinds"
    case (.makeSymlink, _), (_, .makeSymlink), (.makeFile, _), (_, .makeFile), (.makeDirectory, _), (_, .makeDirectory):
      "made in the same root, at different places"
    case (.attach, .attach): "at different places"
    case (.openTree, .openTree), (.newFilesystem, _), (_, .newFilesystem), (.openTree, _), (_, .openTree):
      "found before it is used"
    case (.maskPath, .maskPath), (.makeReadOnly, .makeReadOnly), (.makeReadOnly, .maskPath), (.maskPath, .makeReadOnly):
      "covers of different files"
    case (.writeSysctl, .writeSysctl): "settings of different names"
    default: Self.reasons["\(first.operation.name) \(second.operation.name)"]
    }
  }

  private static let reasons = [
    "raise-open-files clone-jail": "it is for jails beside each other",
    "make-mounts-private set-host-name": "parts of different namespaces",
    "set-host-name raise-loopback": "parts of different namespaces",
    "raise-loopback wait-for-maps": "it needs no map; before, it takes no time of its own",
    "wait-for-maps new-session-keyring": "it needs no map",
    "new-session-keyring become": "it is whose quota pays: seen with 200 jails at once, not with one",
    "become forbid-dumping": "seen only where root spawns and fs.suid_dumpable is 1",
    "attach-root attach": "a mount that is attached to a detached tree moves with it",
    "attach write-sysctl": "by the descriptor of its procfs, wherever that stands",
    "write-sysctl make-read-only": "the first of these covers another part of /proc than sys",
    "mask-path enter-root": "by the descriptor of the procfs, which stays",
    "enter-root limit-bounding-set": "what stays after an exec has nothing to do with mounts",
    "limit-bounding-set set-secure-bits": "both take CAP_SETPCAP, and neither gives it up",
    "set-capabilities set-no-new-privileges": "giving up needs no privilege",
    "new-session install-descriptors": "a session has no descriptor",
    "install-descriptors set-resource-limit": "the first of these limits core dumps, not descriptors",
    "set-resource-limit set-umask": "neither looks at the other",
    "set-umask change-directory": "neither looks at the other",
    "change-directory load-filter": "the filter allows chdir(2)",
  ]

  @Test func `two neighbours in the other order are noticed, but for those that have a reason`() async throws {
    let command = try Inventory.command()
    let (sandbox, host, plan) = try Self.plan(command)
    let whole = try await Inventory.taken(plan, of: command, sandbox, on: host)
    var missed: [String] = []
    for index in plan.steps.indices.dropLast() {
      let (first, second) = (plan.steps[index], plan.steps[index + 1])
      // Of different stages no order can be told: each process carries out its own.
      guard first.stage == second.stage, Self.excuse(for: first, before: second) == nil else { continue }
      var swapped = plan
      swapped.steps.swapAt(index, index + 1)
      let isNoticed: Bool
      do {
        isNoticed = try await Inventory.taken(swapped, of: command, sandbox, on: host) != whole
      } catch is Sandbox.Error {
        isNoticed = true
      }
      if !isNoticed { missed.append("\(first.operation.name) \(second.operation.name)") }
    }
    #expect(missed == [])
  }
}
