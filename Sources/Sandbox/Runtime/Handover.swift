internal import SandboxKernel

/// Descriptors on their way to another process: kept open until it has them, and no longer.
final class Handover: Sendable {
  private let descriptors: Locked<[SharedDescriptor]>
  init(_ descriptors: [SharedDescriptor]) { self.descriptors = Locked(descriptors) }
  var numbers: [CInt] { descriptors.withLock { $0.map(\.number) } }
  func close() { descriptors.withLock { $0 = [] } }
}
