internal import SandboxKernel

/// Why there is no filter: each is a fault of this package, not of the policy.
package enum FilterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was made is no program.
  case program(BPFError)
  /// What was made does not say what the rules say.
  case mismatch(name: String, SystemCallData, expected: FilterAction, actual: FilterAction?)

  package var description: String {
    switch self {
    case .program(let error): "the filter is none: \(error)"
    case .mismatch(let name, let data, let expected, let actual):
      "the filter is wrong about \(name), \(data): it says \(actual.map(\.description) ?? "something unknown"), not \(expected)"
    }
  }
}

extension FilterAction: CustomStringConvertible {
  package var description: String {
    switch self {
    case .allow: "allow"
    case .fail(let errno): "fail with \(errno.name)"
    case .killProcess: "kill the process"
    }
  }
}
