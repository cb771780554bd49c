internal import SandboxKernel
internal import Synchronization

/// Descriptors on their way to another process: kept open until it has them, and no longer.
final class Handover: Sendable {
  private let descriptors: Mutex<[SharedDescriptor]>
  init(_ descriptors: [SharedDescriptor]) { self.descriptors = Mutex(descriptors) }
  var numbers: [CInt] { descriptors.withLock { $0.map(\.number) } }
  func close() { descriptors.withLock { $0 = [] } }
}
