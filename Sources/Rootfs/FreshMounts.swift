internal import SandboxPlanning

/// The part of a prepared sandbox's root that each jail makes anew: a procfs shows the processes of one pid namespace, and
/// what one jail writes into a tmpfs or a devpts is never another's to read.
///
/// What lies below such a mount has to be placed anew, too. Its launcher keeps it in a store: a tmpfs at the place of the
/// outermost fresh mount, which a jail opens what it needs from, and then takes away.
struct FreshMounts {
  let root: Slot
  /// Where there is a procfs of the host's in a store.
  var proc: String?
  /// What is not there any more in the root that jails see.
  var stores: [String] = []
  let newSlot: () -> Slot
  var operations: [Planned] = []
  /// Where something fresh stands, with the count of what its store holds.
  private var places: [(names: [Substring], stored: Int)] = []

  init(newSlot: @escaping () -> Slot, from origin: PolicyPath) {
    self.newSlot = newSlot
    self.root = newSlot()
    operations.append(Planned(.openRoot, .openRoot(root), from: origin))
  }

  /// Whether a path lies in something that each jail has anew.
  func covers(_ path: String) -> Bool { place(of: path) != nil }

  private func place(of path: String) -> Int? {
    let names = path.split(separator: "/")
    return places.firstIndex { names.starts(with: $0.names) }
  }

  /// Notes a fresh mount; gives whether its launcher has to make the directory that it stands on.
  mutating func add(_ path: String) -> Bool {
    guard !covers(path) else { return false }
    places.append((path.split(separator: "/"), 0))
    return true
  }

  /// Where the launcher keeps something for a path that is covered, and whether the store is still to be made there.
  mutating func store(for path: String) -> (path: String, place: String, isFirst: Bool) {
    let index = place(of: path)!
    let place = "/" + places[index].names.joined(separator: "/")
    let number = places[index].stored
    places[index].stored += 1
    return ("\(place)/\(number)", place, number == 0)
  }
}
