internal import SystemPackage

extension FilterRules {
  /// The rules of the payload's filter.
  ///
  /// - Parameter writableBinds: whether the jail writes to a directory of the host's, where a set-uid file must not come to be.
  package static func standard(on architecture: Architecture, writableBinds: Bool) -> FilterRules {
    let allowed = Set(StandardRules.names(StandardRules.allowed))
    let missing = Set(StandardRules.names(StandardRules.missing) + (writableBinds ? ["openat2"] : []))
    return FilterRules(
      architecture, unknown: .fail(.noFunction),
      argumentRules: StandardRules.always + (writableBinds ? StandardRules.whereBindsAreWritable : [])
    ) { call in
      if missing.contains(call.name) { return .fail(.noFunction) }
      return allowed.contains(call.name) ? .allow : .fail(.notPermitted)
    }
  }

  /// What is left of the filter where a caller wants none. It protects the host, not the jail.
  ///
  /// - Parameters:
  ///   - writableBinds: what puts a set-user-ID file into a directory of the host's is refused.
  ///   - joins: what makes a process outside of the jail its program's parent is.
  package static func guarding(on architecture: Architecture, writableBinds: Bool, joins: Bool) -> FilterRules {
    // The ways around it: a mode and flags behind a pointer, a second way to make each call.
    let missing = Set(
      (writableBinds ? ["openat2", "io_uring_setup", "io_uring_enter", "io_uring_register"] : []) + (joins ? ["clone3"] : []))
    let rules = (writableBinds ? StandardRules.whereBindsAreWritable : []) + (joins ? StandardRules.whereOthersWait : [])
    return FilterRules(architecture, unknown: .fail(.noFunction), argumentRules: rules) { call in
      missing.contains(call.name) ? .fail(.noFunction) : .allow
    }
  }

  /// The rules of the filter that pid 1 of the jail lives under once the payload runs: what its loop calls, and death for
  /// everything else, so that a payload which takes over its init gains nothing by it.
  ///
  /// - Parameter listsChildren: whether it shares its pid namespace, and so has to list what it ends.
  package static func initProcess(on architecture: Architecture, listsChildren: Bool = false) -> FilterRules {
    let needed = Set((initCalls + (listsChildren ? [listingCall] : [])).map(\.name))
    return FilterRules(architecture, unknown: .killProcess) { needed.contains($0.name) ? .allow : .killProcess }
  }

  static let listingCall = (name: "pread64", purpose: "lists what is to be killed, where the pid namespace is the host's")

  /// What pid 1 calls after its filter is loaded, and for what. No handler is installed and no call is restarted by
  /// restart_syscall, so neither that nor rt_sigreturn is among them.
  static let initCalls: [(name: String, purpose: String)] = [
    ("clock_gettime", "the time that the filter's own step took, and when the payload ended"),
    ("sendmsg", "tells the host that the payload runs, or that the step failed"),
    ("close", "gives up the control socket and the arena"),
    ("close_range", "gives up the plan's descriptors"),
    ("signalfd4", "turns the host's signals and SIGCHLD into something to wait for"),
    ("ppoll", "waits for these, and for the end of the host"),
    ("read", "takes the signals"),
    ("waitid", "reaps"),
    ("kill", "forwards signals to the payload, and ends everything else"),
    ("getrusage", "what the payload and its kin have used"),
    ("exit_group", "ends the jail"),
  ]
}
