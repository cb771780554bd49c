package import SystemPackage
internal import SandboxKernel

/// Why there is no filter. Each is a fault of libseccomp or of this package, or a lack of memory: not of the policy.
package enum FilterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A call of libseccomp, or one that served it, failed.
  case library(_ call: String, _ arguments: String, Errno?)
  /// What libseccomp made is no program.
  case program(BPFError)
  /// What libseccomp made does not say what the rules say.
  case mismatch(name: String, SystemCallData, expected: FilterAction, actual: FilterAction?)

  package var description: String {
    switch self {
    case .library(let call, let arguments, let errno):
      "\(call)(\(arguments)): " + (errno.map { "\($0.name) (\($0.meaning))" } ?? "no result")
    case .program(let error): "the filter that libseccomp made is none: \(error)"
    case .mismatch(let name, let data, let expected, let actual):
      "the filter that libseccomp made is wrong about \(name), \(data): it says "
        + "\(actual.map(\.description) ?? "something unknown"), not \(expected); hint: libseccomp 2.6.1 mends "
        + "what earlier versions are known to get wrong (GHSA-4q85-33p6-j5g6)"
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
