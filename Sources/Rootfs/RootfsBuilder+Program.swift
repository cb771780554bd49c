internal import SandboxPlanning

extension RootfsBuilder {
  /// A program with what its loader needs: the links as links, so that it finds what it looks for by the paths that it knows.
  mutating func addProgram(_ path: String, from origin: PolicyPath) {
    guard let closure = context.files.programs[path] else { return }
    for (link, destination) in closure.links.sorted(by: { $0.key < $1.key }) where isMissing(link) {
      addSymlink(at: link, to: destination, from: origin)
      shown.insert(link)
    }
    for file in closure.files where isMissing(file) {
      addTree(file, at: file, set: [.readOnly, .noSetUserID, .noDevices], followsLinks: false, from: origin)
      shown.insert(file)
    }
  }

  /// Whether neither an earlier mount shows that part of the host, nor the policy puts something else there.
  private func isMissing(_ path: String) -> Bool {
    // (The program itself is a target, too.)
    if context.targets.contains(path), context.files.programs[path] == nil { return false }
    var above = ""
    for name in path.split(separator: "/") {
      above += "/" + name
      if shown.contains(above) { return false }
    }
    return true
  }
}
