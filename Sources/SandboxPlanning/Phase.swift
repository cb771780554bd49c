/// What a step is for: the order of a plan is an order of phases, decided in one file (Sandbox+Order.swift).
package enum Phase: String, Sendable, Hashable, CaseIterable {
  case raiseOpenFiles, raiseLimits, prioritize, openHostSources, openNamespaces, joinNamespaces, cloneJail
  case enterTime, openReceivingSources, makeMountsPrivate, nameHost, raiseLoopback, waitForMaps, newSessionKeyring, setGroups,
    become
  case openOwnSources, newRoot, newFilesystems, makeMounts, openRoot, mount, mask, limitNamespace, openTerminal, enterRoot,
    divideMounts
  case adoptOrphans, joinProcesses, limitBoundingSet, raiseAmbientSet, setSecureBits, emptyCapabilitySets, forbidDumping,
    setNoNewPrivileges,
    park, makeMountsAhead,
    startPayload
  case emptyPayloadCapabilitySets
  case newSession, takeTerminal, installDescriptors, limitResources, schedule, setUmask, changeDirectory, loadFilter, execute
  case emptyInitCapabilitySets, loadInitFilter
  case leaveRoot, unshare, writeMaps, becomeInside, changeRoot, keepDescriptors, keepCapabilities
}

/// An operation that a mechanism asks for, before it has its place in a plan.
package struct Planned: Sendable, Hashable {
  package let phase: Phase
  package let operation: Operation
  package let origin: PolicyPath

  package init(_ phase: Phase, _ operation: Operation, from origin: PolicyPath) {
    self.phase = phase
    self.operation = operation
    self.origin = origin
  }
}
