internal import Jailer
internal import SandboxKernel

/// A plan carried out by the calling process, on each of its threads.
package struct Entrance: Sendable, Hashable {
  /// Why nothing was changed.
  package enum Refusal: UInt32, Sendable {
    case busy = 1, malformedPlan, noMemory, noProc, foreignProc, signal, kernelThread, masked, silent, tooManyThreads, unshared,
      ring, directory, step, threaded, registeredRing, mappedRing, secureBits,
      fullQueue
  }

  package struct Options: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    /// No thread is looked for: everything in the plan is the whole process's.
    package static let withoutProc = Options(rawValue: UInt32(JAILER_ENTER_WITHOUT_PROC))
    /// The plan takes a process of one thread.
    package static let alone = Options(rawValue: UInt32(JAILER_ENTER_ALONE))
    /// A directory that stays open would lead out.
    package static let changesRoot = Options(rawValue: UInt32(JAILER_ENTER_CHANGES_ROOT))
  }

  /// nil where all of it holds.
  package let refusal: Refusal?
  package let thread, descriptor: CInt
  package let errno: CInt
  package let call: Int
  package let step: Int
  package let detail: Report.Detail
  /// How many threads were changed and looked at.
  package let threads: Int
  /// Whether a thread could not be asked for the io_urings that it has registered.
  package let ringsWereUnseen: Bool
  /// Whether each thread's filter was read back.
  package let filterWasRead: Bool
  /// The steps of which was seen, on each thread that has it, what they ask for.
  package let seen: Set<Int>
  /// Descriptors that stay open without being named, since run times wait by them; ascending.
  package let waiters: [CInt]
  /// For how long the other threads stood still.
  package let pause: Duration

  /// How long a thread may take to answer.
  private static let patience: UInt32 = 2000

  /// What helps where a program cannot be executed, for who reads it when this process has ended.
  package struct LastHint: Sendable, Hashable {
    let errno: CInt
    let detail: Report.Detail
    let text: String
    package init(errno: CInt, detail: Report.Detail, text: String) {
      (self.errno, self.detail, self.text) = (errno, detail, text)
    }
  }

  /// Carries a plan of the stage `enter` out. It ends the process where something fails after the first change.
  package init(carryingOut encoder: PlanEncoder, options: Options, hints: [LastHint] = []) {
    let plan = encoder.variant.plan
    let words = LastWords(of: plan, hints: hints)
    let encoded = encoder.encoded.bytes
    var entrance = jailer_entrance()
    var seen = [UInt8](repeating: 0, count: plan.steps.count)
    seen.withUnsafeMutableBufferPointer { seen in
      encoded.withUnsafeBufferPointer { bytes in
        entrance.plan = bytes.baseAddress
        entrance.plan_size = UInt64(bytes.count)
        entrance.seen = seen.baseAddress
        entrance.options = options.rawValue
        entrance.signal = EntrySignal.number
        entrance.patience = Self.patience
        words.lend(to: &entrance) { jailer_enter(&$0) }
      }
    }
    self.seen = Set(seen.indices.filter { seen[$0] != 0 })
    waiters = UnsafeBufferPointer(start: entrance.waiters, count: Int(entrance.waiter_count)).map { CInt($0) }.sorted()
    refusal = entrance.refusal == 0 ? nil : Refusal(rawValue: entrance.refusal) ?? .malformedPlan
    thread = entrance.thread
    descriptor = entrance.descriptor
    errno = 0 &- entrance.error
    call = Int(entrance.call)
    step = Int(entrance.step)
    detail = Report.Detail(rawValue: entrance.detail) ?? .none
    threads = Int(entrance.threads)
    ringsWereUnseen = entrance.rings_unseen != 0
    filterWasRead = entrance.filter_seen != 0
    pause = .nanoseconds(Int64(clamping: entrance.nanoseconds))
  }
}
