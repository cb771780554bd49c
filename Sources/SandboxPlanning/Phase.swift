/// What a step is for: the order of a plan is an order of phases, decided in one file (Sandbox+Order.swift).
package enum Phase: String, Sendable, Hashable, CaseIterable {
  case raiseOpenFiles, openHostSources, cloneJail
  case enterTime, makeMountsPrivate, nameHost, raiseLoopback, waitForMaps, newSessionKeyring, become
  case openOwnSources, newRoot, newFilesystems, enterMounts, openRoot, mount, mask, limitNamespace, openTerminal, enterRoot,
    divideMounts
  case limitBoundingSet, setSecureBits, emptyCapabilitySets, forbidDumping, setNoNewPrivileges, park, startPayload
  case newSession, takeTerminal, installDescriptors, limitResources, setUmask, changeDirectory, loadFilter, execute
  case loadInitFilter
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
